import { asObject, asString } from './json.js';
import type { KubernetesObject } from './manifest.js';

/** The object in a namespace that whoever applies it chooses: for want of one of its own, or (`overrides`) in any case.
 * What belongs to no namespace stays as it is. */
export function placeObject(
  object: KubernetesObject,
  { namespace, overrides }: { readonly namespace: string; readonly overrides: boolean },
): KubernetesObject {
  const { body, metadata } = object;
  const isOwn = asString(asObject(body['metadata'])['namespace']) !== '';
  return metadata.namespace === '' || (isOwn && !overrides)
    ? object
    : { ...object, metadata: { ...metadata, namespace } };
}
