import type { ChangeAnalysis, ContractBreach } from '../reachability/change.js';
import { callers, causeList, destinationList, tableRow, type RowContext } from './change-table.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { linkedWord } from './look-up.js';
import { joinProtocols, rowDestinationName } from './row-destinations.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { cutText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

/** What is new comes first: it alone decides. */
export function sortBreaches({ breaches = [] }: Pick<ChangeAnalysis, 'breaches'>): readonly ContractBreach[] {
  return [...breaches].sort((a, b) => Number(b.isNew) - Number(a.isNew));
}

/** `must-be-meshed: shop/* to *.pay` */
export function contractName({ contract, workload, host }: ContractBreach): string {
  return `${contract}: ${workload} to ${host}`;
}

/** What the words behind a contract's name say of its age, and of whether it counts. */
export function breachAge({ isNew, exemption }: ContractBreach): string {
  const age = isNew ? 'broken by this change' : 'broken before this change as well';
  return exemption === undefined ? age : `${age}, and ${exemption.kind}`;
}

/** In Markdown, a row for each contract and what breaks it alike; empty where none is broken. */
export function breachTable(analysis: ChangeAnalysis, context: RowContext, budget: number): string {
  const breaches = sortBreaches(analysis);
  if (breaches.length === 0) return '';
  const fitted = fitRows(
    breaches.map((breach) => breachRow(breach, context)),
    budget - 250,
  );
  const note =
    fitted.cut === 0 ? [] : ['', `${count(fitted.cut, 'further row')} of ${breaches.length} cut for length.`];
  const title = '**Contracts.** The configuration does not allow these calls as they are after the change.';
  return [title, '', '| which contract, and why | which calls |', '|---|---|', ...fitted.rows, ...note].join('\n');
}

function breachRow(breach: ContractBreach, context: RowContext): string {
  const { contract, workload, host, reason, owner, branch, before, after, meshes = [] } = breach;
  const what = [
    `**${breachAge(breach)}**`,
    `${linkedWord('findings', contract)}: ${codeSpan(workload)} to ${codeSpan(host)}`,
    escapeMarkdown(cutText(reason, 500)) + (owner === null ? '' : ` (${escapeMarkdown(cutText(owner, 100))})`),
    ...(branch === undefined ? [] : [`for requests that match ${codeSpan(branch)}`]),
    `${codeSpan(before)} → ${linkedWord('verdicts', after)}: ${VERDICT_WORDS[after]}`,
    ...causeList(breach.causes, context.links),
  ];
  const mesh = meshes.length === 0 ? [] : [`in ${meshes.slice(0, 20).map((name) => codeSpan(name)).join(', ')}`]; // prettier-ignore
  return tableRow(what, [
    ...callers(breach, context.ownersOf),
    ...mesh,
    ...destinationList(joinProtocols(breach.destinations)),
  ]);
}

/** The calls of a breach in plain text: `a, b and 3 more to c, d`. */
export function breachCalls({ workloads, destinations }: ContractBreach, limit: number): string {
  const called = joinProtocols(destinations);
  const from = shortList(workloads.slice(0, limit).map(workloadName), workloads.length);
  return `${from} to ${shortList(called.first(limit).map(rowDestinationName), called.length)}`;
}

function shortList(names: readonly string[], total: number): string {
  const left = total - names.length;
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '');
}
