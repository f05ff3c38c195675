import type { DiagnosticCode } from '../diagnostic/catalogue.js';

/**
 * Why something of a tree is no part of the answer. `no-manifests`: files named like manifests that hold none; `ignored`: the
 * configuration leaves them out; `hidden`: in folders that begin with a dot; `sample`: among tests, examples and documents;
 * `unused`: nobody applies them; `unread`: content that could not be read; `elsewhere`: they name sources that are not in the tree.
 */
export const SKIP_REASONS = ['unread', 'elsewhere', 'unused', 'sample', 'hidden', 'ignored', 'no-manifests'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface Skipped {
  readonly reason: SkipReason;
  /** Sorted; each once. */
  readonly paths: readonly string[];
}

/** What is applied together, and what became of it. */
export interface LedgerRoot {
  /** The folder; empty for the top. */
  readonly path: string;
  readonly kind: 'plain' | 'kustomize' | 'helm';
  /** The meshes that it is part of, sorted. */
  readonly meshes: readonly string[];
  readonly objects: number;
  /** What rendered it: `kustomize v5.8.1`. Empty for manifests as they are. */
  readonly tools: readonly string[];
  /** Why nothing of it is known; null where it is. */
  readonly failure: DiagnosticCode | null;
}

/** What of a tree was read, rendered and left out. */
export interface TreeLedger {
  /** By path. */
  readonly roots: readonly LedgerRoot[];
  /** In the order of `SKIP_REASONS`; none that is empty. */
  readonly skipped: readonly Skipped[];
}

export const EMPTY_LEDGER: TreeLedger = { roots: [], skipped: [] };

/** Several lists as one: of each reason every path once. */
export function joinSkipped(all: readonly Skipped[]): readonly Skipped[] {
  return SKIP_REASONS.flatMap((reason) => {
    const paths = new Set(all.filter((each) => each.reason === reason).flatMap((each) => each.paths));
    return paths.size === 0 ? [] : [{ reason, paths: [...paths].sort() }];
  });
}
