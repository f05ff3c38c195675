import { CATALOGUE, type DiagnosticCode } from './catalogue.js';
import { compareText } from './compare-text.js';

/** How much a diagnostic weighs. `error`: something was not understood and may change the answer; `warning`: the answer
 * stands, but the reader should know; `info`: a limit or an assumption that was met. */
export type DiagnosticSeverity = 'error' | 'warning' | 'info';

/** A place in a manifest. `line` counts from 1. */
export interface Origin {
  readonly path: string;
  readonly line: number;
  /**
   * False where what is meant could not be found in a rendered object's sources: the place is then one near it, or the file's
   * first line where nothing nearer than the file is known.
   */
  readonly isExact?: false;
}

/** The mark of a place that is not exact, for what is said of that place. */
export function exactness({ isExact }: Pick<Origin, 'isExact'>): Pick<Origin, 'isExact'> {
  return isExact === false ? { isExact } : {};
}

/** Something that is to be said about the input. Data, never an exception: the analysis goes on. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: DiagnosticSeverity;
  readonly message: string;
  /** Null where the diagnostic belongs to no file. */
  readonly path: string | null;
  /** Counts from 1; null where the diagnostic belongs to no line. */
  readonly line: number | null;
  /** See `Origin`. */
  readonly isExact?: false;
}

/** Makes a diagnostic with the severity that the catalogue gives its code. */
export function diagnostic(
  code: DiagnosticCode,
  message: string,
  origin?: Origin | { path: string } | null,
): Diagnostic {
  return {
    code,
    severity: CATALOGUE[code].severity,
    message,
    path: origin?.path ?? null,
    line: origin && 'line' in origin ? origin.line : null,
    ...(origin && 'line' in origin ? exactness(origin) : {}),
  };
}

/** Total, stable order: by path, line, code, message. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.path ?? '', b.path ?? '') ||
    (a.line ?? 0) - (b.line ?? 0) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}
