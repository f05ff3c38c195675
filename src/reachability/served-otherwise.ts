import type { Service } from '../istio/service.js';
import type { CallJudge } from './call-judge.js';
import { workloadKey } from './evaluate-mesh.js';
import type { ExplainedDifference } from './explained-difference.js';
import { routedHosts } from './routed-hosts.js';
import { titleOf } from './words.js';

/** A host name that another object stands for, as the caller's proxy sees it. */
export interface ServedOtherwise {
  readonly host: string;
  readonly was: Service;
  readonly is: Service;
}

/** Of the destinations, and of the hosts that their routes lead to, the first that another object serves; null where none is. */
export function servedOtherwise(
  { workloads, destinations }: ExplainedDifference,
  { before, after }: { readonly before: CallJudge; readonly after: CallJudge },
): ServedOtherwise | null {
  const caller = workloads[0];
  if (!caller) return null;
  const key = workloadKey(caller);
  const [old, now] = [before, after].map((side) => side.configurationOf(key)?.scope.servicesByHostname);
  const routed = destinations.flatMap((destination) =>
    [before, after].flatMap((side) => routedHosts(side.judge(key, destination)?.clusters ?? [])),
  );
  for (const { host } of [...destinations, ...routed]) {
    const [was, is] = [old?.get(host), now?.get(host)];
    if (was && is && titleOf(was.object) !== titleOf(is.object)) return { host, was, is };
  }
  return null;
}
