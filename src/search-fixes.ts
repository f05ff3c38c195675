import type { ChangedObject } from './kubernetes/changed-objects.js';
import type { KubernetesObject } from './kubernetes/manifest.js';
import type { Cause } from './reachability/change.js';
import { membersOf } from './reachability/call-judge.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import { proposeExports } from './reachability/fixes/propose-exports.js';
import { proposeHostLines, proposeSidecarMode } from './reachability/fixes/propose-host-lines.js';
import { proposeInjection } from './reachability/fixes/propose-injection.js';
import { proposeReverts } from './reachability/fixes/propose-reverts.js';
import { proposeSelectors } from './reachability/fixes/propose-selectors.js';
import { proposeSubsets } from './reachability/fixes/propose-subsets.js';
import { proposeTls } from './reachability/fixes/propose-tls.js';
import { questionedMesh, type Question } from './reachability/fixes/question.js';
import { bringsWildcard, type Proposal, type Want } from './reachability/fixes/want.js';
import type { Finding } from './fix-findings.js';
import type { Trial, TrialResult, Trials } from './try-fix.js';

/** Edits that mend something and harm nothing. */
export interface Candidate {
  readonly trial: Trial;
  readonly result: TrialResult;
  readonly undoes: Proposal['undoes'];
}

export interface SearchContext {
  readonly trials: Trials;
  /** What differs between what is in force before and after. */
  readonly changed: readonly ChangedObject[];
  readonly written: (key: string) => KubernetesObject | null;
  readonly isSpent: () => boolean;
}

/** More findings of one cause than are asked about one by one; the whole mesh is judged all the same. */
const MOST_ASKED = 200;
/** Edits that mend nothing alone, and that are tried with others. */
const MOST_STEPS = 12;
/** Of more wants nobody looks whether one could be left out. */
const MOST_THINNED = 24;

/** Proposals of one strategy for several findings, as one. */
interface Strategy {
  readonly name: string;
  readonly undoes: Proposal['undoes'];
  readonly wants: readonly Want[];
}

/** All edits that were found to mend some of the findings: of one kind each, or of two kinds where one alone is not enough. */
export function searchFixes(all: readonly Finding[], context: SearchContext): readonly Candidate[] {
  const { trials, isSpent } = context;
  const step = Math.ceil(all.length / MOST_ASKED);
  const findings = all.filter((_unused, index) => index % step === 0);
  const candidates: Candidate[] = [];
  const tried = new Set<string>();
  const attempt = ({ undoes, wants }: Strategy): Trial | null => {
    const key = JSON.stringify(wants);
    if (tried.has(key) || isSpent()) return null;
    tried.add(key);
    const trial = trials.attempt(wants);
    if (trial && findings.some(trial.mends)) candidates.push(...harmless(trial, undoes, findings, context));
    return trial;
  };
  const steps = propose(all, trials.none, context).map((strategy) => ({ strategy, trial: attempt(strategy) }));
  for (const { strategy, trial } of steps.filter(isStep).slice(0, MOST_STEPS)) {
    const mended = new Set(candidates.filter(isNarrow).flatMap(({ result }) => result.mended));
    if (isSpent() || findings.every((finding) => mended.has(finding) || trial.mends(finding))) continue;
    const left = all.filter((finding) => !mended.has(finding));
    for (const next of propose(left, trial, context)) {
      if (next.name === strategy.name || next.undoes > 0) continue;
      const wants = distinct([...strategy.wants, ...next.wants]);
      attempt({ name: `${strategy.name} + ${next.name}`, undoes: strategy.undoes, wants });
    }
  }
  return candidates;
}

interface Step {
  readonly strategy: Strategy;
  readonly trial: Trial;
}

/** What takes all causes back, or brings a wildcard, is no reason to look no further. */
function isNarrow({ undoes, trial }: Candidate): boolean {
  return undoes < 3 && !trial.wants.some(bringsWildcard);
}

/** What takes a whole object back leaves nothing to add to. */
function isStep(step: { readonly strategy: Strategy; readonly trial: Trial | null }): step is Step {
  return step.trial !== null && step.strategy.undoes < 2;
}

