import type { Difference, DifferenceKind, UnknownEdge, Verification } from '../verify/verification.js';
import { createPaint, wrapText, type Paint, type TextOptions } from './text-style.js';
import { resultOf, type ShownVerifications } from './verify-json.js';
import { visibleText } from './visible-text.js';
import { count, destinationName, workloadName } from './workload-name.js';

/** Differences of one reason that are shown unless all are asked for. */
const MAX_SHOWN = 30;

const STYLES = { equal: 'green', different: 'red', undetermined: 'yellow' } as const;

const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = {
  injection: 'injection',
  'egress-mode': 'egress mode',
  sidecar: 'Sidecar',
  cluster: 'cluster',
  endpoint: 'endpoint of',
  edge: 'edge',
};

/** What proxies have against what the manifests make of them, for a terminal. Ends with a newline. */
export function renderVerifyText({ istioVersion, verifications }: ShownVerifications, options: TextOptions): string {
  const paint = createPaint(options.color);
  const sections = verifications.map((each) => verificationLines(each, paint, options).join('\n'));
  const result = resultOf(verifications);
  const of = (wanted: Verification['result']): number =>
    verifications.filter((verification) => verification.result === wanted).length;
  const summary = `${paint(STYLES[result], result)}: ${count(verifications.length, 'workload')} by the rules of Istio ${istioVersion}, ${of('equal')} equal, ${of('different')} different, ${of('undetermined')} undetermined`;
  return `${[...sections, summary].join('\n\n')}\n`;
}

function verificationLines(verification: Verification, paint: Paint, options: TextOptions): readonly string[] {
  const { workload, source, result, compared, differences, unknown, notCompared, remarks } = verification;
  const say = (text: string): string => `  ${wrapText(visibleText(text), options.width - 2, '  ')}`;
  const counts = [
    count(compared.clusters, 'cluster'),
    count(compared.endpoints, 'endpoint'),
    count(compared.edges, 'edge'),
  ].join(', ');
  return [
    `${paint('bold', visibleText(workloadName(workload)))}: ${paint(STYLES[result], result)}`,
    say(`compared with ${source}: ${counts}`),
    ...notCompared.map((sentence) => say(`not compared: ${sentence}`)),
    ...remarks.map((remark) => say(`note: ${remark}`)),
    ...byReason(differences).flatMap((group) => groupLines(group, paint, options)),
    ...unknownLines(unknown, paint, options),
  ];
}

/** In the order in which the reasons come first. */
function byReason(differences: readonly Difference[]): readonly (readonly Difference[])[] {
  const groups = new Map<string, Difference[]>();
  for (const difference of differences) {
    const group = groups.get(difference.reason);
    if (group) group.push(difference);
    else groups.set(difference.reason, [difference]);
  }
  return [...groups.values()];
}

function groupLines(group: readonly Difference[], paint: Paint, options: TextOptions): readonly string[] {
  const { cause, reason } = group[0]!;
  const shown = options.isVerbose === true ? group : group.slice(0, MAX_SHOWN);
  return [
    '',
    `  ${paint('red', cause)}`,
    `    ${wrapText(visibleText(reason), options.width - 4, '    ')}`,
    ...shown.flatMap((difference) => differenceLines(difference, options)),
    ...moreLines(group.length - shown.length),
  ];
}

function differenceLines({ kind, subject, manifests, proxy }: Difference, options: TextOptions): readonly string[] {
  const about = `    - ${visibleText(subject === '' ? KIND_WORDS[kind] : `${KIND_WORDS[kind]} ${subject}`)}`;
  if (kind === 'cluster') return [`${about}: ${proxy === null ? 'by the manifests only' : 'in the proxy only'}`];
  const line = (label: string, text: string | null): string =>
    `      ${wrapText(`${label} ${visibleText(text ?? 'none')}`, options.width - 6, '        ')}`;
  return [about, line('manifests:', manifests), line('proxy:', proxy)];
}

function unknownLines(unknown: readonly UnknownEdge[], paint: Paint, options: TextOptions): readonly string[] {
  if (unknown.length === 0) return [];
  const shown = options.isVerbose === true ? unknown : unknown.slice(0, MAX_SHOWN);
  return [
    '',
    `  ${paint('yellow', 'undetermined')}`,
    ...shown.map(
      (edge) =>
        `    - edge ${wrapText(visibleText(`${destinationName(edge)}: ${edge.why}`), options.width - 11, '      ')}`,
    ),
    ...moreLines(unknown.length - shown.length),
  ];
}

function moreLines(left: number): readonly string[] {
  return left > 0 ? [`    … ${left} more; --verbose shows them`] : [];
}
