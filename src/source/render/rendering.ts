import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { KubernetesObject, Unreadable } from '../../kubernetes/manifest.js';
import type { ChartRoot, KustomizationRoot } from '../../layout/root.js';

export type RenderRoot = KustomizationRoot | ChartRoot;

/** What one root renders to. */
export interface Rendering {
  /** With origins in the source files. Empty where the rendering is not complete. */
  readonly objects: readonly KubernetesObject[];
  readonly unreadable: readonly Unreadable[];
  readonly diagnostics: readonly Diagnostic[];
  /** Paths of the tree's files on which it depends, sorted. */
  readonly inputs: readonly string[];
  /** What rendered it, with its version: `kustomize v5.8.1`. */
  readonly tools: readonly string[];
  /** False where the objects are not known; `unreadable` then has an entry that stands for them. */
  readonly isComplete: boolean;
}
