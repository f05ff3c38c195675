import { destinationRulesFor } from '../istio/destination-rule-index.js';
import { INJECT, NAMESPACE_INJECTION } from '../istio/injection.js';
import { effectiveMode } from '../istio/peer-authentication.js';
import { looksAt, type MeshWorkload, type PushContext } from '../istio/push-context.js';
import type { Service } from '../istio/service.js';
import { selectSidecar } from '../istio/sidecar.js';
import { isSubset } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValueDifference } from '../kubernetes/object-differences.js';
import { listDecisiveDifferences } from './bearing.js';
import { isAbout, type ExplainContext, type ExplainedDifference, type Fact } from './explained-difference.js';
import { hostLinesFor, listsHost } from './sidecar-host-lines.js';
import { titleOf } from '../kubernetes/object-title.js';
import { tellDifferences } from './words.js';

const INJECTION_FIELDS: ReadonlySet<string | number> = new Set([
  INJECT,
  NAMESPACE_INJECTION,
  'istio.io/rev',
  'hostNetwork',
]);
const DATAPLANE_MODE = 'istio.io/dataplane-mode';
const TRAFFIC = 'traffic.sidecar.istio.io/';

/** What an edit of something that makes pods does: to its own calls, or to those that it serves. */
export function explainWorkload(
  before: KubernetesObject,
  after: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Fact[] {
  const differences = listDecisiveDifferences(before, after);
  const [was, is] = [memberOf(before, context.before), memberOf(after, context.after)];
  if (differences.length === 0 || !was || !is) return [];
  const fact = (chosen: readonly ValueDifference[], effect: string): Fact[] => [
    {
      path: (chosen[0] ?? differences[0]!).path,
      text: tellDifferences(after, chosen.length > 0 ? chosen : differences) + effect,
    },
  ];
  const along = (names: (step: string | number) => boolean): ValueDifference[] =>
    differences.filter(({ path }) => path.some(names));
  if (was.injection.injected !== is.injection.injected) {
    const decisive = along((step) => INJECTION_FIELDS.has(step));
    return fact(decisive, is.injection.injected ? '; its pods get a sidecar' : '; its pods get no sidecar');
  }
  const traffic = along((step) => typeof step === 'string' && step.startsWith(TRAFFIC));
  const isCaller = difference.workloads.some((workload) => workloadName(workload) === workloadName(is.workload));
  if (isCaller && traffic.length > 0 && isAbout(difference, ['bypass'])) {
    return fact(traffic, `; the calls go ${difference.after === 'bypass' ? 'past' : 'through'} its sidecar`);
  }
  if (was.workload.runs !== is.workload.runs) {
    return fact(
      along((step) => step === 'replicas' || step === 'parallelism'),
      is.workload.runs ? '; its pods run now' : '; none of its pods runs',
    );
  }
  const labels = along((step) => step === 'labels');
  const effects = [
    tellServed(was, is, difference, context),
    isCaller ? tellGoverning(was, is, difference, context) : '',
  ];
  // What is asked about first is what a verdict like this most often comes from.
  if (!isAbout(difference, ['no-endpoints', 'refused'])) effects.reverse();
  const effect = effects.find((each) => each !== '') ?? '';
  return effect === '' ? fact([], '') : fact(labels, `; ${effect}`);
}

function workloadName({ namespace, kind, name }: { namespace: string; kind: string; name: string }): string {
  return `${namespace}/${kind}/${name}`;
}

function memberOf({ kind, metadata }: KubernetesObject, { workloads }: PushContext): MeshWorkload | undefined {
  const name = workloadName({ ...metadata, kind });
  return workloads.find(({ workload }) => workloadName(workload) === name);
}

/** Which Sidecar governs a caller whose labels change; empty where it is the same. */
function tellGoverning(
  was: MeshWorkload,
  is: MeshWorkload,
  difference: ExplainedDifference,
  context: ExplainContext,
): string {
  const governs = ({ workload }: MeshWorkload, { sidecars }: PushContext): KubernetesObject | null =>
    selectSidecar(sidecars, workload.namespace, workload.labels)?.object ?? null;
  const [old, now] = [governs(was, context.before), governs(is, context.after)];
  if (old === now || (old && now && titleOf(old) === titleOf(now))) return '';
  const lines = hostLinesFor(difference, context);
  const rest = now !== null && !listsHost(now, lines) ? `, and nothing it lists ${lines.tellUnmatched(now)}` : '';
  if (old === null) return `${titleOf(now!)} governs it now${rest}`;
  return `${titleOf(old)} governed it, ${now === null ? 'no Sidecar governs it now' : `${titleOf(now)} does now`}${rest}`;
}

/** What becomes of a server whose labels change: the Services and subsets that it falls out of or into, and the TLS that it takes. */
function tellServed(
  was: MeshWorkload,
  is: MeshWorkload,
  { workloads, destinations }: ExplainedDifference,
  context: ExplainContext,
): string {
  const services = destinations.flatMap(({ host }) => [
    ...(context.after.services.byHostname.get(host)?.values() ?? []),
  ]);
  const [lost, gained] = [
    services.find((each) => selects(each, was) && !selects(each, is)),
    services.find((each) => !selects(each, was) && selects(each, is)),
  ];
  if (lost) return `${titleOf(lost.object)} no longer selects its pods`;
  if (gained) return `${titleOf(gained.object)} selects its pods now`;
  const caller = workloads[0];
  for (const service of caller ? services : []) {
    for (const { rule } of destinationRulesFor(context.after.destinationRules, caller!.namespace, service)) {
      const [old, now] = [was, is].map(({ workload }) =>
        rule.subsets.find(({ labels }) => isSubset(labels, workload.labels)),
      );
      if (old?.name !== now?.name)
        return now
          ? `its pods are of the subset "${now.name}" now`
          : `its pods are no longer of the subset "${old!.name}"`;
    }
  }
  const [old, now] = [effectivePolicy(was, context.before), effectivePolicy(is, context.after)];
  return old === now ? '' : `it takes ${now} mutual TLS now (before: ${old})`;
}

function selects({ namespace, labelSelectors }: Service, { workload }: MeshWorkload): boolean {
  const selector = labelSelectors ?? {};
  return namespace === workload.namespace && Object.keys(selector).length > 0 && isSubset(selector, workload.labels);
}

function effectivePolicy({ workload }: MeshWorkload, { authentication }: PushContext): string {
  return effectiveMode(authentication, workload.namespace, workload.labels, 0).mode;
}

/** What an edit of a Namespace's labels does: whether its pods get a sidecar, and whether istiod looks at what is in it. */
export function explainNamespace(before: KubernetesObject, after: KubernetesObject, context: ExplainContext): Fact[] {
  const differences = listDecisiveDifferences(before, after);
  const first = differences[0];
  if (!first) return [];
  const { name } = after.metadata;
  const [wasAmbient, isAmbient] = [before, after].map(({ metadata }) => metadata.labels[DATAPLANE_MODE] === 'ambient');
  const effects = [
    ...tellDiscovery(name, [before, after], context),
    ...tellInjection(name, context),
    ...(isAmbient && !wasAmbient ? ['ambient mode takes their calls instead, which is not modelled'] : []),
  ];
  return [{ path: first.path, text: [tellDifferences(after, differences), ...effects].join('; ') }];
}

function tellDiscovery(name: string, [before, after]: readonly KubernetesObject[], context: ExplainContext): string[] {
  const looked = looksAt(context.before.meshConfig, name, before!.metadata.labels);
  const looks = looksAt(context.after.meshConfig, name, after!.metadata.labels);
  if (looked === looks) return [];
  return [looks ? 'istiod looks at what is in it now' : 'istiod no longer looks at what is in it'];
}

function tellInjection(name: string, { before, after }: ExplainContext): string[] {
  const injected = ({ workloads }: PushContext): Map<string, boolean> =>
    new Map(
      workloads
        .filter(({ workload }) => workload.namespace === name)
        .map(({ workload, injection }) => [workloadName(workload), injection.injected]),
    );
  const old = injected(before);
  const changed = [...injected(after)].find(([key, now]) => old.has(key) && old.get(key) !== now);
  return changed ? [changed[1] ? 'its pods get a sidecar' : 'its pods get no sidecar'] : [];
}
