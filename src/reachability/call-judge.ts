import type { MeshWorkload, PushContext, Stock } from '../istio/push-context.js';
import { buildSidecarScope, type SidecarScope } from '../istio/sidecar-scope.js';
import { selectSidecar } from '../istio/sidecar.js';
import { destinationKey, targetResolver } from './destination.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import { followCall, type CallOutcome } from './follow-call.js';
import { proxyConfiguration, type ProxyConfiguration } from './proxy-configuration.js';

/** Judges single calls of a mesh when they are asked for; what calls have in common is made once. */
export interface CallJudge {
  readonly push: PushContext;
  readonly configurationOf: (workload: string) => ProxyConfiguration | undefined;
  /** Undefined for a workload that the mesh does not have. */
  readonly judge: (workload: string, destination: Destination) => CallOutcome | undefined;
}

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
      if (!outcome) outcomes.set(callKey, (outcome = followCall(configuration, resolve(destination))));
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

function scopeOf(push: PushContext, scopes: Map<string, SidecarScope>, { workload }: MeshWorkload): SidecarScope {
  const sidecar = selectSidecar(push.sidecars, workload.namespace, workload.labels);
  const key = `${workload.namespace} ${sidecar ? `${sidecar.namespace}/${sidecar.name}` : ''}`;
  let scope = scopes.get(key);
  if (!scope) scopes.set(key, (scope = buildSidecarScope(push, sidecar, workload.namespace)));
  return scope;
}
