import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { ParsedFile } from '../kubernetes/manifest.js';
import type { ChartFolder } from './charts.js';
import type { Kustomization } from './kustomizations.js';
import type { Delivery } from './delivery.js';

/** A tree, as far as those who apply parts of it have to know it. */
export interface TreeIndex {
  readonly paths: ReadonlySet<string>;
  /** By path: the files that may hold manifests. */
  readonly manifests: ReadonlyMap<string, ParsedFile>;
  /** By folder. */
  readonly kustomizations: ReadonlyMap<string, Kustomization>;
  /** By folder. */
  readonly charts: ReadonlyMap<string, ChartFolder>;
  readonly hasFolder: (path: string) => boolean;
}

/** What one object has a controller apply. */
export interface DeliveryReading {
  /** Where to: the controller's own name of the cluster. */
  readonly cluster: string;
  readonly deliveries: readonly Delivery[];
  /** False where it applies more than lies in the tree, or than could be understood. */
  readonly isComplete: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Null where what is rendered here is what is applied. Where it is not (plugins, jsonnet, post-renderers, values files that
   * are not in the tree), the folders that it is made of: a change of the object, or in these, is one of unknown effect.
   */
  readonly opaque: readonly string[] | null;
}
