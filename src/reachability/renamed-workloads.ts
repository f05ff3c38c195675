import type { PushContext } from '../istio/push-context.js';
import { firstDifference, type ChangedObject } from '../kubernetes/changed-objects.js';
import { objectKey } from '../kubernetes/manifest.js';
import { imageRepositories, likeness, templateValues, type TemplateValues } from '../kubernetes/template-likeness.js';
import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import { workloadKey } from './evaluate-mesh.js';

/** A workload under the name that it had before a change, and under that which it has now. */
export interface Renaming {
  readonly before: Workload;
  readonly after: Workload;
}

/** Which workloads of a change were called otherwise, or stood elsewhere, before it. */
export interface Renamings {
  /** In the order of the new names. */
  readonly all: readonly Renaming[];
  /** The former self of a workload of the new side; itself where it was not renamed. */
  readonly formerOf: (workload: Workload) => Workload;
  /** The key of the former self, by the key of the new one; the same where it was not renamed. */
  readonly formerKeyOf: (key: string) => string;
}

export const NOTHING_RENAMED = renamings([]);

/** What two workloads have in common beside their templates, strongest last. */
const KINSHIPS = ['template', 'labels', 'name', 'name and namespace'] as const;
type Kinship = (typeof KINSHIPS)[number];

/** How much of the template must be the same. Where nothing but the template speaks for it, more. */
const LEAST_LIKENESS: Readonly<Record<Kinship, number>> = {
  template: 0.8,
  labels: 0.5,
  name: 0.5,
  'name and namespace': 0.5,
};
/** Pairs beyond which workloads that share neither name nor labels are not compared. */
const MOST_COMPARED = 20_000;

/**
 * Finds the workloads that are gone under one name (or namespace, or kind) and there under another: their images are the same,
 * and most of their pod templates is. Where one could be several, or several one, none is taken.
 */
export function findRenamings(before: PushContext, after: PushContext): Renamings {
  if (before.lineage.stock === after.lineage.stock) return NOTHING_RENAMED;
  const [old, now] = [before, after].map(keysOf) as [ReadonlySet<string>, ReadonlySet<string>];
  const gone = workloadsOf(before).filter((workload) => !now.has(workloadKey(workload)));
  const added = workloadsOf(after).filter((workload) => !old.has(workloadKey(workload)));
  if (gone.length === 0 || added.length === 0) return NOTHING_RENAMED;
  return renamings(pairUp(fitsOf(gone, added)));
}

/** Gateways count as well: what becomes one is not gone. */
function keysOf(push: PushContext): ReadonlySet<string> {
  return new Set([...workloadsOf(push), ...push.gateways].map(workloadKey));
}

function workloadsOf({ workloads }: PushContext): readonly Workload[] {
  return workloads.map(({ workload }) => workload);
}

interface Fit extends Renaming {
  readonly kinship: number;
  /** See `likeness`. */
  readonly alike: number;
}

function fitsOf(gone: readonly Workload[], added: readonly Workload[]): readonly Fit[] {
  const byName = groupBy(added, ({ name }) => name);
  const byLabels = groupBy(added, labelsKey);
  const byNamespace = groupBy(added, ({ namespace }) => namespace);
  const values = new Map<Workload, TemplateValues>();
  const valuesOf = (workload: Workload): TemplateValues => {
    const known = values.get(workload) ?? templateValues(workload);
    values.set(workload, known);
    return known;
  };
  const compared = gone.reduce((sum, { namespace }) => sum + (byNamespace.get(namespace)?.length ?? 0), 0);
  return gone.flatMap((before) => {
    const candidates = new Set([
      ...(byName.get(before.name) ?? []),
      ...(Object.keys(before.labels).length === 0 ? [] : (byLabels.get(labelsKey(before)) ?? [])),
      ...(compared > MOST_COMPARED ? [] : (byNamespace.get(before.namespace) ?? [])),
    ]);
    return [...candidates].flatMap((after) => fitOf(before, after, valuesOf) ?? []);
  });
}

/** Null where they are not the same. */
function fitOf(before: Workload, after: Workload, valuesOf: (workload: Workload) => TemplateValues): Fit | null {
  if (!sharesImages(before, after)) return null;
  const kinship = kinshipOf(before, after);
  const alike = likeness(valuesOf(before), valuesOf(after));
  return alike < LEAST_LIKENESS[kinship] ? null : { before, after, kinship: KINSHIPS.indexOf(kinship), alike };
}

