import { element, nameList } from './dom.js';
import { findingId, severityName, verdictChip, workloadItem } from './finding-card.js';
import type { GridPlace } from './matrix-grid.js';
import type { Matrix } from './matrix-model.js';
import { includes, type Report } from './report.js';

const FIRST_NAMES = 5;
const MAX_FINDINGS = 10;

/** Says in full what a cell, or the name of a row or a column, stands for, and leads to its findings. */
export function describeSelected(
  report: Report,
  {
    matrix,
    findings,
    place,
  }: { readonly matrix: Matrix; readonly findings: readonly number[]; readonly place: GridPlace },
  goTo: (finding: number) => void,
): readonly (Node | string)[] {
  const row = matrix.rows[place.row];
  const column = matrix.columns[place.column];
  const said: (Node | string)[] = [];
  if (row) {
    const { workloads } = row;
    said.push(element('h4', {}, 'From'), nameList(workloads.length, (index) => workloadItem(report, workloads[index]!), FIRST_NAMES)); // prettier-ignore
  }
  if (column) {
    const { destinations } = column;
    const name = (index: number): Node => element('code', {}, report.destinationName(destinations[index]!));
    said.push(element('h4', {}, 'To'), nameList(destinations.length, name, FIRST_NAMES));
  }
  if (!row || !column) return said;
  const transition = matrix.at(place.row, place.column);
  if (transition === null) return [...said, element('p', {}, 'This call does not change.')];
  const { before, after } = transition;
  said.push(element('p', {}, ...(before === null ? [] : [verdictChip(before), ' → ']), verdictChip(after)));
  const own = findings.filter((number) => {
    const { w, d } = report.findings[number]!;
    return includes(report.runs(w), row.workloads[0]!) && includes(report.runs(d), column.destinations[0]!);
  });
  const links = own.slice(0, MAX_FINDINGS).map((number) => {
    const link = element('a', { href: `#${findingId(number)}` }, `Finding ${number + 1}`);
    link.addEventListener('click', (event) => {
      event.preventDefault();
      goTo(number);
    });
    const { severity } = report.findings[number]!;
    return element('li', {}, link, severity === undefined ? '' : ` (${severityName(severity)})`);
  });
  return [...said, element('ul', { class: 'plain' }, ...links)];
}
