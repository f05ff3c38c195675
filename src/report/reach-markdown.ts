import type { Edge, MeshReach, ReachabilityGroup } from '../reachability/egress-reachability.js';
import { VERDICTS } from '../reachability/verdict.js';
import { codeSpan, escapeMarkdown, htmlCode } from './escape-markdown.js';
import { ledgerMarkdown } from './ledger.js';
import { errorList, rejectedObjects, remarkList } from './markdown-sections.js';
import { governance } from './reach-text.js';
import { sectionParts } from './text-style.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { count, destinationName, workloadName } from './workload-name.js';

const NO_LINKS = { blob: () => null };
const LIST_BUDGET = 20_000;

/** What every workload of one tree reaches, as GitHub-flavoured Markdown: a table, then each group folded. In parts: of a large mesh,
 * it can be longer than a string can be. */
export function reachMarkdownParts(reach: MeshReach): Iterable<string> {
  return sectionParts(reachSections(reach));
}

function* reachSections(reach: MeshReach): Iterable<readonly string[]> {
  const { groups, gateways, rejected, diagnostics, ledger } = reach;
  const workloads = groups.reduce((sum, group) => sum + group.workloads.length, 0);
  yield [
    `**${count(workloads, 'workload')} in ${count(groups.length, 'group')}**, Istio ${escapeMarkdown(reach.istioVersion)}`,
  ];
  yield ['| workloads | governed by | verdicts |', '|---|---|---|', ...groups.map(groupRow)];
  for (const group of groups) if (group.injected) yield [groupDetails(group)];
  if (gateways.length > 0)
    yield [`Gateways (not judged): ${gateways.map((gateway) => codeSpan(workloadName(gateway))).join(', ')}`];
  for (const section of [
    rejectedObjects(rejected, NO_LINKS, LIST_BUDGET),
    errorList(diagnostics, NO_LINKS, LIST_BUDGET),
    remarkList(diagnostics, NO_LINKS, LIST_BUDGET),
    ledgerMarkdown({ ledger, istioVersion: null }, LIST_BUDGET),
  ]) {
    if (section !== '') yield [section];
  }
}

function groupRow(group: ReachabilityGroup): string {
  const mesh = group.mesh === undefined ? '' : ` in ${codeSpan(group.mesh)}`;
  const workloads = group.workloads.map((workload) => codeSpan(workloadName(workload)) + mesh).join('<br>');
  const counts = VERDICTS.flatMap((verdict) => {
    const number = group.edges.filter((edge) => edge.verdict === verdict).length;
    return number === 0 ? [] : [`${number} ${verdict}`];
  });
  return `| ${workloads} | ${escapeMarkdown(governance(group))} | ${counts.join('<br>')} |`;
}

function groupDetails(group: ReachabilityGroup): string {
  const first = htmlCode(workloadName(group.workloads[0]!));
  const others = group.workloads.length === 1 ? '' : ` and ${count(group.workloads.length - 1, 'other')}`;
  const mesh = group.mesh === undefined ? '' : ` in ${htmlCode(group.mesh)}`;
  const verdicts = VERDICTS.flatMap((verdict) => {
    const edges = group.edges.filter((edge) => edge.verdict === verdict);
    return edges.length === 0 ? [] : [`**${verdict}**: ${VERDICT_WORDS[verdict]}\n\n${edges.map(edgeItem).join('\n')}`];
  });
  return `<details><summary>${first}${others}${mesh}</summary>\n\n${verdicts.join('\n\n')}\n\n</details>`;
}

function edgeItem(edge: Edge): string {
  const branches = (edge.branches ?? []).map((branch) => `\n  - ${codeSpan(branch.match)}: ${branch.verdict}`);
  return `- ${codeSpan(destinationName(edge))}${branches.join('')}`;
}
