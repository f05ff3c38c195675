import type { ContractPairs, ContractReport, ContractResult } from '../reachability/contract-report.js';
import { diagnosticLines } from './diagnostic-text.js';
import { ledgerLines } from './ledger.js';
import { placeName } from './place.js';
import { joinProtocols, rowDestinationName } from './row-destinations.js';
import { createPaint, wrapText, type Paint, type TextOptions } from './text-style.js';
import { NOT_A_FIREWALL } from './verdict-words.js';
import { visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_NAMES = 10;

/** Which calls each contract is about, and which of them break it, for a terminal. Ends with a newline. */
export function renderContractsText(report: ContractReport, options: TextOptions): string {
  const paint = createPaint(options.color);
  const { contracts } = report;
  const broken = contracts.filter(isBroken).length;
  const passing = contracts.filter(({ contract }) => contract === 'must-not-reach').flatMap(({ pairs }) => pairs);
  const sections = [
    [wrapText(visibleText(`Istio ${report.istioVersion}: ${count(contracts.length, 'contract')}, ${broken} broken`), options.width)], // prettier-ignore
    report.undetermined.map((sentence) => wrapText(visibleText(`undetermined: ${sentence}`), options.width, '  ')),
    ...contracts.map((result) => contractLines(result, paint, options)),
    ...(passing.some(({ verdict }) => verdict === 'unmeshed') ? [[wrapText(NOT_A_FIREWALL, options.width)]] : []),
    diagnosticLines(report.diagnostics, paint, options),
    ledgerLines({ ledger: report.ledger, istioVersion: null }, options).map((line) => paint('dim', line)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Whether a call breaks it that nobody has waived. */
export function isBroken({ pairs }: ContractResult): boolean {
  return pairs.some((each) => each.isBroken && each.exemption === undefined);
}

function contractLines(result: ContractResult, paint: Paint, options: TextOptions): readonly string[] {
  const { contract, workload, host, reason, owner, origin, pairs } = result;
  const inner = (text: string): string => `  ${wrapText(visibleText(text), options.width - 2, '    ')}`;
  const edges = pairs.reduce((sum, { workloads, destinations }) => sum + workloads.length * destinations.length, 0);
  const label =
    edges === 0 ? paint('yellow', 'nothing') : isBroken(result) ? paint('red', 'broken') : paint('green', 'kept');
  return [
    `${label} ${visibleText(`${contract}: ${workload} to ${host}`)}`,
    inner(owner === null ? reason : `${reason} (${owner})`),
    `  ${paint('cyan', visibleText(placeName(origin)))}`,
    inner(edges === 0 ? 'It is about no call.' : `It is about ${count(edges, 'call')}.`),
    ...[...pairs].sort(brokenFirst).flatMap((each) => pairLines(each, paint, options)),
  ];
}

function brokenFirst(a: ContractPairs, b: ContractPairs): number {
  return Number(b.isBroken) - Number(a.isBroken);
}

function pairLines(pairs: ContractPairs, paint: Paint, options: TextOptions): readonly string[] {
  const { workloads, destinations, branch, verdict, exemption, meshes = [] } = pairs;
  const limit = options.isVerbose ? Infinity : MAX_NAMES;
  const called = joinProtocols(destinations);
  const list = (names: readonly string[], total = names.length): string =>
    names.slice(0, limit).join(', ') + (total > limit ? ` and ${total - limit} more` : '');
  const words = [
    list(workloads.map(workloadName)),
    'to',
    list(called.first(limit).map(rowDestinationName), called.length),
    ...(branch === undefined ? [] : [`for requests that match ${branch}`]),
    ...(meshes.length === 0 ? [] : [`in ${list(meshes)}`]),
  ];
  const state = exemption === undefined ? verdict : `${verdict}, ${exemption.kind}`;
  const shown = pairs.isBroken && exemption === undefined ? paint('red', state) : state;
  return [`  ${shown}: ${wrapText(visibleText(words.join(' ')), options.width - state.length - 4, '    ')}`];
}
