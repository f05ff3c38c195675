import type { ChangedObject } from './kubernetes/changed-objects.js';
import type { ValueDifference } from './kubernetes/object-differences.js';
import { listDecisiveDifferences } from './reachability/bearing.js';
import type { EditedObject } from './reachability/fixes/edit-object.js';
import { bringsWildcard, type Want } from './reachability/fixes/want.js';
import { thinned, type Candidate } from './search-fixes.js';
import type { Finding } from './fix-findings.js';
import type { Trials } from './try-fix.js';

/** Of more candidates those that mend least are left out: every three of them are looked at. */
const MOST_COMPARED = 16;

/**
 * The candidates, at most three, that together mend most; of equal ones those that let nothing pass unregistered, that bring no
 * wildcards, that open fewest edges, do not go round the cause, take least of the change back, edit fewest objects, those in files
 * that the change touches, and fewest lines.
 */
export function chooseFixes(
  candidates: readonly Candidate[],
  findings: readonly Finding[],
  changed: readonly ChangedObject[],
  trials: Trials,
): readonly Candidate[] {
  const touched = new Set(changed.flatMap(({ after }) => after?.origin.path ?? []));
  const compared = [...candidates]
    .sort((a, b) => b.result.mended.length - a.result.mended.length)
    .slice(0, MOST_COMPARED);
  let best: { readonly chosen: readonly Candidate[]; readonly cost: readonly number[] } | null = null;
  for (const chosen of combinations(compared)) {
    const coverage = coverageOf(chosen, findings);
    // What an edit opens is counted last: there may be a lot of it.
    if (best !== null && isLess(best.cost.slice(0, coverage.length), coverage)) continue;
    const cost = [...coverage, ...costOf(chosen, changed, touched, trials)];
    if (best === null || isLess(cost, best.cost)) best = { chosen, cost };
  }
  return best?.chosen ?? [];
}

/** Up to three candidates, each of which mends something that those before it do not. */
function* combinations(candidates: readonly Candidate[]): Iterable<readonly Candidate[]> {
  for (const [i, first] of candidates.entries()) {
    yield [first];
    for (const [j, second] of candidates.slice(i + 1).entries()) {
      if (!mendsMore(second, [first])) continue;
      yield [first, second];
      for (const third of candidates.slice(i + j + 2)) {
        if (mendsMore(third, [first, second])) yield [first, second, third];
      }
    }
  }
}

function mendsMore({ result }: Candidate, others: readonly Pick<Candidate, 'result'>[]): boolean {
  const mended = new Set(others.flatMap((other) => other.result.mended));
  return result.mended.some((finding) => !mended.has(finding));
}

function coverageOf(chosen: readonly Candidate[], findings: readonly Finding[]): readonly number[] {
  const mended = new Set(chosen.flatMap(({ result }) => result.mended));
  const left = findings.filter((finding) => !mended.has(finding));
  return [
    left.filter(({ isFailure }) => isFailure).length,
    left.length,
    chosen.filter(({ result }) => result.opensUnregistered).length,
  ];
}

function costOf(
  chosen: readonly Candidate[],
  changed: readonly ChangedObject[],
  touched: ReadonlySet<string>,
  trials: Trials,
): readonly number[] {
  const edits = chosen.flatMap(({ trial }) => trial.edited);
  const undoes = Math.max(...chosen.map((candidate) => candidate.undoes));
  return [
    // Whoever adds an object means to have it.
    undoes === 3 ? 1 : 0,
    chosen.reduce((total, { trial }) => total + trial.wants.filter(bringsWildcard).length, 0),
    trials.countOpened(chosen.map(({ result }) => result)),
    edits.filter((edit) => evadesCause(edit, changed)).length,
    undoes,
    edits.length,
    edits.filter(({ before, after }) => !touched.has((before ?? after)!.origin.path)).length,
    edits.reduce((total, { operations }) => total + operations.length, 0),
  ];
}

/** Whether hosts are added to a Sidecar of which the change edits what listeners take up, and not what they list. */
function evadesCause({ key, operations }: EditedObject, changed: readonly ChangedObject[]): boolean {
  const { before, after } = changed.find((each) => each.key === key) ?? {};
  if (!before || !after || !operations.some(({ path }) => path.at(-1) === 'hosts' || path.at(-1) === 'egress')) {
    return false;
  }
  const isOfListener = ({ path: [spec, egress, , field] }: ValueDifference): boolean =>
    spec === 'spec' && egress === 'egress' && field !== undefined && field !== 'hosts';
  return listDecisiveDifferences(before, after).every(isOfListener);
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && a[at]! < b[at]!;
}

/**
 * What edits the same object becomes one, without what is then needless; what the others mend as well is left out, and what all
 * together break, the last first.
 */
export function joinFixes(chosen: readonly Candidate[], trials: Trials, isSpent: () => boolean): readonly Candidate[] {
  let joined: Candidate[] = [];
  for (const candidate of chosen) {
    const keys = new Set(candidate.trial.edited.map(({ key }) => key));
    const related = joined.filter(({ trial }) => trial.edited.some(({ key }) => keys.has(key)));
    const one = related.length > 0 ? asOne([...related, candidate], trials, isSpent) : candidate;
    // What cannot stand with an edit of the same object cannot be offered beside it.
    if (one) joined = [...joined.filter((other) => !related.includes(other)), one];
  }
  for (const candidate of joined) {
    const others = joined.filter((other) => other !== candidate);
    if (!mendsMore(candidate, others)) joined = others;
  }
  while (joined.length > 1 && !together(joined, trials)) joined = joined.slice(0, -1);
  return joined.sort((a, b) => a.trial.edited.length - b.trial.edited.length);
}

/** Several candidates as one edit, of which nothing can be left out; null as of `together`. */
function asOne(candidates: readonly Candidate[], trials: Trials, isSpent: () => boolean): Candidate | null {
  const one = together(candidates, trials);
  if (!one) return null;
  const thin = thinned(one.trial, one.result.mended, trials, isSpent);
  if (thin === one.trial) return one;
  const result = trials.judge(thin);
  const isWorse = result.harms || mendsMore(one, [{ result }]);
  return isWorse ? one : { trial: thin, result, undoes: one.undoes };
}

/** Several candidates together; null where they are less, or do harm. */
function together(candidates: readonly Candidate[], trials: Trials): Candidate | null {
  const trial = trials.attempt(candidates.flatMap(({ trial: { wants } }) => wants as Want[]));
  if (!trial) return null;
  const result = trials.judge(trial);
  const isWhole = candidates.every((each) => !mendsMore(each, [{ result }]));
  const undoes = Math.max(...candidates.map((each) => each.undoes)) as Candidate['undoes'];
  return result.harms || !isWhole ? null : { trial, result, undoes };
}
