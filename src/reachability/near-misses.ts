import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { IstioObject } from '../istio/istio-object.js';
import type { PushContext } from '../istio/push-context.js';
import { selectSidecar, type Sidecar } from '../istio/sidecar.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { closestName } from '../kubernetes/closest-name.js';
import { asObject, isObject, stringMap } from '../kubernetes/json.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValuePath } from '../kubernetes/object-differences.js';
import type { Workload } from '../kubernetes/workload.js';
import { workloadKey } from './evaluate-mesh.js';
import { isAmbient } from './not-modelled.js';
import { findUnmatchedHosts } from './unmatched-hosts.js';
import { titleOf } from '../kubernetes/object-title.js';
import { nameFirst } from './words.js';

/** Where the selectors of workloads stand, by kind. */
const SELECTORS: Readonly<Record<string, ValuePath>> = {
  'networking.istio.io/DestinationRule': ['spec', 'workloadSelector', 'matchLabels'],
  'networking.istio.io/Sidecar': ['spec', 'workloadSelector', 'labels'],
  'security.istio.io/PeerAuthentication': ['spec', 'selector', 'matchLabels'],
};

/** What of the objects that a change adds or edits has no effect, though somebody seems to mean one. */
export function findNearMisses(push: PushContext, changed: readonly ChangedObject[]): Diagnostic[] {
  return changed.flatMap(({ after }) =>
    after === null
      ? []
      : [...findUnmatchedHosts(after, push), ...findEmptySelector(after, push), ...findIdleSidecar(after, push)],
  );
}

/** A selector that picks none of the workloads that its namespace has. A namespace without any says nothing. */
function findEmptySelector(object: KubernetesObject, push: PushContext): Diagnostic[] {
  const path = SELECTORS[`${object.group}/${object.kind}`];
  const selector = path && labelsAt(object, path);
  if (!path || !selector || Object.keys(selector).length === 0) return [];
  const workloads = workloadsIn(object.metadata.namespace, push);
  if (workloads.length === 0 || workloads.some(({ labels }) => isSubset(selector, labels))) return [];
  const written = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const meant = meantLabel(selector, workloads);
  const end = meant === null ? '.' : `; did you mean ${meant}?`;
  const { namespace } = object.metadata;
  const message = `${titleOf(object)} selects ${written.join(', ')}, which no workload of namespace ${namespace} has${end}`;
  return [diagnostic('selector-matches-nothing', message, object.locate(path))];
}

function labelsAt({ body }: KubernetesObject, path: ValuePath): Labels | null {
  let value = body[String(path[0])];
  for (const key of path.slice(1)) value = asObject(value)[String(key)];
  return isObject(value) ? stringMap(value) : null;
}

/** Gateways among them. */
function workloadsIn(namespace: string, { workloads, gateways }: PushContext): Workload[] {
  return [...workloads.map(({ workload }) => workload), ...gateways].filter((each) => each.namespace === namespace);
}

/** `app=web`: the value that is nearest to one that no workload has; else null. */
function meantLabel(selector: Labels, workloads: readonly Workload[]): string | null {
  for (const [key, value] of Object.entries(selector)) {
    const values = [...new Set(workloads.flatMap(({ labels }) => labels[key] ?? []))];
    if (values.includes(value)) continue;
    const meant = closestName(value, values);
    if (meant !== null) return `${key}=${meant}`;
  }
  return null;
}

/** A Sidecar that governs nobody, or not all whom it selects. */
function findIdleSidecar(object: KubernetesObject, push: PushContext): Diagnostic[] {
  const { namespace } = object.metadata;
  const own = (push.sidecars.byNamespace.get(namespace) ?? []).find((sidecar) => sidecar.object === object);
  if (!own) return [];
  const why = explainIdle(own, push);
  if (why === null) return [];
  const origin = own.spec.selector === null ? object.origin : object.locate(['spec', 'workloadSelector']);
  return [diagnostic('sidecar-without-effect', `${titleOf(object)} ${why}`, origin)];
}

function explainIdle(own: IstioObject<Sidecar>, push: PushContext): string | null {
  const { namespace } = own;
  if (isAmbient(namespace, push)) {
    return `has no effect: namespace ${namespace} is in ambient mode, where nobody looks at Sidecars.`;
  }
  const isMeshWide = namespace === push.meshConfig.rootNamespace && own.spec.selector === null;
  const selected = ({ namespace: space, labels }: Workload): boolean =>
    (isMeshWide || space === namespace) && isSubset(own.spec.selector ?? {}, labels);
  const members = push.workloads.filter(({ workload }) => selected(workload));
  const gateways = push.gateways.filter(selected);
  if (members.length === 0) {
    return gateways.length === 0 || isMeshWide
      ? null
      : `has no effect: it selects ${nameFirst(gateways.map(workloadKey))} alone, and gateways do not look at Sidecars.`;
  }
  const injected = members.filter(({ injection }) => injection.injected).map(({ workload }) => workload);
  if (injected.length === 0) {
    return isMeshWide ? null : `has no effect: none of the pods that it selects has a sidecar.`;
  }
  return explainLoss(own, injected, push);
}

/** The Sidecars that come before it. Those with a selector outrank one without, which is as it should be, where it is not all of them. */
function explainLoss(own: IstioObject<Sidecar>, selected: readonly Workload[], push: PushContext): string | null {
  const winners = new Map<IstioObject<Sidecar>, Workload[]>();
  let governed = 0;
  for (const workload of selected) {
    const winner = selectSidecar(push.sidecars, workload.namespace, workload.labels);
    if (winner === own) governed++;
    else if (winner !== null) winners.set(winner, [...(winners.get(winner) ?? []), workload]);
  }
  const rivals = [...winners].filter(
    ([winner]) => governed === 0 || (own.spec.selector !== null && winner.spec.selector !== null),
  );
  const [winner, lost] = rivals[0] ?? [];
  if (!winner || !lost || (own.namespace !== winner.namespace && governed > 0)) return null;
  const extent = governed === 0 ? 'governs no workload' : `does not govern ${nameFirst(lost.map(workloadKey))}`;
  return `${extent}: ${titleOf(winner.object)} comes before it, ${tellRank(own, winner)}, and Sidecars are not merged.`;
}

/** Why one Sidecar is tried before another. Istio: sortConfigByCreationTime, selectors first */
function tellRank(own: IstioObject<Sidecar>, winner: IstioObject<Sidecar>): string {
  if (own.namespace !== winner.namespace) return "as a namespace's own Sidecars outrank the root namespace's";
  if (own.spec.selector === null && winner.spec.selector !== null) return 'as it has a selector';
  return winner.age < own.age ? 'as it is older' : 'by its name';
}
