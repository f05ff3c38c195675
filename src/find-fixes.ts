import { chooseFixes, joinFixes } from './choose-fixes.js';
import { exactness, type Origin } from './diagnostic/diagnostic.js';
import { listFindings, type Finding, type FindingSource } from './fix-findings.js';
import type { ChangedObject } from './kubernetes/changed-objects.js';
import type { KubernetesObject } from './kubernetes/manifest.js';
import type { DescribeContext } from './reachability/describe-changes.js';
import type { Destination } from './reachability/egress-reachability.js';
import type { Fix, ManifestEdit } from './reachability/fix.js';
import type { EditedObject } from './reachability/fixes/edit-object.js';
import { summarizeFix } from './reachability/fixes/summarize-fix.js';
import { isAmbient } from './reachability/not-modelled.js';
import { writtenPath } from './reachability/words.js';
import { searchFixes, type Candidate } from './search-fixes.js';
import { createTrials, type Trials } from './try-fix.js';

/** What is known when fixes are looked for: all that the analysis of the change has found. */
export interface FixInput extends FindingSource {
  readonly context: DescribeContext;
  readonly probes: readonly Destination[];
  /** What differs between what is in force before and after. */
  readonly changed: readonly ChangedObject[];
  /** The objects that a fix may edit, as the change leaves them; by key. */
  readonly editable: () => (key: string) => KubernetesObject | undefined;
  /** Where it says no, the search ends with what it has. */
  readonly goesOn: () => boolean;
}

export interface FoundFixes {
  readonly fixes: readonly Fix[];
  /** The search ended before everything was tried, or was not begun. */
  readonly isCut: boolean;
}

export const NO_FIXES: FoundFixes = { fixes: [], isCut: false };

/** Beyond so many calls nobody mends them line by line, and nothing is looked for. */
const MOST_PAIRS = 20_000;
/** Beyond so much work the search ends with what it has: see `Trials.spent`. */
const MOST_WORK = 3_000_000;

/**
 * Edits that mend what fails or warns, each tried on the whole mesh: the finding is gone, nothing fails or warns that did not, and
 * nothing else that was tried opens fewer edges. All of them together have been tried as well.
 */
export function findFixes(input: FixInput): FoundFixes {
  // What the calls of an ambient namespace come to with an edit would be a guess.
  const findings = listFindings(input).filter(({ workloads }) => !isAmbient(workloads[0]!.namespace, input.after.push));
  if (findings.length === 0) return NO_FIXES;
  if (findings.reduce((pairs, { workloads }) => pairs + workloads.length, 0) > MOST_PAIRS)
    return { fixes: [], isCut: true };
  const written = (key: string): KubernetesObject | null => input.editable()(key) ?? null;
  const trials = createTrials({ ...input, findings, written });
  const isSpent = (): boolean => trials.spent() > MOST_WORK || !input.goesOn();
  const context = { trials, changed: input.changed, written, isSpent };
  const chosen: Candidate[] = [];
  for (const group of groupByCause(findings)) {
    if (isSpent()) break;
    const mended = new Set(chosen.flatMap(({ result }) => result.mended));
    const open = group.filter((finding) => !mended.has(finding));
    if (open.length === 0) continue;
    const candidates = searchFixes(open, context);
    chosen.push(...chooseFixes(candidates, open, input.changed, trials));
  }
  const isCut = isSpent();
  return { fixes: joinFixes(chosen, trials, isSpent).map((candidate) => toFix(candidate, trials)), isCut };
}

/** The findings that have all their causes in common, in the order of the changes: worst first. */
function groupByCause(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const causes = finding.causes.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`);
    const key = causes.sort().join(' ');
    const known = groups.get(key);
    if (known) known.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()];
}

function toFix({ trial, result }: Candidate, { countOpened }: Trials): Fix {
  const mends = result.mended.flatMap(({ fingerprints }) => fingerprints());
  const meshes = [...new Set(result.mended.flatMap((finding) => finding.meshes))];
  return {
    summary: summarizeFix(trial.edited, trial.wants),
    edits: trial.edited.map(toEdit),
    mends: [...new Set(mends)].sort(),
    opens: countOpened([result]),
    ...(trial.edited.some(isWholeRendered) ? { patches: null, whyNoPatches: WHOLE_RENDERED } : {}),
    ...(result.opensUnregistered ? { opensUnregistered: true as const } : {}),
    ...(meshes.length === 0 ? {} : { meshes }),
  };
}

const WHOLE_RENDERED =
  'The object is rendered: whatever lists its file would have to be edited as well for it to come or go as a whole.';

function isWholeRendered({ before, after }: EditedObject): boolean {
  return (before === null || after === null) && (before ?? after)?.isRendered === true;
}

function toEdit({ key, before, after, operations }: EditedObject): ManifestEdit {
  const object = (before ?? after)!;
  const { kind, metadata } = object;
  const place = placeOf(object, operations);
  return {
    path: place.path,
    line: place.line,
    ...exactness(place),
    key,
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    body: before?.body ?? null,
    edited: after?.body ?? null,
    operations,
  };
}

/** Where the first step of an edit stands, in the file that holds the object. */
function placeOf(object: KubernetesObject, operations: EditedObject['operations']): Origin {
  const [first] = operations;
  if (!first) return object.origin;
  const place = object.locate(writtenPath(object, first.path));
  return place.path === object.origin.path ? place : object.origin;
}
