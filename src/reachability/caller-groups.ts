import { haveSame } from '../kubernetes/same-items.js';
import type { IstioObject } from '../istio/istio-object.js';
import type { OutboundTrafficPolicyMode } from '../istio/mesh-config.js';
import type { MeshWorkload, PushContext } from '../istio/push-context.js';
import { sidecarScopes, type FoundScope } from '../istio/sidecar-scopes.js';
import { selectSidecar, type Sidecar, type SidecarIndex } from '../istio/sidecar.js';
import type { TrafficCapture } from '../istio/traffic-annotations.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Checkpoint } from './checkpoint.js';
import type { CallTarget } from './destination.js';

/** Workloads that nothing distinguishes as callers. */
export interface CallerGroup {
  /** Equal for groups, also of contexts of one stock, to whose calls the same happens. */
  readonly key: string;
  readonly members: readonly MeshWorkload[];
  readonly sidecar: IstioObject<Sidecar> | null;
  readonly found: FoundScope;
  /** Equal for groups of whose proxies nothing but the policy tells the configurations apart, and where `isCommon` the namespace. */
  readonly configurationKey: string;
  /** The hosts of headless Services whose first pod is theirs: their calls go to another one than everybody else's. */
  readonly firstOf: readonly string[];
}

/** Groups of one namespace's workloads, and where in the mesh the first member of each stands. */
interface NamespaceGroups {
  readonly policy: OutboundTrafficPolicyMode;
  readonly own: readonly IstioObject<Sidecar>[];
  readonly root: IstioObject<Sidecar> | null;
  readonly groups: readonly PlacedGroup[];
}

interface PlacedGroup {
  readonly place: number;
  readonly group: CallerGroup;
}

/**
 * The equivalence classes of a mesh's workloads: all that can tell their calls apart is in the key. Of contexts of one stock, only
 * those namespaces are grouped again that have other Sidecars, or where the mesh has another policy.
 */
export class CallerGroups {
  readonly #selectors: (namespace: string) => readonly Labels[];
  readonly #firstOf: ReadonlyMap<Workload, readonly string[]>;
  /** By namespace, the places of workloads with a sidecar. */
  readonly #injected = new Map<string, number[]>();
  /** Those without; the very same list for all contexts. */
  readonly #others: readonly MeshWorkload[];
  readonly #known = new Map<string, NamespaceGroups[]>();

