import type { Acceptance } from '../policy/exempt-changes.js';
import { fingerprintOfAll } from '../policy/fingerprint.js';
import { escapeMarkdown } from '../report/escape-markdown.js';

/** An acceptance, and the base branches whose own settings allowed it: another base may ask for more. */
export interface RecordedAcceptance extends Acceptance {
  readonly bases: readonly string[];
}

/** What a check run remembers from one answer to the next. Only the App can write a check run's text, so what stands there
 * was decided by the App; and what stands on GitHub outlives the process. */
export interface CheckRecord {
  /** The fingerprints of what fails the gate. */
  readonly findings: readonly string[];
  /** When exactly these findings were first published, ISO 8601. */
  readonly since: string | null;
  readonly acceptances: readonly RecordedAcceptance[];
  /** What approvals of the pull request let pass in the last answer: for whoever judges this head without asking for reviews. */
  readonly approvals?: readonly RecordedAcceptance[];
}

interface WrittenRecord extends Omit<CheckRecord, 'acceptances'> {
  readonly acceptances: readonly (Acceptance & Partial<RecordedAcceptance>)[];
}

export const EMPTY_RECORD: CheckRecord = { findings: [], since: null, acceptances: [] };

const START = '<!-- egress-scope record ';
const END = ' -->\n';
/** GitHub takes 65,535 characters, by its own count. In bytes, of which there are at least as many. */
const MAX_TEXT = 60_000;
/** A finding's fingerprint, quoted, with a comma. */
const FINDING_LENGTH = 23;
/** What one more acceptance takes besides its findings: the longest reason, escaped twice, and some branches. */
const ACCEPTANCE_LENGTH = 14_000;

/** Whether there is room to remember what would be accepted. */
export function canRemember(findings: readonly string[], record: CheckRecord): boolean {
  const text = render({ ...record, findings: [] });
  return Buffer.byteLength(text) + 2 * findings.length * FINDING_LENGTH + ACCEPTANCE_LENGTH <= MAX_TEXT;
}

/** What counts for a pull request into this base. */
export function acceptancesFor({ acceptances }: CheckRecord, baseRef: string): readonly Acceptance[] {
  return acceptances.filter(({ bases }) => bases.includes(baseRef));
}

/** What counts for a merge group into this base that holds the pull request. */
export function acceptancesForGroup(record: CheckRecord, baseRef: string): readonly Acceptance[] {
  const { acceptances, approvals = [] } = record;
  return acceptancesFor({ ...record, acceptances: [...acceptances, ...approvals] }, baseRef);
}

/** The text of the check run's output: the record, unseen, and who accepted what, for everyone. */
export function renderRecord(record: CheckRecord): string {
  const { approvals, ...others } = record;
  const fitting = approvals !== undefined && canRemember([], record) ? record : others;
  return render(canRemember(fitting.findings, fitting) ? fitting : { ...fitting, findings: [] });
}

function render(record: CheckRecord): string {
  const json = JSON.stringify(record).replace(/[<>&-]|[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const lines = record.acceptances.map(({ by, at, reason, findings, bases }) => {
    const why = reason === null ? 'no reason given' : escapeMarkdown(reason);
    const into = bases.map(escapeMarkdown).join(', ');
    return `- ${escapeMarkdown(by)} accepted ${findings.length} findings at ${at}, into ${into}: ${why}`;
  });
  const shown = lines.length === 0 ? '' : `**Accepted** for this commit:\n\n${lines.join('\n')}\n`;
  return `${START}${json}${END}${shown}`;
}

export function parseRecord(text: string | null): CheckRecord {
  if (text?.startsWith(START) !== true) return EMPTY_RECORD;
  const end = text.indexOf(END.trimEnd());
  try {
    const record = { ...EMPTY_RECORD, ...(JSON.parse(text.slice(START.length, end)) as Partial<WrittenRecord>) };
    // An acceptance that names no base, as earlier versions wrote them, counts for none.
    return { ...record, acceptances: record.acceptances.map((each) => ({ bases: [], ...each })) };
  } catch {
    return EMPTY_RECORD;
  }
}

/** The button's identifier names what it accepts, in the 20 characters that GitHub allows. */
export function acceptIdentifier(findings: readonly string[]): string {
  return `accept:${fingerprintOfAll(findings).slice(0, 13)}`;
}
