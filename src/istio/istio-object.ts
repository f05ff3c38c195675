import type { KubernetesObject } from '../kubernetes/manifest.js';
import { compareText } from '../diagnostic/compare-text.js';

/** A configuration object with its parsed spec. Istio: config.Config */
export interface IstioObject<Spec> {
  readonly name: string;
  readonly namespace: string;
  /** Sort key of age: less is older. Objects of one key are told apart by name. */
  readonly age: number;
  readonly object: KubernetesObject;
  readonly spec: Spec;
}

/** How old an object is: a sort key, less is older. */
export type AgeOf = (object: KubernetesObject) => number;

/** The oldest first, then by name, then by namespace. Istio: sortConfigByCreationTime */
export function compareByCreationTime(
  a: { age: number; name: string; namespace: string },
  b: { age: number; name: string; namespace: string },
): number {
  return compareNumber(a.age, b.age) || compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
}

/** Keys of age can be infinite, so they are not to be subtracted. */
export function compareNumber(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
