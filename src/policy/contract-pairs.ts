import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import type { FoundCauses } from '../reachability/described-change.js';
import { compareDestinations, destinationKey } from '../reachability/destination.js';
import type { Destination } from '../reachability/egress-reachability.js';
import type { CallOutcome } from '../reachability/follow-call.js';
import { holdContract, type Held } from './hold-contract.js';
import { fitsHost, fitsWorkload } from './pair-scope.js';
import type { Contract } from './policy.js';

/** What contracts are held against: a change, or one tree, which is then both its sides. */
export interface ContractSubject {
  /** Workloads that nothing tells apart, on neither side. */
  readonly classes: readonly (readonly Workload[])[];
  /** What every workload is asked about. */
  readonly destinations: readonly Destination[];
  /** What a workload's manifest names beside. */
  readonly namedBy: (workload: Workload) => readonly Destination[];
  /** The hosts of the Services that select a workload. */
  readonly ownHosts: (workload: Workload) => ReadonlySet<string>;
  /** Null where a side does not have the destination, or the workload. */
  readonly before: (workload: Workload, destination: Destination) => CallOutcome | null;
  readonly after: (workload: Workload, destination: Destination) => CallOutcome | null;
  /** What makes that so of where a call ends; null stands for a destination that is not there. */
  readonly causesOf: (
    workload: Workload,
    destination: Destination,
    isSo: (outcome: CallOutcome | null) => boolean,
  ) => FoundCauses;
}

/** Pairs of which a contract says the same: every workload with every destination. In a total order, as its lists are. */
export interface HeldPairs extends Held {
  readonly workloads: readonly Workload[];
  readonly destinations: readonly Destination[];
  /** Of what is new. */
  readonly causes: FoundCauses;
}

export interface HeldContract {
  readonly contract: Contract;
  readonly pairs: readonly HeldPairs[];
  /** Which of its patterns nothing fits; null where there are pairs. */
  readonly unmatched: 'workload' | 'host' | 'pair' | null;
}

/** Finds the pairs that each contract is about, and holds it against them. A workload's calls to its own Services are none. */
export function holdContracts(contracts: readonly Contract[], subject: ContractSubject): readonly HeldContract[] {
  return contracts.map((contract) => {
    const pairs = pairsOf(contract, subject);
    return { contract, pairs, unmatched: pairs.length > 0 ? null : whatIsUnmatched(contract, subject) };
  });
}

function whatIsUnmatched(
  { scope }: Contract,
  { classes, destinations, namedBy }: ContractSubject,
): 'workload' | 'host' | 'pair' {
  const workloads = classes.flat();
  if (!workloads.some((workload) => fitsWorkload(scope.workload, workload))) return 'workload';
  const all = [...destinations, ...workloads.flatMap(namedBy)];
  return all.some((destination) => fitsHost(scope.host, destination)) ? 'pair' : 'host';
}

interface Collected extends HeldPairs {
  readonly destinations: Destination[];
}

function pairsOf(contract: Contract, subject: ContractSubject): readonly HeldPairs[] {
  const { scope } = contract;
  const listed = new Set(subject.destinations.map(destinationKey));
  const collected = new Map<string, Collected>();
  const ids = new Map<Workload, number>();
  const idOf = (workload: Workload): number => {
    const id = ids.get(workload) ?? ids.size;
    ids.set(workload, id);
    return id;
  };
  const collect = (workloads: readonly Workload[], destination: Destination): void => {
    const [first] = workloads;
    if (!first) return;
    const [before, after] = [subject.before(first, destination), subject.after(first, destination)];
    if (before === null && after === null) return;
    const held = holdContract(contract, destination, before, after);
    // Others are of interest where they lead to a host that fits.
    if (held.breach === null && !fitsHost(scope.host, destination)) return;
    const isSo = (now: CallOutcome | null): boolean =>
      holdContract(contract, destination, before, now).breach === 'new';
    const causes = held.breach === 'new' ? subject.causesOf(first, destination, isSo) : NO_CAUSES;
    const key = JSON.stringify([held, workloads.map(idOf), keysOf(causes)]);
    const known = collected.get(key);
    if (known) known.destinations.push(destination);
    else collected.set(key, { ...held, workloads, destinations: [destination], causes });
  };
  const isOfInterest = (destination: Destination): boolean =>
    contract.rule === 'must-not-reach' || fitsHost(scope.host, destination);
  const destinations = subject.destinations.filter(isOfInterest);
  for (const members of subject.classes) {
    const workloads = members.filter((workload) => fitsWorkload(scope.workload, workload));
    const owning = owningWorkloads(workloads, subject.ownHosts);
    for (const destination of destinations) {
      const own = owning.get(destination.host);
      collect(own ? workloads.filter((workload) => !own.has(workload)) : workloads, destination);
    }
    for (const workload of workloads) {
      const named = subject.namedBy(workload).filter((each) => isOfInterest(each) && !listed.has(destinationKey(each)));
      for (const destination of named) collect([workload], destination);
    }
  }
  return joinAlike([...collected.values()]);
}

function owningWorkloads(
  workloads: readonly Workload[],
  ownHosts: ContractSubject['ownHosts'],
): ReadonlyMap<string, ReadonlySet<Workload>> {
  const owning = new Map<string, Set<Workload>>();
  for (const workload of workloads) {
    for (const host of ownHosts(workload)) owning.set(host, (owning.get(host) ?? new Set()).add(workload));
  }
  return owning;
}

/** Workloads with the same destinations, of which the same is said, stand together. */
function joinAlike(all: readonly Collected[]): readonly HeldPairs[] {
  const joined = new Map<string, HeldPairs>();
  for (const { workloads, destinations, causes, ...held } of all) {
    const sorted = [...destinations].sort(compareDestinations);
    const key = JSON.stringify([held, sorted.map(destinationKey), keysOf(causes)]);
    const known = joined.get(key);
    joined.set(key, { ...held, causes, destinations: sorted, workloads: [...(known?.workloads ?? []), ...workloads] });
  }
  return [...joined.values()]
    .map((each) => ({ ...each, workloads: [...each.workloads].sort(compareWorkloads) }))
    .sort(
      (a, b) =>
        compareWorkloads(a.workloads[0]!, b.workloads[0]!) ||
        compareDestinations(a.destinations[0]!, b.destinations[0]!),
    );
}

const NO_CAUSES: FoundCauses = { sets: [], isTried: true };

function keysOf({ sets, isTried }: FoundCauses): unknown {
  return [isTried, sets.map((set) => set.map(({ key }) => key))];
}
