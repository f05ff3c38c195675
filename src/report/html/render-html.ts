import type { ChangeAnalysis, ChangeSeverity } from '../../reachability/change.js';
import type { SourceLinks } from '../change-table.js';
import { openChanges } from '../exemptions.js';
import { textParts } from '../render-text.js';
import { verdictSentence } from '../verdict-sentence.js';
import { NOT_A_FIREWALL } from '../verdict-words.js';
import { cutParts, cutText, visibleText } from '../visible-text.js';
import { diffData } from './diff-data.js';
import { sectionsBesideFindings } from './diff-sections.js';
import { explorerSections, filterForm } from './explorer.js';
import { html, type Html } from './markup.js';
import { renderPage } from './page.js';

const SEVERITIES = [
  ['failure', 'failure'],
  ['warning', 'warning'],
  ['notice', 'notice'],
  ['none', 'no finding'],
] as const satisfies readonly (readonly [ChangeSeverity, string])[];
const TILE_NAMES = {
  failure: 'failing calls',
  warning: 'calls with a warning',
  notice: 'calls with a notice',
  none: 'calls for the better, or of no weight',
} as const satisfies Record<ChangeSeverity, string>;
const MAX_REASONS = 20;
const MAX_TITLE = 500;
const MAX_PLAIN_TEXT = 100_000;

/** What a change does, as one page that is one file: it loads nothing, and can be searched and filtered. Its size grows with the
 * number of workloads, of destinations, and of differences between them, not with that of pairs. */
export function renderHtml(analysis: ChangeAnalysis, links: SourceLinks): string {
  const plainText = cutParts(textParts(analysis, { color: false, width: 100 }), MAX_PLAIN_TEXT);
  const data = diffData(analysis, links);
  const words = {
    findings: 'Findings',
    matrix: 'Who calls whom, where that changes.',
    hasSides: true,
  };
  const explorer = data.findings.length === 0 ? [] : explorerSections(words);
  return renderPage({
    title: cutText(visibleText(verdictSentence(analysis)), MAX_TITLE),
    lead: lead(analysis),
    tools: data.findings.length === 0 ? html`` : filterForm(SEVERITIES),
    sections: [...explorer, ...sectionsBesideFindings(analysis, links)],
    data,
    plainText,
  });
}

function lead(analysis: ChangeAnalysis): Html {
  const { verdict, reasons, changes } = analysis;
  const others = reasons.slice(1, MAX_REASONS).map((reason) => html`<li>${cutText(visibleText(reason), 2_000)}</li>`);
  const isUnmeshed = changes.some(({ after, severity }) => after === 'unmeshed' && severity !== 'none');
  return html`<p class="verdict ${verdict}">${verdict}</p>
    ${
      others.length === 0
        ? []
        : html`<ul class="list">
            ${others}
          </ul>`
    }
    ${tiles(analysis)} ${isUnmeshed ? html`<p class="soft">${NOT_A_FIREWALL}</p>` : []}`;
}

/** How many calls there are of each severity. */
function tiles({ changes }: ChangeAnalysis): Html {
  const pairs = new Map<ChangeSeverity, number>();
  for (const { severity, workloads, destinations } of openChanges(changes)) {
    pairs.set(severity, (pairs.get(severity) ?? 0) + workloads.length * destinations.length);
  }
  if (pairs.size === 0) return html``;
  const shown = SEVERITIES.filter(([severity]) => pairs.has(severity)).map(([severity]) => {
    const number = pairs.get(severity) ?? 0;
    return html`<li class="tile ${severity}">
      <strong>${number.toLocaleString('en')}</strong> ${TILE_NAMES[severity]}
    </li>`;
  });
  return html`<ul class="tiles" aria-label="Calls that change, by severity">
    ${shown}
  </ul>`;
}
