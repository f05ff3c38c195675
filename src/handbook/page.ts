import type { ReadingName } from './reading.js';

/** A command that shows something in a cluster or a checkout, and what its output tells. */
export interface Look {
  readonly command: string;
  /** A sentence. */
  readonly shows: string;
}

/** What there is to say about something that a report names, beyond the sentence that the report has room for. All texts are
 * sentences, in which code stands between backticks. */
export interface Page {
  readonly about: string;
  readonly look: readonly Look[];
  /** Ways out, the usual one first. */
  readonly mend: readonly string[];
  readonly example?: Example;
  readonly readOn: readonly ReadingName[];
}

/** Something that shows it: a folder of test/scenarios, or a manifest that raises it by itself. */
export type Example = { readonly scenario: string } | { readonly manifest: string };
