import { CATALOGUE, type DiagnosticCode } from '../diagnostic/catalogue.js';
import type { DiagnosticSeverity } from '../diagnostic/diagnostic.js';
import type { GateVerdict } from '../reachability/change.js';
import { VERDICTS, type ComparedVerdict } from '../reachability/verdict.js';
import { docLink, type DocFolder, type FindingName } from '../report/doc-links.js';
import { VERDICT_WORDS } from '../report/verdict-words.js';
import { DIAGNOSTIC_PAGES } from './diagnostic-pages.js';
import { FINDING_PAGES, GATE_PAGES } from './finding-pages.js';
import type { Page } from './page.js';
import { VERDICT_PAGES } from './verdict-pages.js';

/** Something that a report names, with what there is to say about it. */
export interface Topic {
  readonly folder: DocFolder;
  readonly name: string;
  /** `diagnostic`, `verdict`, … */
  readonly kind: string;
  /** Of a diagnostic. */
  readonly severity: DiagnosticSeverity | null;
  /** A sentence. */
  readonly meaning: string;
  /** A sentence; null where the page has nothing shorter than its ways out. */
  readonly advice: string | null;
  readonly address: string;
  readonly page: Page;
}

/** How a topic of each folder is called. */
const KINDS = {
  gate: "the gate's verdict",
  findings: 'finding',
  verdicts: 'verdict',
  diagnostics: 'diagnostic',
} as const satisfies Record<DocFolder, string>;

/** Everything that has a page, folder by folder, as a reader comes to it. */
export function listTopics(): readonly Topic[] {
  const gate = Object.keys(GATE_PAGES) as readonly GateVerdict[];
  const findings = Object.keys(FINDING_PAGES) as readonly FindingName[];
  const verdicts: readonly ComparedVerdict[] = [...VERDICTS, 'absent'];
  const codes = (Object.keys(CATALOGUE) as readonly DiagnosticCode[]).toSorted();
  return [
    ...gate.map((name) => topic('gate', name, docLink('gate', name), GATE_PAGES[name])),
    ...findings.map((name) => topic('findings', name, docLink('findings', name), FINDING_PAGES[name])),
    ...verdicts.map((name) =>
      topic('verdicts', name, docLink('verdicts', name), {
        ...VERDICT_PAGES[name],
        meaning: sentence(VERDICT_WORDS[name]),
      }),
    ),
    ...codes.map((name) => {
      const { severity, meaning, advice } = CATALOGUE[name];
      const page = { ...DIAGNOSTIC_PAGES[name], meaning };
      return { ...topic('diagnostics', name, docLink('diagnostics', name), page), severity, advice };
    }),
  ];
}

/** What a reader may mean by a name: a verdict and a finding can have the same. */
export function findTopics(name: string): readonly Topic[] {
  const wanted = name.trim().toLowerCase();
  return listTopics().filter((each) => each.name === wanted);
}

function topic(
  folder: DocFolder,
  name: string,
  address: string,
  { meaning, ...page }: Page & { readonly meaning: string },
): Topic {
  return { folder, name, kind: KINDS[folder], severity: null, meaning, advice: null, address, page };
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
