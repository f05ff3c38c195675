import type { Origin } from '../diagnostic/diagnostic.js';
import type { Placement } from '../kubernetes/place-object.js';
import type { Root } from './root.js';

/** The variables that Flux puts in: `spec.postBuild`. */
export interface Substitution {
  readonly variables: Readonly<Record<string, string>>;
  /** Where a variable's value is written. */
  readonly locate: (name: string) => Origin;
  /** ConfigMaps of the same mesh whose data are variables, too; the ones above win. */
  readonly configMaps: readonly { readonly namespace: string; readonly name: string; readonly isOptional: boolean }[];
}

/** A root, where its objects land, and who says so. */
export interface Delivery {
  readonly root: Root;
  readonly placement: Placement | null;
  readonly substitution: Substitution | null;
  /** For readers: `Application argocd/shop`, or what told that the folder is a root. */
  readonly reason: string;
  /** Null where no object says so. */
  readonly declaredAt: Origin | null;
}

/** A delivery, and where it goes. */
export interface Placed {
  readonly delivery: Delivery;
  /** The cluster, where a controller names one: as people call it. Null for the only one there seems to be. */
  readonly cluster: string | null;
  /** What its folder or its values files are for. */
  readonly environment: string | null;
  /** The configured meshes that it belongs to, which then settle the matter. */
  readonly claimedBy: readonly string[];
}

/** The reason for what is applied because the configuration says so. */
export const CONFIGURED = 'by the configuration';

/** A root that is applied as it is. */
export function deliveryOf(root: Root, reason: string): Delivery {
  return { root, placement: null, substitution: null, reason, declaredAt: null };
}

/** Null where nothing says which namespace stands in for a missing one. */
export function placementFor(namespace: string | null | undefined): Placement | null {
  return namespace ? { namespace, overrides: false } : null;
}

/** Who says so, and by whom it is in its mesh. */
export function withReason(delivery: Delivery, claimedBy: readonly string[]): Delivery {
  if (claimedBy.length === 0 || delivery.reason === CONFIGURED) return delivery;
  return { ...delivery, reason: `${delivery.reason}; in this mesh ${CONFIGURED}` };
}
