import type { JudgedTree } from './judge-tree.js';
import type { Workload } from './kubernetes/workload.js';
import { holdContracts, type ContractSubject, type HeldContract } from './policy/contract-pairs.js';
import type { Policy } from './policy/policy.js';
import { callOutcomes } from './describe-trees.js';
import type { MeshComparison } from './reachability/compare-meshes.js';
import type { DescribeContext } from './reachability/describe-changes.js';
import { destinationKey } from './reachability/destination.js';
import { listedDestinations } from './reachability/destination-exists.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import { ownServices, type MeshNeeds } from './reachability/need.js';

/** Holds the contracts against what a change does. */
export function holdContractsInChange(
  { contracts }: Policy,
  before: JudgedTree,
  after: JudgedTree,
  comparison: MeshComparison,
  context: DescribeContext,
): readonly HeldContract[] {
  if (contracts.length === 0) return [];
  return holdContracts(contracts, {
    classes: [...comparison.classes.map(({ workloads }) => workloads), ...comparison.added.map((each) => [each])],
    destinations: distinct([...before.evaluated.destinations, ...after.evaluated.destinations]),
    namedBy: namedBy(context.needsAfter),
    ownHosts: context.ownHosts,
    before: context.before,
    after: context.after,
    causesOf: context.causes.ofOutcome,
  });
}

/** Holds them against one tree: whatever breaks one there is old. */
export function holdContractsInTree(
  { contracts }: Policy,
  tree: JudgedTree,
  needs: MeshNeeds,
): readonly HeldContract[] {
  if (contracts.length === 0) return [];
  const outcomes = callOutcomes(tree, listedDestinations(tree.push));
  return holdContracts(contracts, {
    classes: tree.evaluated.groups.map(({ members }) => members.map(({ workload }) => workload)),
    destinations: tree.evaluated.destinations,
    namedBy: namedBy(needs),
    ownHosts: ownServices([tree.push]),
    before: outcomes,
    after: outcomes,
    causesOf: () => ({ sets: [], isTried: true }),
  });
}

function namedBy({ of }: MeshNeeds): ContractSubject['namedBy'] {
  return (workload: Workload) => of.get(workloadKey(workload))?.named ?? [];
}

function distinct(destinations: readonly Destination[]): readonly Destination[] {
  return [...new Map(destinations.map((destination) => [destinationKey(destination), destination])).values()];
}
