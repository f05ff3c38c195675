import { compareWorkloads, type Workload } from '../kubernetes/workload.js';
import type { ChangeSeverity, EdgeChange, GateVerdict, Need } from '../reachability/change.js';
import type { DescribedChange } from '../reachability/described-change.js';
import { compareDestinations, destinationKey } from '../reachability/destination.js';
import type { EdgeDelta } from '../reachability/edge-deltas.js';
import { explainCauses } from '../reachability/explain-cause.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import type { ExplainContext } from '../reachability/explained-difference.js';
import { workloadRef } from '../reachability/mesh-reach.js';
import { rankOf, VERDICTS, type ComparedVerdict } from '../reachability/verdict.js';
import { SEVERITIES, type ChangeClass, type Contract, type Policy, type SeverityTable } from './policy.js';
import { fitsHost, fitsWorkload } from './pair-scope.js';
import { splitPairs } from './split-pairs.js';
import { compareText } from '../diagnostic/compare-text.js';

/** What a change amounts to, by the ranks of its verdicts. Null where only a referenced edge is judged at all. */
export function classOf({ before, after }: EdgeDelta, need: Need): ChangeClass | null {
  if (before === 'absent') {
    if (need !== 'referenced') return null;
    return after === 'absent' ? 'absent' : worseOrBetter(after);
  }
  if (after === 'absent') return 'absent';
  const [old, now] = [rankOf(before), rankOf(after)];
  if (now > old) return now === 2 ? 'broken' : 'outside';
  return now === old ? 'sideways' : 'better';
}

function worseOrBetter(after: Exclude<ComparedVerdict, 'absent'>): ChangeClass {
  const rank = rankOf(after);
  return rank === 2 ? 'broken' : rank === 1 ? 'outside' : 'better';
}

export function severityOf(change: DescribedChange, table: SeverityTable): ChangeSeverity {
  if (change.own) return 'none';
  const changeClass = classOf(change.delta, change.need);
  return changeClass === null ? 'none' : weightOf(table[changeClass], change.need, change.sighting?.kind === 'unseen');
}

/** @param isUnseen traffic evidence tells that the call is not made. What manifests name or evidence shows never weighs less by that. */
export function weightOf(row: SeverityTable[ChangeClass], need: Need, isUnseen: boolean): ChangeSeverity {
  if (!isUnseen || need === 'referenced' || need === 'observed') return row[need];
  return SEVERITIES.indexOf(row.unseen) > SEVERITIES.indexOf(row[need]) ? row.unseen : row[need];
}

/** Whether a contract asks for a call: then it is needed, whether it is made yet or not. */
export function isContracted(contracts: readonly Contract[], workload: WorkloadRef, destination: Destination): boolean {
  return contracts.some(
    ({ rule, scope }) =>
      rule === 'must-be-meshed' && fitsWorkload(scope.workload, workload) && fitsHost(scope.host, destination),
  );
}

/** Gives every change its severity and its causes' words, in a total order: worst first. */
export function judgeChanges(
  described: readonly DescribedChange[],
  policy: Policy,
  context: ExplainContext,
): EdgeChange[] {
  return described
    .flatMap((change) => splitContracted(change, policy))
    .map((change) => judgeChange(change, policy, context))
    .sort(compareChanges);
}

/** Takes apart the pairs of which evidence shows nothing, and that a contract asks for all the same. */
function splitContracted(change: DescribedChange, { contracts }: Policy): readonly DescribedChange[] {
  if (change.sighting?.kind !== 'unseen') return [change];
  const parts = splitPairs(change, (workload, destination) => isContracted(contracts, workload, destination) || null);
  const sighting = { kind: 'silent', why: 'a contract asks for the call' } as const;
  return parts.map(({ part, mark }) => (mark === null ? part : { ...part, sighting }));
}

function judgeChange(change: DescribedChange, { severities }: Policy, context: ExplainContext): EdgeChange {
  const { destinations, delta, need, sighting, newReference, references } = change;
  const workloads = ([...change.workloads] as Workload[]).sort(compareWorkloads).map(workloadRef);
  const explained = {
    workloads: change.workloads,
    destinations,
    ...(change.hostCounts && { hostCounts: change.hostCounts }),
    before: delta.before,
    after: delta.after,
    ...(change.isNamed ? { newReferences: references, governing: change.governing } : {}),
  };
  return {
    workloads,
    destinations,
    ...(delta.branch === null ? {} : { branch: delta.branch }),
    before: delta.before,
    after: delta.after,
    ...(delta.rerouted === null ? {} : { rerouted: delta.rerouted }),
    need,
    ...(newReference ? { newReference } : {}),
    ...(sighting === null ? {} : { sighting }),
    severity: severityOf(change, severities),
    causes: explainCauses(change.causes, explained, context),
    references,
  };
}

const SEVERITY_ORDER: Readonly<Record<ChangeSeverity, number>> = { failure: 0, warning: 1, notice: 2, none: 3 };
const VERDICT_ORDER: readonly ComparedVerdict[] = [...VERDICTS, 'absent'];

/** A total order: worst first. */
export function compareChanges(a: EdgeChange, b: EdgeChange): number {
  return (
    SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
    compareWorkloads(a.workloads[0]!, b.workloads[0]!) ||
    compareDestinations(a.destinations.at(0)!, b.destinations.at(0)!) ||
    VERDICT_ORDER.indexOf(a.before) - VERDICT_ORDER.indexOf(b.before) ||
    VERDICT_ORDER.indexOf(a.after) - VERDICT_ORDER.indexOf(b.after) ||
    compareText(a.branch ?? '', b.branch ?? '') ||
    compareText(fullKey(a), fullKey(b))
  );
}

function fullKey(change: EdgeChange): string {
  const workloads = change.workloads.map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`);
  return [...workloads, ...change.destinations.map(destinationKey)].join(' ');
}

/** Whether a severity fails the gate under a policy. */
export function fails(severity: ChangeSeverity, { failOn }: Policy): boolean {
  return severity === 'failure' || (severity === 'warning' && failOn === 'warning');
}

/** A failure outranks what is not known; what is not known outranks a pass. */
export function gateVerdict(failures: readonly string[], unknowns: readonly string[]): GateVerdict {
  if (failures.length > 0) return 'fail';
  return unknowns.length > 0 ? 'undetermined' : 'pass';
}
