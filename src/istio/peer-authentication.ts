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
  /** The oldest first; at most one without a selector a namespace. */
  readonly byNamespace: ReadonlyMap<string, readonly IstioObject<PeerAuthentication>[]>;
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
  const byNamespace = new Map<string, IstioObject<PeerAuthentication>[]>();
  const wideModes = new Map<string, MutualTlsMode | 'UNSET'>();
  for (const policy of [...policies].sort(compareByCreationTime)) {
    if (isWide(policy)) {
      // Only the oldest policy of a namespace as a whole counts.
      if (wideModes.has(policy.namespace)) continue;
      wideModes.set(policy.namespace, policy.spec.mode);
    }
    const list = byNamespace.get(policy.namespace);
    if (list) list.push(policy);
    else byNamespace.set(policy.namespace, [policy]);
  }
  const rootMode = wideModes.get(rootNamespace);
  const globalMode = rootMode === undefined ? null : rootMode === 'UNSET' ? 'PERMISSIVE' : rootMode;
  const namespaceMode = new Map<string, MutualTlsMode>();
  for (const [namespace, mode] of wideModes) {
    if (namespace !== rootNamespace)
      namespaceMode.set(namespace, mode === 'UNSET' ? (globalMode ?? 'PERMISSIVE') : mode);
  }
  return { rootNamespace, byNamespace, namespaceMode, globalMode };
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
  const wide = (ns: string) => policies.byNamespace.get(ns)?.find(isWide) ?? null;
  const levels = [wide(policies.rootNamespace)];
  if (namespace !== policies.rootNamespace) levels.push(wide(namespace));
  let effective: EffectivePolicy = { mode: 'PERMISSIVE', policy: null };
  for (const policy of levels) {
    if (policy && policy.spec.mode !== 'UNSET') effective = { mode: policy.spec.mode, policy };
  }
  // A policy with a selector counts in its own namespace only, and in the root namespace not at all.
  if (namespace === policies.rootNamespace) return effective;
  const own = policies.byNamespace
    .get(namespace)
    ?.find((policy) => !isWide(policy) && isSubset(policy.spec.matchLabels ?? {}, labels));
  if (!own) return effective;
  if (own.spec.mode !== 'UNSET') effective = { mode: own.spec.mode, policy: own };
  const portMode = own.spec.portLevel.get(port);
  if (portMode !== undefined) effective = { mode: portMode === 'UNSET' ? effective.mode : portMode, policy: own };
  return effective;
}
