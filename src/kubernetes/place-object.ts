import type { Origin } from '../diagnostic/diagnostic.js';
import { asObject, asString } from './json.js';
import type { KubernetesObject } from './manifest.js';

/** The namespace that whoever applies objects gives them. */
export interface Placement {
  readonly namespace: string;
  /** Whether it wins over the namespace that an object names, or only stands in for a missing one. */
  readonly overrides: boolean;
  /** Where it is written, as far as it is in the tree. */
  readonly origin?: Origin;
}

/** The object in a namespace that whoever applies it chooses: for want of one of its own, or (`overrides`) in any case.
 * What belongs to no namespace stays as it is. */
export function placeObject(object: KubernetesObject, { namespace, overrides, origin }: Placement): KubernetesObject {
  const { body, metadata } = object;
  const isOwn = asString(asObject(body['metadata'])['namespace']) !== '';
  if (metadata.namespace === '' || (isOwn && !overrides)) return object;
  const placed = { ...object, metadata: { ...metadata, namespace } };
  if (!origin) return placed;
  return { ...placed, locate: (path) => (isNamespacePath(path) ? origin : object.locate(path)) };
}

function isNamespacePath(path: readonly (string | number)[]): boolean {
  return path.length === 2 && path[0] === 'metadata' && path[1] === 'namespace';
}
