import { analyzeChange, type MeshOptions } from '../../src/analyze-change.js';
import { listChangedObjects, type ChangedObject } from '../../src/kubernetes/changed-objects.js';
import { objectKey, type ManifestSet } from '../../src/kubernetes/manifest.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { Cause, ChangeAnalysis, RenamedWorkload } from '../../src/reachability/change.js';
import { destinationKey } from '../../src/reachability/destination.js';
import type { WorkloadRef } from '../../src/reachability/egress-reachability.js';
import { workloadKey } from '../../src/reachability/evaluate-mesh.js';

/** The two sides of a change, and what the mesh is. */
export interface CheckedChange {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
  readonly mesh: MeshOptions;
}

/**
 * How right the causes of a change's findings are. A finding is what becomes of one workload's calls to one destination (and branch).
 * Causes stand in groups: those of one number act together, and one without a number is a group of its own. Each group makes the
 * finding by itself, so that a part of the causes takes it away if it has one of every group in it, and no other part does.
 */
export interface CauseScore {
  findings: number;
  /** Findings that have causes. */
  caused: number;
  /** Findings that are not there when all that is named is taken out of the change. */
  removed: number;
  /** Findings that are gone without those parts of what is named that have one of every group, and there without any other part. */
  noLess: number;
  /** Findings that every group makes alone, and that no smaller part of a group makes. */
  enough: number;
  /** Findings of which a group has several causes: without any one of them the group makes nothing. */
  joint: number;
  /** Findings that several groups make, each by itself. */
  several: number;
  readonly differences: string[];
}

export function emptyCauseScore(): CauseScore {
  return { findings: 0, caused: 0, removed: 0, noLess: 0, enough: 0, joint: 0, several: 0, differences: [] };
}

/** Each figure with its rate, in words. */
export function tellCauseScore({ findings, caused, removed, noLess, enough, joint, several }: CauseScore): string[] {
  const rate = (count: number): string => `${count}/${findings} (${((100 * count) / findings).toFixed(2)} %)`;
  return [
    `${rate(caused)} findings have causes`,
    `${rate(removed)} are gone without their causes`,
    `${rate(noLess)} are there without fewer of them, but for causes that act only together`,
    `${rate(enough)} are made by their causes alone, and by no part of causes that act together`,
    `${joint} have causes that act only together: without any of these they are gone`,
    `${several} have causes each of which is enough: they are there until all of these are gone`,
  ];
}

/** Takes what is named out of a change, and analyses what is left of it, and what is named alone, afresh. */
export function checkCauses(label: string, change: CheckedChange, score: CauseScore): void {
  const analysis = analyze(change);
  const tried = trial(change, analysis.renamed ?? []);
  for (const { finding, causes } of findingsOf(analysis)) {
    const groups = groupsOf(causes);
    const named = [...new Set(groups.flat())];
    const takesAll = (part: readonly string[]): boolean =>
      groups.every((group) => group.some((name) => part.includes(name)));
    const isGone = (part: readonly string[]): boolean => !tried.without(part).has(finding);
    const removed = named.length > 0 && isGone(named);
    const noLess = removed && properParts(named).every((part) => isGone(part) === takesAll(part));
    const enough =
      named.length > 0 &&
      groups.every(
        (group) =>
          tried.alone(group).has(finding) && properParts(group).every((part) => !tried.alone(part).has(finding)),
      );
    score.findings++;
    if (named.length > 0) score.caused++;
    if (removed) score.removed++;
    if (noLess) score.noLess++;
    if (enough) score.enough++;
    if (groups.some((group) => group.length > 1)) score.joint++;
    if (groups.length > 1) score.several++;
    if (removed && noLess && enough) continue;
    const fault = named.length === 0 ? 'no cause' : !removed ? 'not removed' : 'not minimal';
    score.differences.push(`${label} ${finding}: ${fault}: ${groups.map((group) => group.join(' + ')).join(' | ')}`);
  }
}

interface Finding {
  readonly finding: string;
  readonly causes: readonly Cause[];
}

function analyze({ before, after, mesh }: CheckedChange): ChangeAnalysis {
  return analyzeChange({ before, after, mesh, policy: DEFAULT_POLICY });
}

/** Every pair (and branch) by all that makes it what it is; workloads by the names that the whole change gives them. */
function findingsOf({ changes }: ChangeAnalysis, newNames: ReadonlyMap<string, string> = new Map()): Finding[] {
  return changes.flatMap(({ workloads, destinations, branch, before, after, rerouted, causes }) =>
    workloads.flatMap((workload) =>
      destinations.map((destination) => {
        const way = branch === undefined ? '' : ` [${branch}]`;
        const clusters = rerouted ? ` ${rerouted.before.join()} > ${rerouted.after.join()}` : '';
        const key = workloadKey(workload);
        const pair = `${newNames.get(key) ?? key} -> ${destinationKey(destination)}${way}`;
        return { finding: `${pair}: ${before} -> ${after}${clusters}`, causes };
      }),
    ),
  );
}

function groupsOf(causes: readonly Cause[]): string[][] {
  const groups = new Map<number | string, string[]>();
  for (const [index, cause] of causes.entries()) {
    const key = cause.together ?? `alone ${index}`;
    const name = titleOf(cause);
    const known = groups.get(key);
    if (known) known.push(name);
    else groups.set(key, [name]);
  }
  return [...groups.values()];
}

/** All smaller sets but the empty one, which makes nothing and takes nothing away; of a large one, those with one fewer. */
function properParts(items: readonly string[]): string[][] {
  if (items.length <= 1) return [];
  if (items.length > 6) return items.map((item) => items.filter((other) => other !== item));
  return Array.from({ length: 2 ** items.length - 2 }, (_, i) => items.filter((__, at) => (((i + 1) >> at) & 1) === 1));
}

/** The findings of a part of a change; each part is analysed once. A workload that was renamed is one object, by its new name. */
function trial({ before, after, mesh }: CheckedChange, renamed: readonly RenamedWorkload[]) {
  const newNames = new Map(renamed.map((each) => [workloadKey(each.before), workloadKey(each.after)]));
  const joined = new Map(renamed.map((each) => [titleOf(each.before), titleOf(each.after)]));
  const nameOf = ({ before: old, after: now }: ChangedObject): string => {
    const { kind, metadata } = (now ?? old)!;
    const name = titleOf({ ...metadata, kind });
    return now === null ? (joined.get(name) ?? name) : name;
  };
  const changed = listChangedObjects(before.objects, after.objects);
  const known = new Map<string, ReadonlySet<string>>();
  const having = (kept: readonly ChangedObject[]): ReadonlySet<string> => {
    const key = kept.map((each) => each.key).join('\n');
    let found = known.get(key);
    if (!found) {
      const part = analyze({ before, after: applyTo(before, kept, after), mesh });
      known.set(key, (found = new Set(findingsOf(part, newNames).map(({ finding }) => finding))));
    }
    return found;
  };
  return {
    without: (names: readonly string[]) => having(changed.filter((each) => !names.includes(nameOf(each)))),
    alone: (names: readonly string[]) => having(changed.filter((each) => names.includes(nameOf(each)))),
  };
}

function titleOf({ kind, namespace, name }: WorkloadRef): string {
  return `${kind} ${namespace}/${name}`;
}

function applyTo(before: ManifestSet, changed: readonly ChangedObject[], after: ManifestSet): ManifestSet {
  const keys = new Set(changed.map(({ key }) => key));
  const kept = before.objects.filter((object) => !keys.has(objectKey(object)));
  return { ...after, objects: [...kept, ...changed.flatMap((each) => each.after ?? [])] };
}