/** The edits without those that harm, and without those that nothing is lost without; none where nothing is left. */
function harmless(
  trial: Trial,
  undoes: Proposal['undoes'],
  findings: readonly Finding[],
  { trials, isSpent }: SearchContext,
): readonly Candidate[] {
  const { wants } = trial;
  if (wants.length > 1 && trials.judge(trial).harms) {
    if (wants.length > MOST_THINNED) return [];
    const kept = wants.filter((want) => {
      const alone = isSpent() ? null : trials.attempt([want]);
      return alone !== null && !trials.judge(alone).harms;
    });
    const rest = kept.length < wants.length ? trials.attempt(kept) : null;
    return rest && findings.some(rest.mends)
      ? harmless(rest, undoes, findings, { trials, isSpent } as SearchContext)
      : [];
  }
  const thin = thinned(trial, findings, trials, isSpent);
  const result = trials.judge(thin);
  return result.harms || result.mended.length === 0 ? [] : [{ trial: thin, result, undoes }];
}

/** Takes away what is not needed for the same findings to be mended. */
export function thinned(trial: Trial, findings: readonly Finding[], trials: Trials, isSpent: () => boolean): Trial {
  if (trial.wants.length > MOST_THINNED) return trial;
  const mended = findings.filter(trial.mends);
  let thin = trial;
  for (const want of trial.wants) {
    if (thin.wants.length < 2 || isSpent()) break;
    const fewer = trials.attempt(thin.wants.filter((other) => other !== want));
    if (fewer && likelyFirst(mended, want).every(fewer.mends)) thin = fewer;
  }
  return thin;
}

/** The findings that are likely to need a want before the others. */
function likelyFirst(findings: readonly Finding[], want: Want): readonly Finding[] {
  if (want.kind !== 'host') return findings;
  const isLikely = ({ destination }: Finding): boolean => want.line.endsWith(`/${destination.host}`);
  return [...findings.filter(isLikely), ...findings.filter((finding) => !isLikely(finding))];
}

/** What could be done about findings in a mesh that may have some edits already; one a strategy. */
function propose(findings: readonly Finding[], trial: Trial, context: SearchContext): readonly Strategy[] {
  const mesh = questionedMesh(trial.push, context.written);
  const members = membersOf(trial.push);
  const strategies = new Map<string, { undoes: Proposal['undoes']; wants: Want[] }>();
  for (const { workloads, destination, causes } of findings) {
    const workload = workloads[0]!;
    const member = members.get(workloadKey(workload));
    if (!member) continue;
    const question = { mesh, member, destination, outcome: trial.outcome(workload, destination) };
    for (const { strategy, undoes, wants } of proposalsFor(question, causesOf(causes, context), context)) {
      const known = strategies.get(strategy) ?? { undoes, wants: [] };
      known.wants.push(...wants);
      strategies.set(strategy, known);
    }
  }
  return [...strategies]
    .map(([name, { undoes, wants }]) => ({ name, undoes, wants: distinct(wants) }))
    .filter(({ wants }) => wants.length > 0);
}

function proposalsFor(
  question: Question,
  causes: readonly ChangedObject[],
  { written }: SearchContext,
): readonly Proposal[] {
  const objects = causes.flatMap(({ key }) => written(key) ?? []);
  return [
    ...proposeHostLines(question),
    ...proposeExports(question, objects),
    ...proposeInjection(question),
    ...proposeSelectors(question, causes),
    ...proposeTls(question, objects),
    ...proposeSubsets(question),
    ...proposeReverts(causes, written),
    ...proposeSidecarMode(question),
  ];
}

function causesOf(causes: readonly Cause[], { changed }: SearchContext): readonly ChangedObject[] {
  return changed.filter(({ before, after }) => {
    const { kind, metadata } = (after ?? before)!;
    return causes.some(
      (cause) => cause.kind === kind && cause.namespace === metadata.namespace && cause.name === metadata.name,
    );
  });
}

function distinct(wants: readonly Want[]): readonly Want[] {
  return [...new Map(wants.map((want) => [wantKey(want), want])).values()];
}

function wantKey(want: Want): string {
  return want.kind === 'restore' ? `restore ${want.key}` : JSON.stringify(want);
}
