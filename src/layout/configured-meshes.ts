import type { Origin } from '../diagnostic/diagnostic.js';
import { matchesPath } from '../kubernetes/wildcard.js';
import type { ChartParameter } from './root.js';

/** A root that the configuration names. */
export interface ConfiguredRoot {
  /** The folder, from the tree's top; empty for the top itself. */
  readonly path: string;
  /** Null for what the folder holds: a chart, else a kustomization, else plain manifests. */
  readonly kind: 'kustomization' | 'chart' | 'plain' | null;
  /** The namespace of objects that name none, and a chart's release's; null for the mesh's. */
  readonly namespace: string | null;
  /** Null for what the chart calls itself. */
  readonly releaseName: string | null;
  /** From the tree's top. */
  readonly valuesFiles: readonly string[];
  readonly parameters: readonly ChartParameter[];
  /** In the configuration. */
  readonly origin: Origin;
}

/** A mesh that the configuration names. */
export interface ConfiguredMesh {
  /** With a `*`, it stands for a mesh for every name that the `*` of its paths fits. */
  readonly name: string;
  /** Globs: what lies in them belongs to the mesh. */
  readonly paths: readonly string[];
  readonly roots: readonly ConfiguredRoot[];
  /** Null for what the mesh configuration says. */
  readonly rootNamespace: string | null;
  /** The namespace of objects that name none; null for Kubernetes' own default. */
  readonly defaultNamespace: string | null;
  /** In the configuration. */
  readonly origin: Origin;
}

/** What belongs to whom, by the configuration. */
export class MeshClaims {
  readonly #withPaths: readonly ConfiguredMesh[];
  /** Of meshes without paths and roots. */
  readonly #others: readonly string[];

  constructor(meshes: readonly ConfiguredMesh[]) {
    this.#withPaths = meshes.filter(({ paths }) => paths.length > 0);
    this.#others = meshes.filter(({ paths, roots }) => paths.length + roots.length === 0).map(({ name }) => name);
  }

  /** The meshes that a file belongs to: those in whose paths it lies; else those that name neither paths nor roots. */
  of(path: string): readonly string[] {
    const names = this.#withPaths
      .filter(({ paths }) => paths.some((glob) => matchesPath(glob, path)))
      .map(({ name }) => name);
    return names.length > 0 ? names : this.#others;
  }
}

/** Whether only what the configuration gives a mesh belongs to it, and nothing that is found beside. */
export function isClosed({ paths, roots }: ConfiguredMesh): boolean {
  return paths.length > 0 || roots.length === 0;
}

/** Where a mesh's `*` stands: paths, folders of roots, values files. */
export function pathsOf({ paths, roots }: ConfiguredMesh): readonly string[] {
  return [...paths, ...roots.flatMap(({ path, valuesFiles }) => [path, ...valuesFiles])];
}

/** A `*` that is not one of `**`. */
const STAR = /(?<!\*)\*(?!\*)/;
const STARS = new RegExp(STAR, 'g');

export function hasStar(text: string): boolean {
  return STAR.test(text);
}

/**
 * A mesh for each of those whose name has a `*`: one for every name of a folder or file of the tree that its `*` fits, with
 * that name in the place of every `*`. The others stay as they are.
 *
 * @param tree every path of the tree.
 */
export function expandMeshes(
  meshes: readonly ConfiguredMesh[],
  tree: ReadonlySet<string>,
): { readonly meshes: readonly ConfiguredMesh[]; readonly withoutFit: readonly ConfiguredMesh[] } {
  const expanded = new Map<string, ConfiguredMesh>();
  const withoutFit: ConfiguredMesh[] = [];
  // A mesh that is named in full is not made anew.
  for (const mesh of meshes) if (!hasStar(mesh.name)) expanded.set(mesh.name, mesh);
  for (const mesh of meshes.filter(({ name }) => hasStar(name))) {
    const starred = mesh.paths.filter(hasStar);
    const names = new Set((starred.length > 0 ? starred : pathsOf(mesh)).flatMap((glob) => namesFor(glob, tree)));
    if (names.size === 0) withoutFit.push(mesh);
    for (const name of names) {
      const named = withName(mesh, name);
      if (!expanded.has(named.name)) expanded.set(named.name, named);
    }
  }
  return { meshes: [...expanded.values()], withoutFit };
}

/** The names that the first `*` of a glob stands for: folders', or files' where more of the name is written (`*.yaml`). The
 * parts before it are taken as they are written. */
function namesFor(glob: string, tree: ReadonlySet<string>): readonly string[] {
  const at = partsOf(glob).findIndex(hasStar);
  const [start = '', end = ''] = partsOf(glob)[at]?.split(STAR, 2) ?? [];
  const names = new Set<string>();
  for (const path of at === -1 ? [] : tree) {
    const parts = path.split('/');
    const part = parts[at] ?? '';
    const isFolder = at < parts.length - 1;
    if (!part.startsWith(start) || !part.endsWith(end) || (end === '' && !isFolder)) continue;
    const name = part.slice(start.length, Math.max(start.length, part.length - end.length));
    if (isName(name) && !names.has(name) && matchesPath(fill(glob, name), path)) names.add(name);
  }
  return [...names];
}

/** As the names of meshes that are written out. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text);
}

function partsOf(glob: string): readonly string[] {
  return glob.replace(/^\.?\//, '').split('/');
}

function fill(text: string, name: string): string {
  return text.replace(STARS, () => name);
}

function withName(mesh: ConfiguredMesh, name: string): ConfiguredMesh {
  return {
    ...mesh,
    name: fill(mesh.name, name),
    paths: mesh.paths.map((path) => fill(path, name)),
    roots: mesh.roots.map((root) => ({
      ...root,
      path: fill(root.path, name),
      valuesFiles: root.valuesFiles.map((path) => fill(path, name)),
    })),
  };
}
