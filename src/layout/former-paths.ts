import type { Delivery } from './delivery.js';
import { withFiles } from './seeds.js';

/** A folder, or a file, that an object of a controller has applied. */
export interface ControlledPath {
  readonly path: string;
  /** For readers: `Application argocd/shop`. */
  readonly by: string;
  /** The key of the object of the tree that says so: of an Application that a set makes, the set's. */
  readonly owner: string;
  /** Files and folders that it is made of, also by way of others. */
  readonly parts: ReadonlySet<string>;
}

/** What controllers applied in a tree before a change. */
export class FormerPaths {
  /** By what it is made of. */
  readonly #byPart: ReadonlyMap<string, ControlledPath>;
  readonly #abandoned = new Set<ControlledPath>();

  constructor(formerly: readonly ControlledPath[]) {
    this.#byPart = new Map([
      ...formerly.flatMap((former) => [...former.parts].map((part) => [part, former] as const)),
      ...formerly.map((former) => [former.path, former] as const),
    ]);
  }

  has(path: string): boolean {
    return this.#byPart.has(path);
  }

  /** What `without` has found to be applied no more. */
  abandoned(): readonly ControlledPath[] {
    return [...this.#abandoned];
  }

  /**
   * What is left of a seed without what a controller applied before the change, and does no more: nobody else is known to
   * apply that. Null where nothing is left.
   *
   * @param isAbandoned whether what was applied before is still in the tree, with nothing to apply it.
   */
  without(seed: Delivery, isAbandoned: (former: ControlledPath) => boolean): Delivery | null {
    const isFormer = (path: string): boolean => {
      const former = this.#byPart.get(path);
      if (former && isAbandoned(former)) this.#abandoned.add(former);
      return former !== undefined;
    };
    if (seed.root.kind !== 'plain') return isFormer(seed.root.path) ? null : seed;
    return withFiles(seed, (path) => !isFormer(path));
  }
}
