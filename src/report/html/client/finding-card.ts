import type { ChangeSeverity } from '../../../reachability/change.js';
import type { ComparedVerdict } from '../../../reachability/verdict.js';
import { NEED_WORDS, VERDICT_WORDS } from '../../verdict-words.js';
import { jointOf } from '../../cause-groups.js';
import type { FindingData, PlaceData } from '../report-data.js';
import { element, nameList } from './dom.js';
import { numberAt, type Report } from './report.js';
import { verdictClass, VERDICT_MARKS } from '../../verdict-marks.js';

const FIRST_NAMES = 8;

export function findingId(index: number): string {
  return `finding-${index + 1}`;
}

export function severityName(severity: ChangeSeverity): string {
  return severity === 'none' ? 'no finding' : severity;
}

/** All that is known of one finding. */
export function findingCard(report: Report, index: number): HTMLElement {
  const finding = report.findings[index]!;
  const id = findingId(index);
  const card = element(
    'article',
    { class: `finding ${finding.severity ?? 'none'}`, id, 'aria-labelledby': `${id}-title`, tabindex: '-1' },
    element('h3', { id: `${id}-title` }, ...title(report, finding)),
    element('p', { class: 'words' }, transitionWords(finding)),
  );
  const facts = element('dl');
  for (const [name, content] of factsOf(report, finding)) {
    facts.append(element('div', {}, element('dt', {}, name), element('dd', {}, ...content)));
  }
  card.append(facts);
  return card;
}

function title(report: Report, finding: FindingData): readonly (Node | string)[] {
  const { severity, before, after } = finding;
  const number = report.pairsOf(finding);
  const calls = number === 1 ? '1 call' : `${number.toLocaleString('en')} calls`;
  return [
    ...(severity === undefined ? [] : [element('span', { class: `badge ${severity}` }, severityName(severity)), ' ']),
    ...(before === null ? [] : [verdictChip(before), element('span', { class: 'arrow' }, ' → ')]),
    verdictChip(after),
    ' ',
    element('span', { class: 'soft' }, calls),
  ];
}

export function verdictChip(verdict: ComparedVerdict): HTMLElement {
  const mark = element('span', { 'aria-hidden': 'true' }, VERDICT_MARKS[verdict]);
  return element('span', { class: `chip ${verdictClass(verdict)}` }, mark, ` ${verdict}`);
}

function transitionWords({ before, after, rerouted }: FindingData): string {
  if (before === after && rerouted !== undefined) return `Stays ${after}, but is sent elsewhere.`;
  return `${VERDICT_WORDS[after].charAt(0).toUpperCase()}${VERDICT_WORDS[after].slice(1)}.`;
}

function* factsOf(report: Report, finding: FindingData): Iterable<[string, readonly (Node | string)[]]> {
  const { need, traffic, branch, rerouted, references, exemption, meshes, governed } = finding;
  const why = causeItems(report, finding);
  if (exemption !== undefined) yield ['Exempt', [exemption]];
  if (why.length > 0) yield ['Why', [element('ul', { class: 'plain' }, ...why)]];
  if (governed !== undefined) yield ['Governed by', [governed]];
  yield ['From', [workloadList(report, finding)]];
  yield ['To', [destinationList(report, finding)]];
  if (branch !== undefined) yield ['Requests', [`that match ${branch}`]];
  if (rerouted !== undefined) yield ['Clusters', [clusterText(rerouted[0]), ' → ', clusterText(rerouted[1])]];
  if (references !== undefined) yield [finding.isNewReference ? 'Newly named' : 'Named', [referenceList(finding)]];
  else if (need !== undefined) yield ['Need', [NEED_WORDS[need]]];
  if (traffic !== undefined) yield ['Traffic', [traffic]];
  if (meshes !== undefined) yield ['In', [meshes.map((mesh) => report.meshes[mesh]).join(', ')]];
}

/** Each cause, with whether the others are needed too; its object, where its explanation does not name it. */
function causeItems(report: Report, { causes = [] }: FindingData): readonly HTMLElement[] {
  const groups = causes.map((group) => group.map((number) => report.causes[number]!));
  return groups.flatMap((members, group) =>
    members.map(({ object, place, explanation }, index) => {
      const isNamed = explanation.includes(object);
      return element(
        'li',
        {},
        jointOf(groups, group, index),
        placeLink(place),
        ` ${explanation}`,
        isNamed ? '' : element('span', { class: 'soft' }, ` (${object})`),
      );
    }),
  );
}

export function placeLink({ name, href, caution }: PlaceData): HTMLElement {
  const code = element('code', { title: caution }, name);
  return href === undefined ? code : element('a', { href, rel: 'noreferrer' }, code);
}

function workloadList(report: Report, { w }: FindingData): HTMLElement {
  const runs = report.runs(w);
  return nameList(report.sizeOf(w), (place) => workloadItem(report, numberAt(runs, place)), FIRST_NAMES); // prettier-ignore
}

export function workloadItem(report: Report, workload: number): HTMLElement {
  const owners = report.ownersOf(workload);
  const name = element('code', {}, report.workloadName(workload));
  if (owners.length === 0) return element('span', {}, name);
  return element('span', {}, name, element('span', { class: 'soft' }, ` owned by ${owners.join(', ')}`));
}

function destinationList(report: Report, { d }: FindingData): HTMLElement {
  const runs = report.runs(d);
  return nameList(report.sizeOf(d), (place) => element('code', {}, report.destinationName(numberAt(runs, place))), FIRST_NAMES); // prettier-ignore
}

function clusterText(clusters: readonly string[]): string {
  return clusters.length === 0 ? 'no cluster' : clusters.join(', ');
}

function referenceList({ references = [], moreReferences = 0 }: FindingData): HTMLElement {
  const items = references.map(({ place, where, text }) => {
    return element('li', {}, placeLink(place), ` ${where}: `, element('code', {}, text));
  });
  const more = moreReferences === 0 ? [] : [element('li', { class: 'soft' }, `and ${moreReferences} more`)];
  return element('ul', { class: 'plain' }, ...items, ...more);
}
