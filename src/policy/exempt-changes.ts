import type { ContractBreach, EdgeChange, Exemption } from '../reachability/change.js';
import type { Destination, Rejection, WorkloadRef } from '../reachability/egress-reachability.js';
import { fingerprintOfBreach, fingerprintOfPair, fingerprintOfRejection, fingerprintsOf } from './fingerprint.js';
import { fails } from './judge-changes.js';
import { narrowSighting } from './narrow-sighting.js';
import { fitsHost, fitsWorkload } from './pair-scope.js';
import type { Policy, Waiver } from './policy.js';
import { splitPairs } from './split-pairs.js';

/** Somebody who said that something may pass. */
interface Voice {
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
  /** The owners of CODEOWNERS, as written there, that they are or belong to; asked for only where that counts. */
  readonly speaksFor?: readonly string[];
}

/** Findings that somebody who may do so has accepted for one head. */
export interface Acceptance extends Voice {
  /** Null where none was given. */
  readonly reason: string | null;
  readonly findings: readonly string[];
  /** Where it was an approval of the pull request that let the findings pass. */
  readonly isApproval?: true;
}

/** Somebody has approved the change as a whole. It counts for the workloads that they own. */
export type Approval = Required<Voice>;

export interface Exemptions {
  /** `YYYY-MM-DD`; without it no waiver holds. */
  readonly today: string | null;
  readonly acceptances: readonly Acceptance[];
  readonly approvals?: readonly Approval[];
}

export const NO_EXEMPTIONS: Exemptions = { today: null, acceptances: [] };

type OwnersOfWorkload = (workload: WorkloadRef) => readonly string[];

const NOBODY: OwnersOfWorkload = () => [];

/**
 * Marks the pairs that would fail the gate and are waived, accepted or approved. A change of which only some pairs are is split.
 *
 * @param ownersOf where the policy asks for the owners' word: who owns a workload. Only their acceptances and approvals count
 * for it then; for a workload that nobody owns, every acceptance does.
 */
export function exemptChanges(
  changes: readonly EdgeChange[],
  policy: Policy,
  exemptions: Exemptions,
  ownersOf: OwnersOfWorkload = NOBODY,
): readonly EdgeChange[] {
  const exemptionOf = exemptionFinder(policy, exemptions);
  if (exemptionOf === null) return changes;
  const asked = policy.ownersMustApprove ? ownersOf : NOBODY;
  return changes.flatMap((change) => {
    if (!fails(change.severity, policy)) return [change];
    return marked(change, (workload, destination) =>
      exemptionOf(workload, destination, asked(workload), () => fingerprintOfPair(change, workload, destination)),
    ).map(narrowSighting);
  });
}

/** The same for contracts that are broken. Whoever makes a contract asks for more than a workload's owner, so an approval is not
 * enough. */
export function exemptBreaches(
  breaches: readonly ContractBreach[],
  policy: Policy,
  exemptions: Exemptions,
): readonly ContractBreach[] {
  const exemptionOf = exemptionFinder(policy, exemptions);
  if (exemptionOf === null) return breaches;
  return breaches.flatMap((breach) =>
    marked(breach, (workload, destination) =>
      exemptionOf(workload, destination, [], () => fingerprintOfBreach(breach, workload, destination)),
    ),
  );
}

function marked<T extends EdgeChange | ContractBreach>(
  item: T,
  exemptionOf: (workload: WorkloadRef, destination: Destination) => Exemption | null,
): readonly T[] {
  return splitPairs(item, exemptionOf).map(({ part, mark }) => (mark === null ? part : { ...part, exemption: mark }));
}

/** The refusals that nobody has accepted. */
export function exemptRejections(rejected: readonly Rejection[], { acceptances }: Exemptions): readonly Rejection[] {
  const accepted = new Set(acceptances.flatMap(({ findings }) => findings));
  return rejected.filter((rejection) => !accepted.has(fingerprintOfRejection(rejection)));
}

export function isInForce({ expires }: Waiver, today: string | null): boolean {
  return today !== null && today <= expires;
}

