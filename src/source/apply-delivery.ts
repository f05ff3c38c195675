import { buildManifestSet } from '../kubernetes/build-manifest-set.js';
import type { KubernetesObject, ParsedFile } from '../kubernetes/manifest.js';
import { placeObject, type Placement } from '../kubernetes/place-object.js';
import { placementFor, type Delivery, type Placed } from '../layout/delivery.js';
import type { RenderPermissions } from '../layout/render-permissions.js';
import type { PlainRoot } from '../layout/root.js';
import type { Rendering } from './render/rendering.js';
import type { Renderer } from './render/renderer.js';
import type { IndexedTree } from './tree-index.js';

/** What a delivery comes to. */
export interface Outcome {
  readonly file: ParsedFile;
  /** Paths of the files that it is made of. */
  readonly inputs: readonly string[];
  readonly tools: readonly string[];
  /** False where it could not be rendered, so that nothing is known of it. */
  readonly isComplete: boolean;
}

export interface Applied extends Placed, Outcome {
  /** The key of the object of the tree that has it applied; absent where the configuration does, or nobody in particular. */
  readonly owner?: string;
}

/** What deliveries are taken from, and by what they are rendered. */
export interface Workshop {
  readonly index: IndexedTree;
  readonly renderer: Renderer;
  /** Default: nothing. */
  readonly permissions?: RenderPermissions | undefined;
  /** The namespace of objects that name none; null for Kubernetes' own default. */
  readonly defaultNamespace: string | null;
}

/** The objects of a delivery, in the namespaces they land in.
 *
 * @throws SourceError when the tree cannot be read. */
export async function applyDelivery(
  delivery: Delivery,
  { index, renderer, permissions, defaultNamespace }: Workshop,
): Promise<Outcome> {
  const { root } = delivery;
  const placement = delivery.placement ?? placementFor(defaultNamespace);
  const rendering: Rendering =
    root.kind === 'plain' ? readPlain(root, index) : await renderer.render(index.tree, root, permissions);
  const { unreadable, diagnostics, inputs, tools, isComplete } = rendering;
  const objects = placement ? placeAll(rendering.objects, placement) : rendering.objects;
  return { file: { path: root.path, objects, unreadable, diagnostics, isManifest: true }, inputs, tools, isComplete };
}

function readPlain({ files }: PlainRoot, { manifests }: IndexedTree): Rendering {
  const { objects, unreadable, diagnostics } = buildManifestSet(files.flatMap((path) => manifests.get(path) ?? []));
  return { objects, unreadable, diagnostics, inputs: files, tools: [], isComplete: true };
}

export function placeAll(objects: readonly KubernetesObject[], placement: Placement): readonly KubernetesObject[] {
  return objects.map((object) => placeObject(object, placement));
}
