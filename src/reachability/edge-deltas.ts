import type { ComparedVerdict } from './verdict.js';
import type { BranchOutcome, CallOutcome } from './follow-call.js';

/** One way in which an edge differs between two meshes. */
export interface EdgeDelta {
  /** Null for the edge itself. */
  readonly branch: string | null;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  readonly rerouted: { readonly before: readonly string[]; readonly after: readonly string[] } | null;
}

/** Verdicts with which a call reaches some cluster of its own, so that another one is a difference. */
const ROUTED: ReadonlySet<ComparedVerdict> = new Set(['meshed', 'misrouted', 'no-endpoints']);

/** How an edge differs; null stands for a destination that does not exist on a side. */
export function compareOutcomes(before: CallOutcome | null, after: CallOutcome | null): EdgeDelta[] {
  const main = compareWhole(before, after);
  const branches = before && after ? compareBranches(before, after) : [];
  return main ? [main, ...branches] : branches;
}

function compareWhole(before: CallOutcome | null, after: CallOutcome | null): EdgeDelta | null {
  const b: ComparedVerdict = before?.verdict ?? 'absent';
  const a: ComparedVerdict = after?.verdict ?? 'absent';
  if (b !== a) return { branch: null, before: b, after: a, rerouted: null };
  if (!before || !after || !ROUTED.has(b) || sameClusters(before.clusters, after.clusters)) return null;
  return { branch: null, before: b, after: a, rerouted: { before: before.clusters, after: after.clusters } };
}

/**
 * A route that one side lacks is compared with what its requests get there, which is what all other requests get. A branch to
 * which the very same happens as to the whole edge is no difference of its own.
 */
function compareBranches(before: CallOutcome, after: CallOutcome): EdgeDelta[] {
  const old = namedBranches(before);
  const now = namedBranches(after);
  const deltas: EdgeDelta[] = [];
  for (const match of new Set([...now.keys(), ...old.keys()])) {
    const b = old.get(match) ?? before;
    const a = now.get(match) ?? after;
    if (b.verdict === a.verdict || (isAlike(b, before) && isAlike(a, after))) continue;
    deltas.push({ branch: match, before: b.verdict, after: a.verdict, rerouted: null });
  }
  return deltas;
}

function isAlike(branch: BranchOutcome | CallOutcome, whole: CallOutcome): boolean {
  return branch.verdict === whole.verdict && sameClusters(branch.clusters, whole.clusters);
}

/** Several routes can ask for the same; the first one answers. */
function namedBranches({ branches }: CallOutcome): Map<string, BranchOutcome> {
  const named = new Map<string, BranchOutcome>();
  for (const branch of branches) {
    if (!named.has(branch.match)) named.set(branch.match, branch);
  }
  return named;
}

function sameClusters(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((cluster, i) => cluster === b[i]);
}
