/** A file that somebody has exported. */
export interface ExportedFile {
  /** As messages name it. */
  readonly name: string;
  readonly text: string;
}

export interface ExportOptions {
  /** What the counts of a file cover that does not tell itself, in milliseconds; null where nobody says. */
  readonly window: number | null;
  readonly clusterDomain: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The time that a file's counts cover. `from` equals `to` where that is not known. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A file that is none of those that are read. The message is for whoever named it. */
export class UnknownExport extends Error {
  override readonly name = 'UnknownExport';
}
