import type { Audit, AuditedWorkload } from '../reachability/audit.js';
import { auditRows, auditSentence, type AuditRow } from './audit-rows.js';
import { linkedPlace, tableRow, type SourceLinks } from './change-table.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { ledgerMarkdown } from './ledger.js';
import { errorList, rejectedObjects, remarkList } from './markdown-sections.js';
import { placePreposition } from './place.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { cutText } from './visible-text.js';
import { count, hostAndPort, workloadName } from './workload-name.js';

const NO_LINKS: SourceLinks = { blob: () => null };
/** An issue takes 65,536 characters, as a review does. */
const TABLE_BUDGET = 40_000;
const LIST_BUDGET = 4_000;
const MAX_REFERENCES = 3;

/** What is broken, or goes past the mesh, as GitHub-flavoured Markdown: a table, a row a call. */
export function renderAuditMarkdown(audit: Audit): string {
  const rows = audit.found.flatMap((each) => auditRows(each).map((row) => tableLine(each, row)));
  const fitted = fitRows(rows, TABLE_BUDGET);
  const table = rows.length === 0 ? [] : ['| workload | call | why |', '|---|---|---|', ...fitted.rows];
  const sections = [
    `**${escapeMarkdown(auditSentence(audit))}**`,
    audit.undetermined.map((sentence) => `- **Undetermined**: ${escapeMarkdown(cutText(sentence, 500))}`).join('\n'),
    table.join('\n'),
    fitted.cut === 0 ? '' : `${count(fitted.cut, 'further row')} of ${rows.length} cut for length.`,
    breachList(audit, LIST_BUDGET),
    rejectedObjects(audit.rejected, NO_LINKS, LIST_BUDGET),
    errorList(audit.diagnostics, NO_LINKS, LIST_BUDGET),
    remarkList(audit.diagnostics, NO_LINKS, LIST_BUDGET),
    ledgerMarkdown(audit, LIST_BUDGET),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function breachList({ breaches }: Audit, budget: number): string {
  if (breaches.length === 0) return '';
  const items = breaches.map(({ contract, workload, host, reason, after, exemption, ...breach }) => {
    const pairs = count(breach.workloads.length * breach.destinations.length, 'call');
    const weight = exemption === undefined ? '' : ` (${exemption.kind})`;
    return `- ${codeSpan(contract)} of ${codeSpan(workload)} and ${codeSpan(host)}${weight}: ${pairs} ${after}. ${escapeMarkdown(cutText(reason, 500))}`;
  });
  const { rows, cut } = fitRows(items, budget - 50);
  return ['**Broken contracts**', '', ...rows, ...(cut === 0 ? [] : [`- and ${cut} more`])].join('\n');
}

function tableLine({ workload, owners = [], meshes = [] }: AuditedWorkload, row: AuditRow): string {
  const { verdict, branch, why, references, exemption } = row;
  const list = (names: readonly string[]): string => names.slice(0, 5).map((name) => codeSpan(name, 100)).join(', '); // prettier-ignore
  const who = [
    codeSpan(workloadName(workload)),
    ...(owners.length === 0 ? [] : [`owned by ${list(owners)}`]),
    ...(meshes.length === 0 ? [] : [`in ${list(meshes)}`]),
  ];
  const call = [
    `${codeSpan(hostAndPort(row))} over ${row.protocols.join(' and ')}`,
    ...(branch === undefined ? [] : [`for requests that match ${codeSpan(branch)}`]),
    ...references.slice(0, MAX_REFERENCES).map((reference) => {
      const place = linkedPlace(reference, 'after', NO_LINKS);
      return `named ${placePreposition(reference)} ${place}, ${escapeMarkdown(cutText(reference.where, 200))}`;
    }),
  ];
  const place = why.origin === null ? '' : ` ${linkedPlace(why.origin, 'after', NO_LINKS)}`;
  const weight = exemption === undefined ? `**${verdict}**` : `${verdict} (${exemption.kind})`;
  return tableRow(who, call, [
    `${weight}: ${VERDICT_WORDS[verdict]}`,
    `${escapeMarkdown(cutText(why.detail, 500))}${place}`,
  ]);
}
