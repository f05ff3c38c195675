import type { MeshWorkload, PushContext, Stock } from '../istio/push-context.js';
import { buildSidecarScope, type SidecarScope } from '../istio/sidecar-scope.js';
import { sidecarScopes } from '../istio/sidecar-scopes.js';
import { selectSidecar } from '../istio/sidecar.js';
import { destinationKey, targetResolver } from './destination.js';
import type { Destination } from './egress-reachability.js';
import { knownNarrowing, narrowingOf, workloadKey } from './evaluate-mesh.js';
import { followCall, type CallOutcome } from './follow-call.js';
import { proxyConfiguration, type ProxyConfiguration } from './proxy-configuration.js';

/** Judges single calls of a mesh when they are asked for; what calls have in common is made once. */
export interface CallJudge {
  readonly push: PushContext;
  readonly configurationOf: (workload: string) => ProxyConfiguration | undefined;
  /** Undefined for a workload that the mesh does not have. */
  readonly judge: (workload: string, destination: Destination) => CallOutcome | undefined;
}

/** For so many callers, all of their configurations are made sooner than it is found out what can be left out of them. */
const FEW_CALLERS = 2;

export function callJudge(push: PushContext): CallJudge {
  const members = membersOf(push);
  const scopes = new Map<string, SidecarScope>();
  const configurations = new Map<string, ProxyConfiguration>();
  const outcomes = new Map<string, CallOutcome>();
  const resolve = targetResolver(push);
  const configurationOf = (key: string): ProxyConfiguration | undefined => {
    const member = members.get(key);
    if (!member) return undefined;
    let configuration = configurations.get(key);
    if (!configuration) {
      configuration = proxyConfiguration(push, scopeOf(push, scopes, member), member);
      configurations.set(key, configuration);
    }
    return configuration;
  };
  return {
    push,
    configurationOf,
    judge: (key, destination) => {
      const configuration = configurationOf(key);
      if (!configuration) return undefined;
      const callKey = `${key} ${destinationKey(destination)}`;
      let outcome = outcomes.get(callKey);
      if (!outcome) {
        const narrowing = configurations.size > FEW_CALLERS ? narrowingOf(push) : knownNarrowing(push);
        const config = narrowing?.narrow(configuration, destination) ?? configuration;
        outcomes.set(callKey, (outcome = followCall(config, resolve(destination))));
      }
      return outcome;
    },
  };
}

const membersByKey = new WeakMap<Stock, ReadonlyMap<string, MeshWorkload>>();

/** By the keys of the workloads. */
export function membersOf({ lineage: { stock }, workloads }: PushContext): ReadonlyMap<string, MeshWorkload> {
  let members = membersByKey.get(stock);
  if (!members) {
    members = new Map(workloads.map((member) => [workloadKey(member.workload), member]));
    membersByKey.set(stock, members);
  }
  return members;
}

/** Of Sidecars that are only tried, nothing is to be kept with the mesh. */
function scopeOf(
  push: PushContext,
  scopes: Map<string, SidecarScope>,
  { workload: { namespace, labels } }: MeshWorkload,
): SidecarScope {
  const sidecar = selectSidecar(push.sidecars, namespace, labels);
  if (sidecar === null) return sidecarScopes(push).find(null, namespace, push.meshConfig.outboundTrafficPolicy).scope();
  const key = `${namespace} ${sidecar.namespace}/${sidecar.name}`;
  let scope = scopes.get(key);
  if (!scope) scopes.set(key, (scope = buildSidecarScope(push, sidecar, namespace)));
  return scope;
}
