import type { Recommendation, UnkeptCall } from '../recommend-sidecar.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { nameFirst } from '../reachability/words.js';
import { toJsonText } from './json-text.js';
import { countChange } from './proxy-load.js';
import { unifiedPatch, type EditedFile } from './render-fixes.js';
import { wrapText } from './text-style.js';
import { visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

/** What a recommendation comes to in files. */
export interface RecommendOutcome {
  /** Empty where nothing is to be edited, or it cannot be. */
  readonly files: readonly EditedFile[];
  /** Why there is an edit and no file; null else. */
  readonly whyNoPatch: string | null;
  /** The object as YAML. */
  readonly manifest: string;
}

const WIDTH = 78;
const MOST_NAMED = 5;

/** `egress-scope recommend`: what it rests on, in lines that patch programs pass over, and the patch. Ends with a newline. */
export function renderRecommendText(recommendation: Recommendation, outcome: RecommendOutcome): string {
  const { whyNoPatch, manifest, files } = outcome;
  const comment = sentences(recommendation).map((line) => `# ${wrapText(visibleText(line), WIDTH, '#   ')}\n`);
  if (recommendation.edit === null) return comment.join('');
  const instead = whyNoPatch === null ? '' : `# ${wrapText(`No patch: ${whyNoPatch}`, WIDTH, '#   ')}\n${manifest}`;
  return `${comment.join('')}${instead}${unifiedPatch(files)}`;
}

function sentences(recommendation: Recommendation): readonly string[] {
  const { namespace, name, isNew, edit, workloads, others, kept, imports, wildcards, change } = recommendation;
  const { unknown, unkept } = recommendation;
  const title = `Sidecar ${namespace}/${name}`;
  const calls = `${count(kept, 'call')} known to be needed`;
  const loads = change.proxyLoads ?? [];
  return [
    edit === null
      ? `Nothing is narrower than what there is and keeps the ${calls}.`
      : `${isNew ? 'A new ' : ''}${title} keeps the ${calls} of ${named(workloads)}. Each was tried in the whole mesh.`,
    ...(edit === null ? [] : [`Of ${count(imports.before, 'port')} of hosts that the proxies know together, ${imports.after} ${imports.after === 1 ? 'is' : 'are'} left.`]), // prettier-ignore
    ...loads.slice(0, MOST_NAMED).map(({ workloads: of, before, after }) => {
      return `One proxy of ${named(of)}: clusters ${countChange(before.clusters, after.clusters)}, endpoints ${countChange(before.endpoints, after.endpoints)}.`; // prettier-ignore
    }),
    ...lostCalls(recommendation).map(({ after, pairs }) => `${count(pairs, 'call')} that nothing is known to need would be ${after}.`), // prettier-ignore
    ...(wildcards.length === 0 ? [] : [`No narrower lines than ${wildcards.join(', ')} keep the calls.`]),
    ...(unkept.length === 0 ? [] : [`Needed, and not meshed as it is: ${nameFirst(unkept.map(callText), MOST_NAMED)}.`]), // prettier-ignore
    ...(others.length === 0 ? [] : [`It does not govern ${named(others)}.`]),
    ...(unknown.length === 0 ? [] : [`Not known: the manifests do not tell all that ${named(unknown)} ${unknown.length === 1 ? 'calls' : 'call'}. What is not known would be lost.`]), // prettier-ignore
  ];
}

function named(workloads: readonly WorkloadRef[]): string {
  return nameFirst(workloads.map(workloadName), MOST_NAMED);
}

function callText({ workload, destination: { host, port, protocol }, verdict }: UnkeptCall): string {
  return `${workloadName(workload)} to ${host}:${port} (${protocol}), ${verdict}`;
}

/** The calls that are meshed now, and how they would end. */
function lostCalls({ change }: Recommendation): readonly { readonly after: string; readonly pairs: number }[] {
  const pairs = new Map<string, number>();
  for (const { workloads, destinations, before, after } of change.changes) {
    if (before !== 'meshed' || after === 'meshed') continue;
    pairs.set(after, (pairs.get(after) ?? 0) + workloads.length * destinations.length);
  }
  return [...pairs].map(([after, number]) => ({ after, pairs: number }));
}

/** `egress-scope recommend --format json`. Ends with a newline. */
export function renderRecommendJson(recommendation: Recommendation, { files, whyNoPatch }: RecommendOutcome): string {
  const { namespace, name, isNew, edit, body, workloads, others, kept, unkept, unknown, imports, wildcards, change } =
    recommendation;
  return toJsonText({
    schema: 'egress-scope/recommend/v1',
    istioVersion: change.istioVersion,
    sidecar: { namespace, name, isNew, isNarrower: edit !== null, manifest: body },
    workloads: workloads.map(reference),
    others: others.map(reference),
    kept,
    unkept: unkept.map(({ workload, destination: { host, port, protocol }, verdict }) => ({
      workload: reference(workload),
      destination: { host, port, protocol },
      verdict,
    })),
    unknown: unknown.map(reference),
    wildcards,
    imports: { before: imports.before, after: imports.after },
    proxyLoads: (change.proxyLoads ?? []).map(({ workloads: of, before, after }) => ({
      workloads: of.map(reference),
      before: { clusters: before.clusters, endpoints: before.endpoints },
      after: { clusters: after.clusters, endpoints: after.endpoints },
    })),
    lost: lostCalls(recommendation),
    patch: unifiedPatch(files),
    ...(whyNoPatch === null ? {} : { whyNoPatch }),
  });
}

function reference({ namespace, kind, name }: WorkloadRef): WorkloadRef {
  return { namespace, kind, name };
}
