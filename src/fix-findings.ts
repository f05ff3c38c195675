import type { JudgedTree } from './judge-tree.js';
import type { Workload } from './kubernetes/workload.js';
import { isGating } from './policy/exempt-changes.js';
import { fingerprintOfBreach, fingerprintOfPair } from './policy/fingerprint.js';
import type { Policy } from './policy/policy.js';
import { branchKey, contractKey, type WeighedPair } from './policy/weigh-pair.js';
import type { Cause, ContractBreach, EdgeChange } from './reachability/change.js';
import type { Destination, WorkloadRef } from './reachability/egress-reachability.js';
import { membersOf } from './reachability/call-judge.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import { workloadRef } from './reachability/mesh-reach.js';
import type { Renamings } from './reachability/renamed-workloads.js';

/** What fails or warns about one destination, of workloads that are alike on both sides. */
export interface Finding {
  readonly workloads: readonly Workload[];
  readonly destination: Destination;
  /** What of a pair weighs too much: see `weighPair`. */
  readonly about: string;
  readonly pair: Pick<WeighedPair, 'need' | 'isUnseen' | 'isNewlyNamed' | 'isAdded'>;
  readonly isFailure: boolean;
  readonly causes: readonly Cause[];
  readonly meshes: readonly string[];
  /** The fingerprints of its pairs. */
  readonly fingerprints: () => readonly string[];
}

export interface FindingSource {
  readonly before: JudgedTree;
  readonly after: JudgedTree;
  readonly renamings: Renamings;
  readonly policy: Policy;
  /** Judged, with exemptions. */
  readonly changes: readonly EdgeChange[];
  readonly breaches: readonly ContractBreach[];
}

/** What fails or warns and is not exempt, in the order of the changes: worst first. */
export function listFindings(source: FindingSource): readonly Finding[] {
  const alike = alikeWorkloads(source);
  const changed = source.changes
    .filter(({ severity, exemption }) => !exemption && (severity === 'failure' || severity === 'warning'))
    .flatMap((change) => {
      const { need, sighting, newReference = false, branch = null, severity, causes, meshes = [] } = change;
      return findingsOf(change, alike, fingerprintOfPair).map((finding) => ({
        ...finding,
        about: branchKey(branch),
        pair: { need, isUnseen: sighting?.kind === 'unseen', isNewlyNamed: newReference, isAdded: !finding.isOld },
        isFailure: severity === 'failure',
        causes,
        meshes,
      }));
    });
  return [...changed, ...listBreachFindings(source, alike)];
}

function listBreachFindings({ breaches, policy }: FindingSource, alike: Alike): readonly Finding[] {
  return breaches.filter(isGating).flatMap((breach) => {
    const index = policy.contracts.findIndex(
      ({ rule, scope }) => rule === breach.contract && scope.workload === breach.workload && scope.host === breach.host,
    );
    return findingsOf(breach, alike, fingerprintOfBreach).map((finding) => ({
      ...finding,
      about: contractKey(index),
      // What a contract says does not depend on whether anybody needs the call.
      pair: { need: 'potential', isUnseen: false, isNewlyNamed: false, isAdded: !finding.isOld } as const,
      isFailure: true,
      causes: breach.causes,
      meshes: breach.meshes ?? [],
    }));
  });
}

function findingsOf<T extends EdgeChange | ContractBreach>(
  listed: T,
  alike: Alike,
  fingerprint: (listed: T, workload: WorkloadRef, destination: Destination) => string,
) {
  return alike(listed.workloads).flatMap(({ workloads, isOld }) =>
    listed.destinations.map((destination) => ({
      workloads,
      isOld,
      destination,
      fingerprints: () => workloads.map((workload) => fingerprint(listed, workloadRef(workload), destination)),
    })),
  );
}

type Alike = (refs: readonly WorkloadRef[]) => readonly {
  readonly workloads: readonly Workload[];
  /** Whether they were there before the change. */
  readonly isOld: boolean;
}[];

/** Sorts workloads by the groups that they are in before and after. */
function alikeWorkloads({ before, after, renamings }: FindingSource): Alike {
  const members = membersOf(after.push);
  const [old, now] = [before, after].map(({ evaluated: { groups } }) => new Map(groups.map((group, i) => [group, i])));
  return (refs) => {
    const classes = new Map<string, { workloads: Workload[]; isOld: boolean }>();
    for (const workload of refs.flatMap((ref) => members.get(workloadKey(ref))?.workload ?? [])) {
      const key = workloadKey(workload);
      const former = before.evaluated.groupOf.get(renamings.formerKeyOf(key));
      const current = after.evaluated.groupOf.get(key);
      const id = `${former ? old!.get(former)! : ''} ${current ? now!.get(current)! : ''}`;
      const known = classes.get(id);
      if (known) known.workloads.push(workload);
      else classes.set(id, { workloads: [workload], isOld: former !== undefined });
    }
    return [...classes.values()];
  };
}
