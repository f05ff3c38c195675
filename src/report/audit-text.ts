import type { Audit, AuditedWorkload } from '../reachability/audit.js';
import type { ContractBreach } from '../reachability/change.js';
import { auditRows, auditSentence, type AuditRow } from './audit-rows.js';
import { breachCalls, contractName } from './breaches.js';
import { diagnosticLines, rejectionLines } from './diagnostic-text.js';
import { ledgerLines } from './ledger.js';
import { nearly, placePreposition } from './place.js';
import { createPaint, wrapText, placeText, type Paint, type TextOptions } from './text-style.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { cutText, visibleText } from './visible-text.js';
import { hostAndPort, workloadName } from './workload-name.js';

const MAX_NAMES = 50;
const MAX_REFERENCES = 3;
const STYLES = { failure: 'red', warning: 'yellow' } as const;

/** What is broken, or goes past the mesh, for a terminal. Ends with a newline. */
export function renderAuditText(audit: Audit, options: TextOptions): string {
  const paint = createPaint(options.color);
  const sections = [
    [wrapText(visibleText(`Istio ${audit.istioVersion}: ${auditSentence(audit)}`), options.width)],
    audit.undetermined.map((sentence) => wrapText(visibleText(`undetermined: ${sentence}`), options.width, '  ')),
    ...audit.found.map((each) => workloadLines(each, paint, options)),
    ...audit.breaches.map((breach) => breachLines(breach, paint, options)),
    rejectionLines(audit.rejected, paint, options),
    diagnosticLines(audit.diagnostics, paint, options),
    ledgerLines({ ledger: audit.ledger, istioVersion: null }, options).map((line) => paint('dim', line)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function workloadLines(each: AuditedWorkload, paint: Paint, options: TextOptions): readonly string[] {
  const { owners = [], meshes = [] } = each;
  const inner = (text: string): string => `  ${wrapText(visibleText(text), options.width - 2, '    ')}`;
  return [
    paint('bold', visibleText(workloadName(each.workload))),
    ...(owners.length === 0 ? [] : [inner(`owned by ${owners.join(', ')}`)]),
    ...(meshes.length === 0 ? [] : [inner(`in ${meshes.join(', ')}`)]),
    ...auditRows(each).flatMap((row) => rowLines(row, paint, options)),
  ];
}

function breachLines(breach: ContractBreach, paint: Paint, options: TextOptions): readonly string[] {
  const { reason, owner, after, branch, exemption, meshes = [] } = breach;
  const inner = (text: string): string => `  ${wrapText(visibleText(text), options.width - 2, '    ')}`;
  const label = exemption === undefined ? paint('red', 'contract') : paint('dim', `contract, ${exemption.kind}`);
  return [
    `${label} ${visibleText(contractName(breach))}`,
    inner(owner === null ? reason : `${reason} (${owner})`),
    inner(`${after}: ${breachCalls(breach, options.isVerbose ? Infinity : MAX_NAMES)}`),
    ...(branch === undefined ? [] : [inner(`for requests that match ${branch}`)]),
    ...(meshes.length === 0 ? [] : [inner(`in ${meshes.join(', ')}`)]),
  ];
}

function rowLines(row: AuditRow, paint: Paint, options: TextOptions): readonly string[] {
  const { severity, verdict, branch, references, why, exemption } = row;
  const say = (text: string): string => `    ${wrapText(visibleText(text), options.width - 4, '      ')}`;
  const to = visibleText(`${hostAndPort(row)} (${row.protocols.join(', ')})`);
  return [
    `  ${exemption === undefined ? paint(STYLES[severity], verdict) : paint('dim', `${verdict}, ${exemption.kind}`)} ${to}`,
    ...(branch === undefined ? [] : [say(`for requests that match ${branch}`)]),
    say(VERDICT_WORDS[verdict]),
    say(`because: ${why.detail}`),
    ...(why.origin === null ? [] : [`      ${nearly(why.origin)}${paint('cyan', placeText(why.origin, options))}`]),
    ...references
      .slice(0, MAX_REFERENCES)
      .flatMap((reference) => [
        `    named ${placePreposition(reference)} ${paint('cyan', placeText(reference, options))}`,
        `      ${visibleText(reference.where)}: ${cutText(visibleText(reference.text), 120)}`,
      ]),
    ...(references.length > MAX_REFERENCES ? [`    … named in ${references.length - MAX_REFERENCES} more places`] : []),
  ];
}
