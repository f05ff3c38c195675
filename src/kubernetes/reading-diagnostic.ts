import { CATALOGUE, type DiagnosticCode } from '../diagnostic/catalogue.js';
import { diagnostic, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';

/** A diagnostic about what was read: the finding as a sentence without its full stop, followed by the catalogue's advice. */
export function readingDiagnostic(code: DiagnosticCode, finding: string, origin: Origin): Diagnostic {
  return diagnostic(code, `${finding}. ${CATALOGUE[code].advice}`, origin);
}
