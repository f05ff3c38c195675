import { asNumber, asObject, asString, isObject, stringMap } from '../kubernetes/json.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { compareByCreationTime, type AgeOf, type IstioObject } from './istio-object.js';

/** Istio: model.MutualTLSMode; `unset` inherits. */
export type MutualTlsMode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';

export interface PeerAuthentication {
  /** Null, or empty: the policy is its namespace's. */
  readonly matchLabels: Labels | null;
  readonly mode: MutualTlsMode | 'UNSET';
  readonly portLevel: ReadonlyMap<number, MutualTlsMode | 'UNSET'>;
}

export function parsePeerAuthentication(object: KubernetesObject, ageOf: AgeOf): IstioObject<PeerAuthentication> {
  const spec = asObject(object.body['spec']);
  const selector = spec['selector'];
  const portLevel = new Map<number, MutualTlsMode | 'UNSET'>();
  for (const [port, value] of Object.entries(asObject(spec['portLevelMtls']))) {
    const number = asNumber(port);
    if (number !== undefined) portLevel.set(number, parseMode(value));
  }
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    age: ageOf(object),
    object,
    spec: {
      matchLabels: isObject(selector) ? stringMap(selector['matchLabels']) : null,
      mode: parseMode(spec['mtls']),
      portLevel,
    },
  };
}

function parseMode(mtls: JsonValue | undefined): MutualTlsMode | 'UNSET' {
  const mode = asString(asObject(mtls)['mode']);
  return mode === 'DISABLE' || mode === 'PERMISSIVE' || mode === 'STRICT' ? mode : 'UNSET';
}

/** The policies of a mesh, by namespace. Istio: model.AuthenticationPolicies */
export interface AuthenticationPolicies {
  readonly rootNamespace: string;
  /** The one without a selector. */
  readonly wide: ReadonlyMap<string, IstioObject<PeerAuthentication>>;
  /** Those with a selector, the oldest first. */
  readonly selecting: ReadonlyMap<string, readonly IstioObject<PeerAuthentication>[]>;
  readonly namespaceMode: ReadonlyMap<string, MutualTlsMode>;
  /** Null without a mesh-wide policy. */
  readonly globalMode: MutualTlsMode | null;
}

function isWide(policy: IstioObject<PeerAuthentication>): boolean {
  return policy.spec.matchLabels === null || Object.keys(policy.spec.matchLabels).length === 0;
}

/** Istio: AuthenticationPolicies.addPeerAuthentication */
export function buildAuthenticationPolicies(
  policies: readonly IstioObject<PeerAuthentication>[],
  rootNamespace: string,
): AuthenticationPolicies {
  const wide = new Map<string, IstioObject<PeerAuthentication>>();
  const selecting = new Map<string, IstioObject<PeerAuthentication>[]>();
  for (const policy of [...policies].sort(compareByCreationTime)) {
    if (isWide(policy)) {
      // Only the oldest policy of a namespace as a whole counts.
      if (!wide.has(policy.namespace)) wide.set(policy.namespace, policy);
      continue;
    }
    const list = selecting.get(policy.namespace);
    if (list) list.push(policy);
    else selecting.set(policy.namespace, [policy]);
  }
  const rootMode = wide.get(rootNamespace)?.spec.mode;
  const globalMode = rootMode === undefined ? null : rootMode === 'UNSET' ? 'PERMISSIVE' : rootMode;
  const namespaceMode = new Map<string, MutualTlsMode>();
  for (const [namespace, { spec }] of wide) {
    if (namespace === rootNamespace) continue;
    namespaceMode.set(namespace, spec.mode === 'UNSET' ? (globalMode ?? 'PERMISSIVE') : spec.mode);
  }
  return { rootNamespace, wide, selecting, namespaceMode, globalMode };
}

/** The mode a client assumes of a service, by namespace and mesh alone. Istio: PushContext.BestEffortInferServiceMTLSMode */
export function inferServiceMode(policies: AuthenticationPolicies, namespace: string): MutualTlsMode {
  return policies.namespaceMode.get(namespace) ?? policies.globalMode ?? 'PERMISSIVE';
}

/** The policy that decides what a workload's sidecar accepts on a port, and the mode. */
export interface EffectivePolicy {
  readonly mode: MutualTlsMode;
  readonly policy: IstioObject<PeerAuthentication> | null;
}

const NO_POLICY: EffectivePolicy = { mode: 'PERMISSIVE', policy: null };

/**
 * What a workload's sidecar accepts on one of the workload's own ports: the workload's policy over its namespace's over the
 * mesh's, UNSET inheriting. Istio: authn.ComposePeerAuthentication, GetMutualTLSModeForPort
 */
export function effectiveMode(
  policies: AuthenticationPolicies,
  namespace: string,
  labels: Labels,
  port: number,
): EffectivePolicy {
  const { rootNamespace, wide, selecting } = policies;
  let effective = statedBy(wide.get(rootNamespace)) ?? NO_POLICY;
  // A policy with a selector counts in its own namespace only, and in the root namespace not at all.
  if (namespace === rootNamespace) return effective;
  effective = statedBy(wide.get(namespace)) ?? effective;
  const own = selecting.get(namespace)?.find(({ spec }) => isSubset(spec.matchLabels ?? {}, labels));
  if (!own) return effective;
  effective = statedBy(own) ?? effective;
  const portMode = own.spec.portLevel.get(port);
  if (portMode !== undefined) effective = { mode: portMode === 'UNSET' ? effective.mode : portMode, policy: own };
  return effective;
}

const stated = new WeakMap<IstioObject<PeerAuthentication>, EffectivePolicy>();

/** What a policy says of all ports; null where it leaves that to others. */
function statedBy(policy: IstioObject<PeerAuthentication> | undefined): EffectivePolicy | null {
  if (policy === undefined || policy.spec.mode === 'UNSET') return null;
  let found = stated.get(policy);
  if (!found) stated.set(policy, (found = { mode: policy.spec.mode, policy }));
  return found;
}
