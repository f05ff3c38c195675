import type { Origin } from '../diagnostic/diagnostic.js';
import type { JsonObject } from '../kubernetes/manifest.js';

/** Files that are applied as they are. */
export interface PlainRoot {
  readonly kind: 'plain';
  /** The folder in which all of them lie, empty for the top; or the only file. */
  readonly path: string;
  /** Sorted. */
  readonly files: readonly string[];
}

/** A folder with a kustomization, built by `kustomize build`. */
export interface KustomizationRoot {
  readonly kind: 'kustomization';
  /** The folder; empty for the top. */
  readonly path: string;
  /**
   * What a controller adds to the kustomization (Argo CD's `spec.source.kustomize`, Flux's Kustomization), as the fields of a
   * kustomization. They apply after the root's own, as those of an overlay would. Paths are relative to the root's folder.
   */
  readonly overrides?: JsonObject;
  /** True where files outside a kustomization's folder may be read, as Flux does (kustomize's LoadRestrictionsNone). */
  readonly isUnrestricted?: boolean;
  /** Where the overrides are written. */
  readonly origin?: Origin;
  /** Where a field of the overrides is written; near `origin` where there is no telling. */
  readonly locate?: GivenValues['locate'];
}

/** A folder with a Helm chart, and a release of it, rendered by `helm template`. */
export interface ChartRoot {
  readonly kind: 'chart';
  /** The folder with `Chart.yaml`; empty for the tree's top. */
  readonly path: string;
  readonly releaseName: string;
  readonly namespace: string;
  /** Paths in the tree. Of two that set a value, the later one counts. */
  readonly valuesFiles: readonly string[];
  /** Values that stand in no file of the tree of their own; they count after the files. */
  readonly values: readonly GivenValues[];
  /** As `--set name=value`, or `--set-string` where `forceString` says so. */
  readonly parameters: readonly ChartParameter[];
  readonly includeCrds: boolean;
  /** Whether the hooks are run that are for `helm test` alone. Default: no. */
  readonly runsTests?: boolean;
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  /** Where the release is written. */
  readonly origin?: Origin;
}

/** Values of a chart, and the line of each. */
export interface GivenValues {
  readonly values: JsonObject;
  readonly locate: (path: readonly (string | number)[]) => Origin;
}

export interface ChartParameter {
  readonly name: string;
  readonly value: string;
  readonly forceString: boolean;
  /** Where the value is written. */
  readonly origin: Origin;
}

/** What is applied together, in one go. */
export type Root = PlainRoot | KustomizationRoot | ChartRoot;

/** The folder of a path; empty for the top. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** The last part of a path; empty for the top. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isBelow(folder: string, path: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

export function joinPath(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}

/** A path that a file of `folder` writes; null where it leads out of the tree. A leading slash means the tree's top. */
export function resolveIn(folder: string, written: string): string | null {
  const parts = written.startsWith('/') || folder === '' ? [] : folder.split('/');
  for (const part of written.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** The deepest folder in which all of several folders lie; empty for the top. */
export function commonFolder(paths: readonly string[]): string {
  const [first = [], ...rest] = paths.map((path) => path.split('/'));
  let depth = first.length;
  for (const parts of rest) {
    const differs = parts.findIndex((part, index) => part !== first[index]);
    depth = Math.min(depth, differs === -1 ? parts.length : differs);
  }
  return first.slice(0, depth).join('/');
}
