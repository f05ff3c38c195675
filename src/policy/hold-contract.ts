import type { Destination } from '../reachability/egress-reachability.js';
import type { BranchOutcome, CallOutcome } from '../reachability/follow-call.js';
import { routedHosts } from '../reachability/routed-hosts.js';
import type { ComparedVerdict, Verdict } from '../reachability/verdict.js';
import { fitsHost } from './pair-scope.js';
import type { Contract } from './policy.js';

/** What a contract says of one pair, from one side of a change to the other. */
export interface Held {
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  /** The route that is meant; null for the call itself. */
  readonly branch: string | null;
  /** Null where the contract is kept. What was so before is old. */
  readonly breach: 'new' | 'old' | null;
}

/**
 * Holds a contract against a pair.
 *
 * @param before null where the destination, or the workload, was not there.
 * @param after null where the destination is gone.
 */
export function holdContract(
  { rule, scope }: Contract,
  destination: Destination,
  before: CallOutcome | null,
  after: CallOutcome | null,
): Held {
  switch (rule) {
    case 'must-be-meshed':
      return holdToMesh(scope.host, before, after);
    case 'must-not-reach':
      return holdOff(scope.host, destination, before, after);
    case 'may-pass-through':
      return { ...verdictsOf(before, after, null), breach: null };
  }
}

/** Every way of the call has to go through the mesh. A host that is named in full has to be there, too; of those that a pattern
 * fits, some may go. */
function holdToMesh(host: string, before: CallOutcome | null, after: CallOutcome | null): Held {
  const [old, now] = [strayIn(before), strayIn(after)];
  const isGone = after === null && before !== null && !host.includes('*');
  const breach = now || isGone ? (old ? 'old' : 'new') : null;
  return { ...verdictsOf(before, after, now?.branch ?? null), breach };
}

/** The first way that does not go through the mesh; null where all do. */
function strayIn(outcome: CallOutcome | null): { readonly branch: string | null } | null {
  if (outcome === null) return null;
  if (outcome.verdict !== 'meshed') return { branch: null };
  const branch = outcome.branches.find(({ verdict }) => verdict !== 'meshed');
  return branch ? { branch: branch.match } : null;
}

/**
 * A pair reaches as far as its sidecar lets it: it has a way there (`routed`), or passes the call through unseen (`passed`),
 * which nothing but REGISTRY_ONLY can keep it from. A contract is broken by a way, and by a pass where the call was kept off before.
 */
function holdOff(host: string, destination: Destination, before: CallOutcome | null, after: CallOutcome | null): Held {
  const [old, now] = [before, after].map((outcome) => outcome && reachOf(host, destination, outcome));
  const isOpened = now?.reach === 'passed' && old?.reach === 'kept off';
  const breach = now?.reach === 'routed' ? (old?.reach === 'routed' ? 'old' : 'new') : isOpened ? 'new' : null;
  return { ...verdictsOf(before, after, now?.branch ?? null), breach };
}

interface Reach {
  readonly reach: 'routed' | 'passed' | 'kept off';
  readonly branch: string | null;
}

/** Verdicts with which the sidecar has a way to where the call's clusters lead, whether somebody is there now or not. */
const ROUTED: ReadonlySet<Verdict> = new Set(['meshed', 'no-endpoints']);
const PASSED: ReadonlySet<Verdict> = new Set(['unmeshed', 'bypass']);

/** A call to another host counts as well where its routes lead to one that fits. */
function reachOf(host: string, destination: Destination, outcome: CallOutcome): Reach {
  const isCalled = fitsHost(host, destination);
  const leadsThere = ({ verdict, clusters }: CallOutcome | BranchOutcome): boolean =>
    ROUTED.has(verdict) && (isCalled || routedHosts(clusters).some((each) => fitsHost(host, each)));
  if (leadsThere(outcome)) return { reach: 'routed', branch: null };
  const branch = outcome.branches.find(leadsThere);
  if (branch) return { reach: 'routed', branch: branch.match };
  return { reach: isCalled && PASSED.has(outcome.verdict) ? 'passed' : 'kept off', branch: null };
}

function verdictsOf(
  before: CallOutcome | null,
  after: CallOutcome | null,
  branch: string | null,
): Pick<Held, 'before' | 'after' | 'branch'> {
  return { before: verdictAt(before, branch), after: verdictAt(after, branch), branch };
}

/** Requests for a route that a side lacks get what all others get. */
function verdictAt(outcome: CallOutcome | null, branch: string | null): ComparedVerdict {
  const way = branch === null ? undefined : outcome?.branches.find(({ match }) => match === branch);
  return (way ?? outcome)?.verdict ?? 'absent';
}