function kinshipOf(before: Workload, after: Workload): Kinship {
  if (before.name === after.name) return before.namespace === after.namespace ? 'name and namespace' : 'name';
  return Object.keys(before.labels).length > 0 && labelsKey(before) === labelsKey(after) ? 'labels' : 'template';
}

/** A container may have come or gone beside them. */
function sharesImages(before: Workload, after: Workload): boolean {
  const [few, many] = [imageRepositories(before), imageRepositories(after)].sort((a, b) => a.length - b.length) as [
    readonly string[],
    readonly string[],
  ];
  return few.length > 0 && few.every((image) => many.includes(image));
}

function labelsKey({ labels }: Workload): string {
  return JSON.stringify(Object.entries(labels).sort());
}

/** Takes pairs of which each is the other's best fit, and no other fits as well; then looks again at those that are left. */
function pairUp(fits: readonly Fit[]): readonly Renaming[] {
  const pairs: Renaming[] = [];
  let left = fits;
  for (;;) {
    const bestOfOld = bestFits(left, ({ before }) => before);
    const bestOfNew = bestFits(left, ({ after }) => after);
    const found = left.filter((fit) => bestOfOld.get(fit.before) === fit && bestOfNew.get(fit.after) === fit);
    if (found.length === 0) return pairs;
    pairs.push(...found);
    const taken = new Set(found.flatMap(({ before, after }) => [before, after]));
    left = left.filter(({ before, after }) => !taken.has(before) && !taken.has(after));
  }
}

/** Of each workload the fit that is better than all others; none where two are as good. */
function bestFits(fits: readonly Fit[], of: (fit: Fit) => Workload): ReadonlyMap<Workload, Fit | null> {
  const best = new Map<Workload, { readonly fit: Fit; readonly isOnly: boolean }>();
  for (const fit of fits) {
    const known = best.get(of(fit));
    const better = known ? compareFits(fit, known.fit) : 1;
    if (better > 0) best.set(of(fit), { fit, isOnly: true });
    else if (better === 0 && known) best.set(of(fit), { fit: known.fit, isOnly: false });
  }
  return new Map([...best].map(([workload, { fit, isOnly }]) => [workload, isOnly ? fit : null]));
}

function compareFits(a: Fit, b: Fit): number {
  return a.kinship - b.kinship || a.alike - b.alike;
}

function renamings(found: readonly Renaming[]): Renamings {
  const all = [...found].sort((a, b) => compareWorkloads(a.after, b.after));
  const former = new Map(all.map(({ before, after }) => [workloadKey(after), before]));
  return {
    all,
    formerOf: (workload) => former.get(workloadKey(workload)) ?? workload,
    formerKeyOf: (key) => {
      const found = former.get(key);
      return found ? workloadKey(found) : key;
    },
  };
}

function groupBy(workloads: readonly Workload[], keyOf: (workload: Workload) => string): Map<string, Workload[]> {
  const groups = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const key = keyOf(workload);
    const group = groups.get(key);
    if (group) group.push(workload);
    else groups.set(key, [workload]);
  }
  return groups;
}

/** The changed objects, where an object that is gone and a new one which are one workload count as one that is changed. */
export function joinRenamed(changed: readonly ChangedObject[], { all }: Renamings): readonly ChangedObject[] {
  if (all.length === 0) return changed;
  const byKey = new Map(changed.map((each) => [each.key, each]));
  const joined = new Map<string, ChangedObject>();
  const gone = new Set<string>();
  for (const { before, after } of all) {
    const [old, now] = [byKey.get(objectKey(before.object)), byKey.get(objectKey(after.object))];
    // Its template may stand in an object that is still there.
    if (!old?.before || old.after || !now?.after || now.before) continue;
    gone.add(old.key);
    const path = firstDifference(old.before.body, now.after.body) ?? [];
    joined.set(now.key, { key: now.key, before: old.before, after: now.after, path });
  }
  return changed.filter(({ key }) => !gone.has(key)).map((each) => joined.get(each.key) ?? each);
}
