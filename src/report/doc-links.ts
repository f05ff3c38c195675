import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { ChangeClass } from '../policy/policy.js';
import type { ContractBreach, GateVerdict } from '../reachability/change.js';
import type { ComparedVerdict } from '../reachability/verdict.js';

/** Where the documents of this repository are read. A fork changes this line, and `homepage` in package.json with it. */
export const DOCS_URL = 'https://github.com/egress-scope/egress-scope/blob/main/docs';

/** What a finding is: what happens to an edge, an object that the cluster refuses, or a contract that does not hold. */
export type FindingName = ChangeClass | 'refused-object' | ContractBreach['contract'];

/** The folders of docs/ in which everything that a report may name has a page of its own, and what has one there. */
export interface DocPages {
  readonly diagnostics: DiagnosticCode;
  readonly verdicts: ComparedVerdict;
  readonly findings: FindingName;
  readonly gate: GateVerdict;
}

export type DocFolder = keyof DocPages;

/** The address of the page about something that a report names. `egress-scope why NAME` prints the same page. */
export function docLink<F extends DocFolder>(folder: F, name: DocPages[F]): string {
  return `${DOCS_URL}/${folder}/${name}.md`;
}
