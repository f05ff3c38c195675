import type { Acceptance } from '../policy/exempt-changes.js';
import { fingerprintOfAll } from '../policy/fingerprint.js';
import { escapeMarkdown } from '../report/escape-markdown.js';

/** What a check run remembers from one answer to the next. Only the App can write a check run's text, so what stands there
 * was decided by the App; and what stands on GitHub outlives the process. */
export interface CheckRecord {
  /** The fingerprints of what fails the gate. */
  readonly findings: readonly string[];
  /** When exactly these findings were first published, ISO 8601. */
  readonly since: string | null;
  readonly acceptances: readonly Acceptance[];
}

export const EMPTY_RECORD: CheckRecord = { findings: [], since: null, acceptances: [] };

const START = '<!-- egress-scope record ';
const END = ' -->\n';
/** GitHub takes 65,535 characters of text; a finding takes 23. */
const MAX_FINGERPRINTS = 1500;
const MAX_ACCEPTANCES = 20;

/** Whether there is room to remember what would be accepted. */
export function canRemember(findings: readonly string[], { acceptances }: CheckRecord): boolean {
  const known = acceptances.reduce((sum, acceptance) => sum + acceptance.findings.length, 0);
  return acceptances.length < MAX_ACCEPTANCES && known + 2 * findings.length <= MAX_FINGERPRINTS;
}

/** The text of the check run's output: the record, unseen, and who accepted what, for everyone. */
export function renderRecord(record: CheckRecord): string {
  const findings = canRemember(record.findings, record) ? record.findings : [];
  const json = JSON.stringify({ ...record, findings }).replace(/[<>&-]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const lines = record.acceptances.map(({ by, at, reason, findings: accepted }) => {
    const why = reason === null ? 'no reason given' : escapeMarkdown(reason);
    return `- ${escapeMarkdown(by)} accepted ${accepted.length} findings at ${at}: ${why}`;
  });
  const shown = lines.length === 0 ? '' : `**Accepted** for this commit:\n\n${lines.join('\n')}\n`;
  return `${START}${json}${END}${shown}`;
}

export function parseRecord(text: string | null): CheckRecord {
  if (text?.startsWith(START) !== true) return EMPTY_RECORD;
  const end = text.indexOf(END.trimEnd());
  try {
    return { ...EMPTY_RECORD, ...(JSON.parse(text.slice(START.length, end)) as Partial<CheckRecord>) };
  } catch {
    return EMPTY_RECORD;
  }
}

/** The button's identifier names what it accepts, in the 20 characters that GitHub allows. */
export function acceptIdentifier(findings: readonly string[]): string {
  return `accept:${fingerprintOfAll(findings).slice(0, 13)}`;
}
