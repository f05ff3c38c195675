import type { ChangeAnalysis } from '../reachability/change.js';
import { codeSpan, link } from './escape-markdown.js';
import { docLink, type DocFolder, type DocPages } from './doc-links.js';
import { openChanges } from './exemptions.js';

/** A word in monospace that leads to its page. */
export function linkedWord<F extends DocFolder>(folder: F, name: DocPages[F]): string {
  return link(codeSpan(name), docLink(folder, name));
}

/** What a report says that has a page, in the order in which a reader comes to it. */
function wordsOf(analysis: ChangeAnalysis): readonly string[] {
  const { verdict, changes, breaches = [], rejected, diagnostics } = analysis;
  const findings = openChanges(changes).filter(({ severity }) => severity !== 'none');
  return [
    ...(verdict === 'undetermined' ? ['undetermined'] : []),
    ...findings.map(({ after }) => after),
    ...breaches.map(({ contract }) => contract),
    ...(rejected.length > 0 ? ['refused-object'] : []),
    ...diagnostics.map(({ code }) => code),
  ];
}

/** For a terminal, where to read more; empty where nothing is said that has a page. */
export function lookUpLine(analysis: ChangeAnalysis): string {
  return lookUp(wordsOf(analysis));
}

const MAX_WORDS = 6;

function lookUp(said: readonly string[]): string {
  const words = [...new Set(said)];
  const left = words.length - MAX_WORDS;
  if (words.length === 0) return '';
  const shown = words.slice(0, MAX_WORDS).join(', ') + (left > 0 ? ` and ${left} more` : '');
  return `\`egress-scope why WORD\` says more about: ${shown}`;
}
