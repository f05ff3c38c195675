import type { IstioObject } from '../istio/istio-object.js';
import type { MeshWorkload, PushContext } from '../istio/push-context.js';
import { sidecarScopes, type FoundScope } from '../istio/sidecar-scopes.js';
import { selectSidecar, type Sidecar } from '../istio/sidecar.js';
import type { TrafficCapture } from '../istio/traffic-annotations.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Checkpoint } from './checkpoint.js';
import type { CallTarget } from './destination.js';

/** Workloads that nothing distinguishes as callers. */
export interface CallerGroup {
  /** Equal for groups, also of contexts of one lineage, to whose calls the same happens. */
  readonly key: string;
  readonly members: readonly MeshWorkload[];
  readonly sidecar: IstioObject<Sidecar> | null;
  readonly found: FoundScope;
  /** Equal for groups of one scope of whose proxies nothing else tells the configurations apart, where `isCommon` but for the namespace. */
  readonly configurationKey: string;
  /** The hosts of headless Services whose first pod is theirs: their calls go to another one than everybody else's. */
  readonly firstOf: readonly string[];
}

/** The equivalence classes of a mesh's workloads: all that can tell their calls apart is in the key. */
export function groupWorkloads(
  push: PushContext,
  targets: readonly CallTarget[],
  checkpoint: Checkpoint,
): CallerGroup[] {
  const selectors = callerSelectors(push);
  const firstOf = headlessFirsts(targets);
  const scopes = sidecarScopes(push);
  const groups = new Map<string, CallerGroup & { readonly members: MeshWorkload[] }>();
  for (const member of push.workloads) {
    checkpoint();
    const { workload, injection, capture } = member;
    const sidecar = injection.injected ? selectSidecar(push.sidecars, workload.namespace, workload.labels) : null;
    const found = scopes.find(sidecar, workload.namespace);
    const chosen = chosenBy(selectors(workload.namespace), workload.labels);
    const own = firstOf.get(workload) ?? NO_HOSTS;
    const key = injection.injected
      ? [found.key, workload.namespace, chosen, captureKey(capture), ...own].join('\n')
      : 'not injected';
    const group = groups.get(key);
    if (group) {
      group.members.push(member);
      continue;
    }
    const byAll = found.isCommon ? chosenBy(selectors(''), workload.labels) : chosen;
    groups.set(key, {
      key,
      members: [member],
      sidecar,
      found,
      configurationKey: `${found.key}\n${byAll}`,
      firstOf: own,
    });
  }
  return [...groups.values()];
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
