import type { Origin } from '../diagnostic/diagnostic.js';
import type { EditOperation } from '../kubernetes/edit-operations.js';
import type { LinePatch } from '../kubernetes/line-patches.js';
import type { JsonObject } from '../kubernetes/manifest.js';

/** An edit of one object of the after tree; the place is where it begins. */
export interface ManifestEdit extends Origin {
  /** The object's key (`objectKey`). */
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The object as it is applied; null for one that is put back, or added. */
  readonly body: JsonObject | null;
  /** As it is to be; null for one that is taken out. */
  readonly edited: JsonObject | null;
  /** How the one becomes the other; empty where it comes or goes as a whole. */
  readonly operations: readonly EditOperation[];
}

/** The lines of a file that an edit replaces, comments and indentation of the rest kept. */
export interface TextPatch extends LinePatch {
  readonly path: string;
  /** Where the file's lines end as Windows has it: what takes lines over has to keep that. */
  readonly hasCarriageReturns?: true;
}

/** An edit that was tried: with it, the findings that it names are gone, and nothing fails that did not. */
export interface Fix {
  /** What to do, in one sentence that begins with a verb and names objects and values; plain text. */
  readonly summary: string;
  readonly edits: readonly ManifestEdit[];
  /** The findings that it mends, by the fingerprints of their pairs; sorted. */
  readonly mends: readonly string[];
  /** Pairs of workload and destination that it opens beside those that it mends, of all workloads. */
  readonly opens: number;
  /** It also lets calls pass to whatever nobody has registered, which no number tells. */
  readonly opensUnregistered?: true;
  /** The same edit in the files' text, where they stand in the tree as they are written; absent until texts were asked for, and
   * null where the text cannot be edited without guessing. */
  readonly patches?: readonly TextPatch[] | null;
  /** Why there are no patches, in one sentence. */
  readonly whyNoPatches?: string;
  /** The meshes in which it was tried; absent where the only one has no name. */
  readonly meshes?: readonly string[];
}
