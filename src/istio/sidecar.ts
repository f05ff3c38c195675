import { asArray, asNumber, asObject, asString, asStrings, isObject, stringMap } from '../kubernetes/json.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { compareByCreationTime, type AgeOf, type IstioObject } from './istio-object.js';
import type { OutboundTrafficPolicyMode } from './mesh-config.js';
import { parseProtocol, type Protocol } from './protocol.js';
import type { RouteDestination } from './virtual-service.js';

/** Istio: networking.IstioEgressListener */
export interface EgressListener {
  readonly port: { readonly number: number; readonly protocol: Protocol; readonly name: string } | null;
  readonly bind: string;
  /** `captureMode: NONE`: the listener is a real one, not reached by iptables. */
  readonly captureNone: boolean;
  readonly hosts: readonly string[];
  /** Its place in the object's `egress`; null for the one that Istio adds. */
  readonly index: number | null;
}

/** Istio: networking.Sidecar */
export interface Sidecar {
  /** Null without a workloadSelector; an empty one selects every workload. */
  readonly selector: Labels | null;
  readonly egress: readonly EgressListener[];
  /** Null without an outboundTrafficPolicy of its own. */
  readonly outboundTrafficPolicy: {
    readonly mode: OutboundTrafficPolicyMode;
    readonly egressProxy: RouteDestination | null;
  } | null;
}

const parsed = new WeakMap<KubernetesObject, IstioObject<Sidecar>>();

/** The same one for the same object and age, so that what was found out about it in one mesh holds where it stays, or is put back. */
export function parseSidecar(object: KubernetesObject, ageOf: AgeOf): IstioObject<Sidecar> {
  const age = ageOf(object);
  let sidecar = parsed.get(object);
  if (sidecar?.age !== age) parsed.set(object, (sidecar = readSidecar(object, age)));
  return sidecar;
}

function readSidecar(object: KubernetesObject, age: number): IstioObject<Sidecar> {
  const spec = asObject(object.body['spec']);
  const selector = spec['workloadSelector'];
  const policy = spec['outboundTrafficPolicy'];
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    age,
    object,
    spec: {
      selector: isObject(selector) ? stringMap(selector['labels']) : null,
      egress: asArray(spec['egress']).map((item, index) => parseEgressListener(asObject(item), index)),
      // The zero value of the mode is REGISTRY_ONLY: a policy without a mode blocks.
      outboundTrafficPolicy: isObject(policy)
        ? {
            mode: policy['mode'] === 'ALLOW_ANY' ? 'ALLOW_ANY' : 'REGISTRY_ONLY',
            egressProxy: isObject(policy['egressProxy']) ? parseEgressProxy(policy['egressProxy']) : null,
          }
        : null,
    },
  };
}

function parseEgressListener(listener: ReturnType<typeof asObject>, index: number): EgressListener {
  const port = listener['port'];
  return {
    port: isObject(port)
      ? {
          number: asNumber(port['number']) ?? 0,
          protocol: parseProtocol(asString(port['protocol'])),
          name: asString(port['name']),
        }
      : null,
    bind: asString(listener['bind']),
    captureNone: listener['captureMode'] === 'NONE',
    hosts: asStrings(listener['hosts']),
    index,
  };
}

function parseEgressProxy(destination: ReturnType<typeof asObject>): RouteDestination {
  const port = destination['port'];
  return {
    host: asString(destination['host']),
    subset: asString(destination['subset']),
    port: isObject(port) ? (asNumber(port['number']) ?? 0) : null,
  };
}

/** The Sidecars of a mesh in the order in which they are tried. Istio: model.sidecarIndex */
export interface SidecarIndex {
  readonly byNamespace: ReadonlyMap<string, readonly IstioObject<Sidecar>[]>;
  /** The root namespace's first without a selector: it serves every namespace that has none of its own. */
  readonly root: IstioObject<Sidecar> | null;
}

/** Istio: PushContext.initSidecarScopes */
export function buildSidecarIndex(sidecars: readonly IstioObject<Sidecar>[], rootNamespace: string): SidecarIndex {
  const sorted = [...sidecars].sort(compareByCreationTime);
  const ranked = [
    ...sorted.filter((sidecar) => sidecar.spec.selector !== null),
    ...sorted.filter((sidecar) => sidecar.spec.selector === null),
  ];
  const byNamespace = new Map<string, IstioObject<Sidecar>[]>();
  for (const sidecar of ranked) {
    const list = byNamespace.get(sidecar.namespace);
    if (list) list.push(sidecar);
    else byNamespace.set(sidecar.namespace, [sidecar]);
  }
  return { byNamespace, root: rootOf(byNamespace, rootNamespace) };
}

function rootOf(byNamespace: SidecarIndex['byNamespace'], rootNamespace: string): SidecarIndex['root'] {
  return byNamespace.get(rootNamespace)?.find(({ spec }) => spec.selector === null) ?? null;
}

/** An index with all Sidecars of some namespaces replaced; the lists of the others stay the same ones. */
export function replaceSidecars(
  { byNamespace: old }: SidecarIndex,
  sidecars: ReadonlyMap<string, readonly IstioObject<Sidecar>[]>,
  rootNamespace: string,
): SidecarIndex {
  const byNamespace = new Map(old);
  for (const [namespace, own] of sidecars) {
    const ranked = buildSidecarIndex(own, rootNamespace).byNamespace.get(namespace);
    if (ranked) byNamespace.set(namespace, ranked);
    else byNamespace.delete(namespace);
  }
  return { byNamespace, root: rootOf(byNamespace, rootNamespace) };
}

/** The Sidecar that governs a workload; null for Istio's default (`*` from every namespace). Istio: PushContext.getSidecarScope */
export function selectSidecar(index: SidecarIndex, namespace: string, labels: Labels): IstioObject<Sidecar> | null {
  const own = index.byNamespace
    .get(namespace)
    ?.find((sidecar) => sidecar.spec.selector === null || isSubset(sidecar.spec.selector, labels));
  return own ?? index.root;
}
