/** An object of a controller, and how far what it applies is known: what a comparison of two trees has to know of it. */
export interface FollowedObject {
  /** Equal on both sides of a change for one object of one cluster. */
  readonly key: string;
  /** For readers: `Application argocd/shop`. */
  readonly title: string;
  /** Equal for equal objects. */
  readonly digest: string;
  /** False where it applies more than lies in the tree, or than could be understood. */
  readonly isComplete: boolean;
  /** What of it is not in the tree, or not understood: sentences. */
  readonly missing: readonly string[];
  /** Folders of the tree that it applies. */
  readonly roots: readonly string[];
}
