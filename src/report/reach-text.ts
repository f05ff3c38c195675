import type { Edge, MeshReach, ReachabilityGroup, WorkloadRef } from '../reachability/egress-reachability.js';
import { VERDICTS, type Verdict } from '../reachability/verdict.js';
import { diagnosticLines, rejectionLines } from './diagnostic-text.js';
import { ledgerLines } from './ledger.js';
import { createPaint, sectionParts, wrapText, type Paint, type Style, type TextOptions } from './text-style.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { visibleText } from './visible-text.js';
import { count, destinationName, endpointName, workloadName } from './workload-name.js';

const STYLES = {
  meshed: 'green',
  'no-endpoints': 'red',
  unmeshed: 'yellow',
  refused: 'red',
  blocked: 'red',
  misrouted: 'red',
  unroutable: 'red',
  bypass: 'yellow',
} as const satisfies Record<Verdict, Style>;

/** What every workload of one tree reaches, for a terminal. Ends with a newline. In parts: of a large mesh, it can be longer than a
 * string can be. */
export function reachTextParts(reach: MeshReach, options: TextOptions): Iterable<string> {
  return sectionParts(reachSections(reach, options));
}

function* reachSections(reach: MeshReach, options: TextOptions): Iterable<readonly string[]> {
  const paint = createPaint(options.color);
  yield [summary(reach)];
  for (const group of reach.groups) yield groupLines(group, paint, options);
  yield gatewayLines(reach.gateways);
  yield rejectionLines(reach.rejected, paint, options);
  yield diagnosticLines(reach.diagnostics, paint, options);
  yield ledgerLines({ ledger: reach.ledger, istioVersion: null }, options).map((line) => paint('dim', line));
}

/** How a group of workloads is governed, in one line of plain text. */
export function governance({ injected, sidecar, outboundTrafficPolicy }: ReachabilityGroup): string {
  if (!injected) return 'no sidecar proxy: every call bypasses the mesh';
  const scope =
    sidecar === null ? 'no Sidecar, so everything is imported' : `Sidecar ${sidecar.namespace}/${sidecar.name}`;
  return `${scope}; unmatched traffic: ${outboundTrafficPolicy}`;
}

function summary({ istioVersion, groups }: MeshReach): string {
  const workloads = groups.reduce((sum, group) => sum + group.workloads.length, 0);
  return `Istio ${visibleText(istioVersion)}: ${count(workloads, 'workload')} in ${count(groups.length, 'group')} that reach the same`;
}

function groupLines(group: ReachabilityGroup, paint: Paint, options: TextOptions): readonly string[] {
  return [
    ...group.workloads.map((workload) => paint('bold', visibleText(workloadName(workload))) + inMesh(group)),
    `  ${wrapText(visibleText(governance(group)), options.width - 2, '  ')}`,
    ...(group.injected
      ? VERDICTS.flatMap((verdict) => verdictLines(group.edges, verdict, paint, options))
      : bypassLine(group.edges)),
  ];
}

/** Which mesh a group is of, where there are several. */
function inMesh({ mesh }: ReachabilityGroup): string {
  return mesh === undefined ? '' : visibleText(` in ${mesh}`);
}

function bypassLine(edges: readonly Edge[]): readonly string[] {
  return edges.length === 0 ? [] : [`  bypass (${edges.length}): ${VERDICT_WORDS.bypass}`];
}

function verdictLines(
  edges: readonly Edge[],
  verdict: Verdict,
  paint: Paint,
  { width }: TextOptions,
): readonly string[] {
  const members = edges.filter((edge) => edge.verdict === verdict);
  if (members.length === 0) return [];
  return [
    `  ${wrapText(`${verdict} (${members.length}): ${VERDICT_WORDS[verdict]}`, width - 2, '    ').replace(verdict, (word) => paint(STYLES[verdict], word))}`,
    ...members.flatMap((edge) => [
      `    ${visibleText(destinationName(edge))}${behind(edge)}`,
      ...branchLines(edge, paint),
    ]),
  ];
}

function behind({ verdict, endpoints }: Edge): string {
  if (verdict !== 'meshed' || endpoints.length === 0) return '';
  const shown = endpoints.slice(0, 3).map(endpointName).join(', ');
  return visibleText(` → ${shown}${endpoints.length > 3 ? ` and ${endpoints.length - 3} more` : ''}`);
}

function branchLines({ branches = [] }: Edge, paint: Paint): readonly string[] {
  return branches.map(({ match, clusters, verdict }) =>
    `      ${visibleText(match)}: ${paint(STYLES[verdict], verdict)} ${visibleText(clusters.join(', '))}`.trimEnd(),
  );
}

function gatewayLines(gateways: readonly WorkloadRef[]): readonly string[] {
  if (gateways.length === 0) return [];
  return [
    'Gateways (not judged: a Sidecar does not govern them):',
    ...gateways.map((gateway) => `  ${visibleText(workloadName(gateway))}`),
  ];
}