/** The waiver that is about a pair on a day; null where none is. */
export function waiverOf(
  { waivers }: Policy,
  today: string | null,
  workload: WorkloadRef,
  destination: Destination,
): Exemption | null {
  const waiver = waivers.find(
    (each) =>
      isInForce(each, today) && fitsWorkload(each.scope.workload, workload) && fitsHost(each.scope.host, destination),
  );
  return waiver ? { kind: 'waived', reason: waiver.reason, owner: waiver.owner, expires: waiver.expires } : null;
}

/** Whether a change fails the gate. */
export function isFailing({ severity, exemption }: EdgeChange, policy: Policy): boolean {
  return !exemption && fails(severity, policy);
}

/** Whether a broken contract fails the gate: only what is new does, and that whatever the severities are. */
export function isGating({ isNew, exemption }: ContractBreach): boolean {
  return isNew && !exemption;
}

/** What fails the gate, by its fingerprints. */
export function failingFindings(
  changes: readonly EdgeChange[],
  breaches: readonly ContractBreach[],
  rejected: readonly Rejection[],
  policy: Policy,
): readonly string[] {
  const pairs = changes
    .filter((change) => isFailing(change, policy))
    .flatMap((change) => fingerprintsOf(change, fingerprintOfPair));
  const broken = breaches.filter(isGating).flatMap((breach) => fingerprintsOf(breach, fingerprintOfBreach));
  return [...new Set([...pairs, ...broken, ...rejected.map(fingerprintOfRejection)])].sort();
}

/** What fails no more because an owner has approved the change, by who that was and the findings' fingerprints. */
export function approvedFindings(changes: readonly EdgeChange[]): readonly Acceptance[] {
  const approved = new Map<string, Acceptance>();
  for (const change of changes) {
    const { exemption } = change;
    if (exemption?.kind !== 'approved') continue;
    const { by, at } = exemption;
    const findings = fingerprintsOf(change, fingerprintOfPair);
    const known = approved.get(by)?.findings ?? [];
    approved.set(by, { by, at, reason: null, isApproval: true, findings: [...known, ...findings] });
  }
  return [...approved.values()];
}

type ExemptionFinder = (
  workload: WorkloadRef,
  destination: Destination,
  owners: readonly string[],
  fingerprint: () => string,
) => Exemption | null;

/** A waiver outranks an acceptance, and that an approval. Null where there is nothing of the kind. */
function exemptionFinder(policy: Policy, { today, acceptances, approvals = [] }: Exemptions): ExemptionFinder | null {
  const hasWaivers = policy.waivers.some((waiver) => isInForce(waiver, today));
  if (!hasWaivers && acceptances.length === 0 && approvals.length === 0) return null;
  const accepting = byFinding(acceptances);
  return (workload, destination, owners, fingerprint) => {
    const waived = waiverOf(policy, today, workload, destination);
    if (waived) return waived;
    const accepted = accepting.size === 0 ? [] : (accepting.get(fingerprint()) ?? []);
    const acceptance = accepted.findLast((each) => owners.length === 0 || speaksForAny(each, owners));
    if (acceptance) {
      const { by, at, reason, isApproval } = acceptance;
      return isApproval ? { kind: 'approved', by, at } : { kind: 'accepted', by, at, reason };
    }
    const approval = approvals.findLast((each) => speaksForAny(each, owners));
    return approval ? { kind: 'approved', by: approval.by, at: approval.at } : null;
  };
}

function speaksForAny({ speaksFor = [] }: Voice, owners: readonly string[]): boolean {
  const names = new Set(owners.map((owner) => owner.toLowerCase()));
  return speaksFor.some((owner) => names.has(owner.toLowerCase()));
}

function byFinding(acceptances: readonly Acceptance[]): ReadonlyMap<string, readonly Acceptance[]> {
  const found = new Map<string, Acceptance[]>();
  for (const acceptance of acceptances) {
    for (const finding of acceptance.findings) {
      const known = found.get(finding);
      if (known) known.push(acceptance);
      else found.set(finding, [acceptance]);
    }
  }
  return found;
}