  constructor(
    private readonly push: PushContext,
    targets: readonly CallTarget[],
  ) {
    this.#selectors = callerSelectors(push);
    this.#firstOf = headlessFirsts(targets);
    const others: MeshWorkload[] = [];
    for (const [place, member] of push.workloads.entries()) {
      if (member.injection.injected) append(this.#injected, member.workload.namespace, place);
      else others.push(member);
    }
    this.#others = others;
  }

  /** @param push a context of this stock. Groups are in the order of their first members. */
  group(push: PushContext, checkpoint: Checkpoint): readonly CallerGroup[] {
    const groups = this.#others.length === 0 ? [] : [this.#withoutSidecar(push)];
    for (const namespace of this.#injected.keys()) {
      checkpoint();
      groups.push(...this.#ofNamespace(namespace, push));
    }
    return groups.sort((a, b) => a.place - b.place).map(({ group }) => group);
  }

  #ofNamespace(namespace: string, { sidecars, meshConfig }: PushContext): readonly PlacedGroup[] {
    const policy = meshConfig.outboundTrafficPolicy;
    const own = sidecars.byNamespace.get(namespace) ?? NO_SIDECARS;
    const { root } = sidecars;
    let known = this.#known.get(namespace);
    if (!known) this.#known.set(namespace, (known = []));
    let found = known.find((each) => each.policy === policy && each.root === root && haveSame(each.own, own));
    if (!found) known.push((found = { policy, own, root, groups: this.#groupsOf(namespace, sidecars, policy) }));
    return found.groups;
  }

  #groupsOf(namespace: string, sidecars: SidecarIndex, policy: OutboundTrafficPolicyMode): readonly PlacedGroup[] {
    const scopes = sidecarScopes(this.push);
    const groups = new Map<string, PlacedGroup & { readonly group: { readonly members: MeshWorkload[] } }>();
    for (const place of this.#injected.get(namespace)!) {
      const member = this.push.workloads[place]!;
      const { workload, capture } = member;
      const sidecar = selectSidecar(sidecars, namespace, workload.labels);
      const found = scopes.find(sidecar, namespace, policy);
      const chosen = chosenBy(this.#selectors(namespace), workload.labels);
      const firstOf = this.#firstOf.get(workload) ?? NO_HOSTS;
      const key = [found.key, namespace, chosen, captureKey(capture), ...firstOf].join('\n');
      const known = groups.get(key);
      if (known) {
        known.group.members.push(member);
        continue;
      }
      const byAll = found.isCommon ? chosenBy(this.#selectors(''), workload.labels) : chosen;
      const configurationKey = `${found.importsKey}\n${byAll}`;
      groups.set(key, { place, group: { key, members: [member], sidecar, found, configurationKey, firstOf } });
    }
    return [...groups.values()];
  }

  /** No Sidecar governs these, so that their calls end alike in all contexts. */
  #withoutSidecar({ meshConfig }: PushContext): PlacedGroup {
    const members = this.#others;
    const { namespace } = members[0]!.workload;
    const found = sidecarScopes(this.push).find(null, namespace, meshConfig.outboundTrafficPolicy);
    const key = 'not injected';
    return {
      place: this.push.workloads.indexOf(members[0]!),
      group: { key, members, sidecar: null, found, configurationKey: key, firstOf: NO_HOSTS },
    };
  }
}

const NO_SIDECARS: readonly IstioObject<Sidecar>[] = [];

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

const NO_HOSTS: readonly string[] = [];

/** A place for each selector, `1` where it selects. */
function chosenBy(selectors: readonly Labels[], labels: Labels): string {
  let chosen = '';
  for (const selector of selectors) chosen += isSubset(selector, labels) ? '1' : '0';
  return chosen;
}

/** Empty where all outbound traffic is led through the sidecar. */
function captureKey(capture: TrafficCapture): string {
  if (capturesEverything(capture)) return '';
  return JSON.stringify([
    capture.includeOutboundIpRanges,
    capture.excludeOutboundIpRanges,
    [...capture.includeOutboundPorts],
    [...capture.excludeOutboundPorts],
    capture.interceptionMode,
  ]);
}

export function capturesEverything(capture: TrafficCapture): boolean {
  return (
    capture.interceptionMode !== 'NONE' &&
    capture.includeOutboundIpRanges.includes('*') &&
    capture.excludeOutboundIpRanges.length === 0 &&
    capture.excludeOutboundPorts.size === 0
  );
}

/**
 * The selectors by which some VirtualService, or some DestinationRule of the caller's own namespace, tells callers apart. Of a
 * namespace without rules, as of that without a name, those of VirtualServices.
 */
export function callerSelectors(push: PushContext): (namespace: string) => readonly Labels[] {
  const { virtualServices, destinationRules } = push;
  const sources = listVirtualServices(virtualServices).flatMap(({ spec }) =>
    [...spec.http, ...spec.tcp, ...spec.tls].flatMap((route) => route.match.map((match) => match.sourceLabels)),
  );
  const everywhere = distinct(sources);
  const byNamespace = new Map<string, readonly Labels[]>();
  for (const [namespace, { specific, wildcard }] of destinationRules.namespaceLocal) {
    const rules = [...specific.values(), ...wildcard.values()].flat();
    byNamespace.set(namespace, distinct([...everywhere, ...rules.map(({ rule }) => rule.matchLabels ?? {})]));
  }
  return (namespace) => byNamespace.get(namespace) ?? everywhere;
}

/** Each selector once; one that selects everything tells nobody apart. */
function distinct(selectors: readonly Labels[]): readonly Labels[] {
  const known = new Map(selectors.map((selector) => [JSON.stringify(Object.entries(selector).sort()), selector]));
  return [...known.values()].filter((selector) => Object.keys(selector).length > 0);
}

/** The headless Services whose first pod is a workload's. */
function headlessFirsts(targets: readonly CallTarget[]): Map<Workload, string[]> {
  const firsts = new Map<Workload, string[]>();
  const seen = new Set<string>();
  for (const { host, pods } of targets) {
    const first = pods[0]?.endpoint.workload;
    if (!first || seen.has(host)) continue;
    seen.add(host);
    const list = firsts.get(first);
    if (list) list.push(host);
    else firsts.set(first, [host]);
  }
  return firsts;
}
