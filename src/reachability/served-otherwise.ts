import type { Service } from '../istio/service.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { CallJudge } from './call-judge.js';
import { workloadKey } from './evaluate-mesh.js';
import type { ExplainContext, ExplainedDifference } from './explained-difference.js';
import { routedHosts } from './routed-hosts.js';
import { titleOf } from '../kubernetes/object-title.js';
import { placedTitle } from './words.js';

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

/**
 * Whose place an object takes, or took, in the eyes of the callers, and what it lacks; continues `registers "card.pay.svc.cluster.local"`.
 * Empty where it takes nobody's.
 */
export function tellPlaceTaken(
  object: KubernetesObject,
  difference: ExplainedDifference,
  context: Pick<ExplainContext, 'calls'>,
): string {
  const served = servedOtherwise(difference, context.calls());
  const pairs = served ? [[served.is, served.was] as const, [served.was, served.is] as const] : [];
  const [own, other] = pairs.find(([service]) => service.object === object) ?? [];
  const caller = difference.workloads[0];
  if (!served || !own || !other || !caller) return '';
  const asked = difference.destinations.filter(({ host }) => host === served.host).map(({ port }) => port);
  const lacking = [...new Set(asked)].filter(
    (number) => own.ports.every(({ port }) => port !== number) && other.ports.some(({ port }) => port === number),
  );
  const without =
    lacking.length === 0 ? '' : `, without its ${lacking.length === 1 ? 'port' : 'ports'} ${lacking.join(', ')}`;
  return ` and takes the place of ${placedTitle(other.object)} in namespace ${caller.namespace}${without}`;
}
