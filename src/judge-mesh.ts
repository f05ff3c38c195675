import type { AgeOf } from './istio/istio-object.js';
import { judgeTree, type JudgedTree, type MeshOptions } from './judge-tree.js';
import { objectsByKey, type KubernetesObject, type ManifestSet } from './kubernetes/manifest.js';
import { layOverSnapshot } from './snapshot/lay-over.js';
import type { MeshSnapshot } from './snapshot/read-snapshot.js';
import type { Checkpoint } from './reachability/checkpoint.js';
import type { Ledger } from './reachability/ledger.js';
import type { MeshNeeds } from './reachability/need.js';

/** One tree, and what is known beside it. */
export interface MeshInput {
  readonly manifests: ManifestSet;
  readonly mesh: MeshOptions;
  /** What the cluster has beside the manifests. */
  readonly snapshot?: MeshSnapshot;
  readonly checkpoint?: Checkpoint;
}

/** Git carries no age: without a creation time, only the name decides between objects of one tree. */
export const NAME_DECIDES: AgeOf = ({ metadata }) => metadata.creationTimestamp ?? Number.NEGATIVE_INFINITY;

/** A tree with what the cluster has beside it. */
export function laidOver({ manifests, snapshot }: MeshInput): ManifestSet {
  return snapshot ? layOverSnapshot(manifests, snapshot) : manifests;
}

/** Judges one tree, as a cluster would have it. */
export function judgeMesh(input: MeshInput): JudgedTree {
  const { mesh, snapshot, checkpoint } = input;
  return judgeTree(laidOver(input), mesh, { ageOf: NAME_DECIDES, previous: inForce(snapshot), checkpoint });
}

/** What a cluster has it may refuse now, and has nevertheless. */
export function inForce(snapshot: MeshSnapshot | undefined): ReadonlyMap<string, KubernetesObject> {
  return objectsByKey(snapshot?.objects ?? []);
}

/** What an answer about a tree rests on. */
export function ledgerOf(
  { objects, filesRead, filesSkipped }: ManifestSet,
  notModelled: readonly string[],
  { unknownHosts }: MeshNeeds,
  snapshot: MeshSnapshot | undefined,
): Ledger {
  return {
    roots: [],
    skipped: filesSkipped.length === 0 ? [] : [{ reason: 'no-manifests', paths: filesSkipped }],
    filesRead,
    resources: objects.length,
    notModelled: [...new Set(notModelled)].sort(),
    unknownHosts,
    snapshot: snapshot
      ? { path: snapshot.path, age: snapshot.diagnostics[0]?.message ?? '', objects: snapshot.objects.length }
      : null,
  };
}
