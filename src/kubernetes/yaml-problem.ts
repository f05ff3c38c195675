import type { DiagnosticCode } from '../diagnostic/catalogue.js';

/** Something wrong with a document. `offset` counts UTF-16 units from the document's start. */
export interface YamlProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly offset: number;
}

/** Ends the reading of a document that has no value; caught where the document's reading began. */
export class YamlRefusal extends Error {
  constructor(readonly problem: YamlProblem) {
    super(problem.message);
  }
}

/** Deeper than any object an API server would take in practice, and far from what the stack can hold. */
export const MAX_DEPTH = 512;

export function syntaxRefusal(message: string, offset: number): YamlRefusal {
  return new YamlRefusal({ code: 'yaml-syntax', message, offset });
}

export function depthRefusal(offset: number): YamlRefusal {
  const message = `The document is nested deeper than ${MAX_DEPTH} levels`;
  return new YamlRefusal({ code: 'nesting-too-deep', message, offset });
}
