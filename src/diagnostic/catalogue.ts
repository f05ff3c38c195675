import type { DiagnosticSeverity } from './diagnostic.js';

interface CatalogueEntry {
  readonly severity: DiagnosticSeverity;
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly advice: string;
}

/** Every diagnostic code there is. Codes are part of the interface: they are never reused for another meaning. */
export const CATALOGUE = {
  // --- reading manifests (kubernetes/)
  'yaml-syntax': {
    severity: 'error',
    meaning: 'A document is not valid YAML; none of its objects was read.',
    advice: 'Correct the syntax at the line named.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type DiagnosticCode = keyof typeof CATALOGUE;
