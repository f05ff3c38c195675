import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { FollowedObject } from '../kubernetes/followed-object.js';
import type { TreeLedger } from '../kubernetes/ledger.js';
import type { ManifestSet, ParsedFile } from '../kubernetes/manifest.js';
import type { Delivery } from '../layout/delivery.js';
import type { ControlledPath } from '../layout/former-paths.js';
import type { ManifestScope } from '../layout/manifest-scope.js';
import type { RenderPermissions } from '../layout/render-permissions.js';
import type { Renderer } from './render/renderer.js';
import type { SourceTree } from './source-tree.js';

/** What lives together, as the tree has it applied. */
export interface Mesh {
  /** What people call it: an overlay's or cluster's folder, or a destination. `default` where the layout names none. */
  readonly name: string;
  readonly deliveries: readonly Delivery[];
  readonly manifests: ManifestSet;
  /** Where the configuration has one for this mesh alone. */
  readonly rootNamespace?: string;
}

export interface Discovery {
  /** Sorted by name. At least one, however empty. */
  readonly meshes: readonly Mesh[];
  /** What belongs to no mesh. */
  readonly diagnostics: readonly Diagnostic[];
  /** The objects of controllers, of all meshes. */
  readonly followed: readonly FollowedObject[];
  readonly ledger: TreeLedger;
  /** What Argo CD and Flux objects of the tree apply. */
  readonly controlled: readonly ControlledPath[];
  /** What such objects applied in the tree before, and nothing in this one does, although it is still there. */
  readonly abandoned: readonly ControlledPath[];
}

export interface DiscoveryOptions {
  readonly renderer: Renderer;
  /** Default: nothing. */
  readonly permissions?: RenderPermissions;
  /** What the configuration says of it. Default: nothing. */
  readonly scope?: ManifestScope;
  /**
   * What controllers applied in the tree before a change. Where none does so any more, it is not taken to be applied by somebody
   * else, as what no controller ever applied is. Default: nothing.
   */
  readonly formerly?: readonly ControlledPath[];
  /** The meshes of another tree, with which it has most files in common: what was made of these is taken over. Default: none. */
  readonly known?: readonly Mesh[];
}

/** What of a tree may hold manifests, and the tree itself, for what it takes to render them. */
export interface DiscoveryInput {
  readonly files: readonly ParsedFile[];
  /** Null where there is nothing but these files. */
  readonly openTree: (() => Promise<SourceTree>) | null;
  /** Paths that may hold manifests, and that the configuration leaves out. */
  readonly ignored?: readonly string[];
}
