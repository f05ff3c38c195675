import type { EdgeChange, Exemption } from '../reachability/change.js';
import type { Destination, Rejection, WorkloadRef } from '../reachability/egress-reachability.js';
import { fingerprintOfPair, fingerprintOfRejection } from './fingerprint.js';
import { fails } from './judge-changes.js';
import type { Policy, Waiver } from './policy.js';
import { matchesWildcard } from './wildcard.js';

/** Findings that somebody who may do so has accepted for one head. */
export interface Acceptance {
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
  /** Null where none was given. */
  readonly reason: string | null;
  readonly findings: readonly string[];
}

export interface Exemptions {
  /** `YYYY-MM-DD`; without it no waiver holds. */
  readonly today: string | null;
  readonly acceptances: readonly Acceptance[];
}

export const NO_EXEMPTIONS: Exemptions = { today: null, acceptances: [] };

/**
 * Marks the pairs that would fail the gate and are waived or accepted. A change of which only some pairs are is split, so
 * that a change stays what it is: every workload with every destination.
 */
export function exemptChanges(
  changes: readonly EdgeChange[],
  policy: Policy,
  exemptions: Exemptions,
): readonly EdgeChange[] {
  const waivers = policy.waivers.filter((waiver) => isInForce(waiver, exemptions.today));
  const accepted = acceptedFindings(exemptions);
  if (waivers.length === 0 && accepted.size === 0) return changes;
  return changes.flatMap((change) =>
    fails(change.severity, policy)
      ? splitChange(change, (w, d) => exemptionOf(change, w, d, waivers, accepted))
      : [change],
  );
}

/** The refusals that nobody has accepted. */
export function exemptRejections(rejected: readonly Rejection[], exemptions: Exemptions): readonly Rejection[] {
  const accepted = acceptedFindings(exemptions);
  return rejected.filter((rejection) => !accepted.has(fingerprintOfRejection(rejection)));
}

export function isInForce({ expires }: Waiver, today: string | null): boolean {
  return today !== null && today <= expires;
}

/** What fails the gate, by its fingerprints. */
export function failingFindings(
  changes: readonly EdgeChange[],
  rejected: readonly Rejection[],
  policy: Policy,
): readonly string[] {
  const failing = changes.filter(({ severity, exemption }) => !exemption && fails(severity, policy));
  const pairs = failing.flatMap((change) =>
    change.workloads.flatMap((workload) =>
      change.destinations.map((destination) => fingerprintOfPair(change, workload, destination)),
    ),
  );
  return [...new Set([...pairs, ...rejected.map(fingerprintOfRejection)])].sort();
}

function acceptedFindings({ acceptances }: Exemptions): ReadonlyMap<string, Exemption> {
  return new Map(
    acceptances.flatMap(({ by, at, reason, findings }) =>
      findings.map((finding) => [finding, { kind: 'accepted', by, at, reason }] as const),
    ),
  );
}

function exemptionOf(
  change: EdgeChange,
  workload: WorkloadRef,
  destination: Destination,
  waivers: readonly Waiver[],
  accepted: ReadonlyMap<string, Exemption>,
): Exemption | null {
  const waiver = waivers.find(
    ({ scope }) => fitsWorkload(scope.workload, workload) && fitsHost(scope.host, destination),
  );
  if (waiver) return { kind: 'waived', reason: waiver.reason, owner: waiver.owner, expires: waiver.expires };
  return accepted.size === 0 ? null : (accepted.get(fingerprintOfPair(change, workload, destination)) ?? null);
}

function fitsWorkload(pattern: string, { namespace, kind, name }: WorkloadRef): boolean {
  const parts = pattern.split('/');
  const named = parts.length === 2 ? [namespace, name] : [namespace, kind, name];
  return parts.length === named.length && parts.every((part, index) => matchesWildcard(part, named[index]!));
}

function fitsHost(pattern: string, { host, port }: Destination): boolean {
  const [hostPattern = '', portPattern = '*'] = pattern.split(':');
  return matchesWildcard(hostPattern, host) && matchesWildcard(portPattern, String(port));
}

/** Workloads whose destinations are exempt alike stay together. */
function splitChange(
  change: EdgeChange,
  exemptionFor: (workload: WorkloadRef, destination: Destination) => Exemption | null,
): readonly EdgeChange[] {
  const alike = new Map<string, { workloads: WorkloadRef[]; exemptions: readonly (Exemption | null)[] }>();
  for (const workload of change.workloads) {
    const exemptions = change.destinations.map((destination) => exemptionFor(workload, destination));
    const key = JSON.stringify(exemptions);
    const group = alike.get(key) ?? { workloads: [], exemptions };
    group.workloads.push(workload);
    alike.set(key, group);
  }
  return [...alike.values()].flatMap(({ workloads, exemptions }) => {
    const distinct = new Map(exemptions.map((exemption) => [JSON.stringify(exemption), exemption]));
    return [...distinct].map(([key, exemption]) => {
      const destinations = change.destinations.filter((_unused, index) => JSON.stringify(exemptions[index]) === key);
      return { ...change, workloads, destinations, ...(exemption === null ? {} : { exemption }) };
    });
  });
}
