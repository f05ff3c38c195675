import type { DiagnosticSeverity } from '../diagnostic/diagnostic.js';

/** What a diagnostic of each severity does to the answer. */
export const SEVERITY_WORDS = {
  error:
    'An error: what was not understood may change the answer. Where the change has to do with it, the gate is undetermined.',
  warning: 'A warning: the answer stands, but it may not be the whole of it.',
  info: 'For information: a limit or an assumption that was met.',
} as const satisfies Record<DiagnosticSeverity, string>;
