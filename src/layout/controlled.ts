import { objectKey, type KubernetesObject } from '../kubernetes/manifest.js';
import { isApplicationSet } from './application-set.js';
import { isApplication } from './argo-application.js';
import type { TreeIndex } from './delivery-reading.js';
import { environmentOf, environmentOfRoot } from './environment.js';
import { isFluxKustomization, isHelmRelease } from './flux.js';
import { reachOf } from './kustomizations.js';
import { commonFolder, folderOf, isBelow, joinPath, type Root } from './root.js';

/** An Argo CD or Flux object, and the cluster whose controller reads it. */
export interface Controlled {
  readonly object: KubernetesObject;
  /** As it is in its delivery, before Flux's variables are put in. */
  readonly written: KubernetesObject;
  /** Null where nothing tells which one. */
  readonly host: string | null;
  /** The configured meshes that it belongs to. */
  readonly claimedBy: readonly string[];
  /** The key of the ApplicationSet that made it; absent for what stands in a file or is rendered. */
  readonly madeBy?: string;
}

export function isControlled(object: KubernetesObject): boolean {
  return isApplication(object) || isApplicationSet(object) || isFluxKustomization(object) || isHelmRelease(object);
}

/** One object, in one cluster. */
export function keyOf({ object, host, claimedBy }: Controlled): string {
  return `${host ?? ''} ${claimedBy.join(' ')} ${objectKey(object)}`;
}

/** The cluster whose controller reads an object, as its folder or that of the root that renders it tells. */
export function hostOf({ origin }: KubernetesObject, root: Root): string | null {
  return (root.kind === 'plain' ? null : environmentOfRoot(root)) ?? environmentOf(folderOf(origin.path));
}

/**
 * The objects of controllers in what a root comes to. Where that is not known, those that it is made of; of manifests, also
 * those that are there twice.
 */
export function controlledIn(
  root: Root,
  objects: readonly KubernetesObject[],
  isComplete: boolean,
  index: TreeIndex,
): readonly KubernetesObject[] {
  const known = objects.filter(isControlled);
  const isKnown = ({ origin }: KubernetesObject): boolean =>
    known.some((other) => other.origin.path === origin.path && other.origin.line === origin.line);
  const further = isComplete && root.kind !== 'plain' ? [] : sourcesOf(root, index).filter(isControlled);
  return [...known, ...further.filter((object) => !isKnown(object))];
}

/** The objects of the files that a root is made of, as they are before any patch. Those of templates are not known. */
export function sourcesOf(root: Root, { kustomizations, manifests }: TreeIndex): readonly KubernetesObject[] {
  if (root.kind === 'chart') return [];
  const paths = root.kind === 'plain' ? root.files : [...reachOf(root.path, kustomizations)];
  return paths.flatMap((path) => manifests.get(path)?.objects ?? []);
}

/**
 * A cluster has one object of a name. Where a tree has several, each is of its own cluster, which is called what their
 * folders differ in; whatever else lies in such a folder is of that cluster, too.
 */
export function toldApart(open: readonly Controlled[]): Controlled[] {
  const folders = new Map<string, Set<string>>();
  for (const { object } of open.filter(({ host }) => host === null)) {
    const key = objectKey(object);
    folders.set(key, (folders.get(key) ?? new Set<string>()).add(folderOf(object.origin.path)));
  }
  const clusters = new Map<string, string>();
  for (const same of [...folders.values()].filter(({ size }) => size > 1)) {
    const common = commonFolder([...same]);
    for (const folder of same) {
      const [name = ''] = folder.slice(common === '' ? 0 : common.length + 1).split('/');
      if (name !== '') clusters.set(joinPath(common, name), name);
    }
  }
  return open.map((controlled) => {
    const [, own = null] = [...clusters].find(([folder]) => isBelow(folder, controlled.object.origin.path)) ?? [];
    return { ...controlled, host: controlled.host ?? own };
  });
}

/** Those that no other one delivers: the rest turns up when the others are followed, and in the right cluster. */
export function withoutDelivered(
  open: readonly Controlled[],
  foldersOf: (controlled: Controlled) => readonly string[],
): Controlled[] {
  const folders = open.map(foldersOf);
  const tops = open.filter(({ object }) => {
    return !open.some((other, index) => {
      return other.object !== object && (folders[index] ?? []).some((folder) => isBelow(folder, object.origin.path));
    });
  });
  return tops.length > 0 ? tops : [...open];
}
