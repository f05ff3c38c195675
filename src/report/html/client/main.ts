import type { ChangeSeverity } from '../../../reachability/change.js';
import type { ReportData } from '../report-data.js';
import { byId, element } from './dom.js';
import { createFilter, type Criteria } from './filter.js';
import { findingList } from './finding-list.js';
import { matrixGrid } from './matrix-grid.js';
import { buildMatrix, type Matrix } from './matrix-model.js';
import { openReport, type Report } from './report.js';
import { describeSelected } from './selected-call.js';
import { startThemeSwitch } from './theme.js';

startThemeSwitch();
const text = byId('report-data', HTMLScriptElement).textContent;
startReport(openReport(JSON.parse(text) as ReportData));

function startReport(report: Report): void {
  const form = byId('filter', HTMLFormElement);
  const filter = createFilter(report);
  const list = findingList(report, byId('finding-list', HTMLElement));
  const selected = byId('selected', HTMLElement);
  let findings: readonly number[] = [];
  let matrix: Matrix = { rows: [], columns: [], at: () => null };
  const grid = matrixGrid(report, byId('grid', HTMLElement), (place) => {
    selected.replaceChildren(...describeSelected(report, { matrix, findings, place }, list.goTo));
    selected.hidden = false;
  });
  addChoices(form, 'namespace', [...new Set(report.workloads.map(([namespace]) => namespace))].sort());
  addChoices(form, 'mesh', report.meshes);
  const update = (): void => {
    const criteria = criteriaOf(form);
    findings = filter(criteria);
    matrix = buildMatrix(report, findings, criteria.namespace);
    list.show(findings);
    grid.show(matrix);
    selected.hidden = true;
    byId('matrix-empty', HTMLElement).hidden = matrix.rows.length > 0;
    byId('shown', HTMLElement).textContent = shownText(report, findings, matrix);
  };
  let asked = 0;
  form.addEventListener('input', () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(update);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => requestAnimationFrame(update));
  document.getElementById('sides')?.addEventListener('change', (event) => {
    if (event.target instanceof HTMLInputElement) grid.showSide(event.target.value === 'before' ? 'before' : 'after');
  });
  for (const each of document.querySelectorAll<HTMLElement>('.needs-script')) each.hidden = false;
  update();
  window.addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}

/** A choice of one is none. */
function addChoices(form: HTMLFormElement, name: string, values: readonly string[]): void {
  const select = form.elements.namedItem(name);
  if (!(select instanceof HTMLSelectElement)) return;
  select.append(...values.map((value) => element('option', { value }, value)));
  const field = select.closest<HTMLElement>('.field');
  if (field) field.hidden = values.length < 2;
}

function criteriaOf(form: HTMLFormElement): Criteria {
  const data = new FormData(form);
  const value = (name: string): string => {
    const found = data.get(name);
    return typeof found === 'string' ? found : '';
  };
  return {
    text: value('text'),
    severities: new Set(data.getAll('severity') as ChangeSeverity[]),
    namespace: value('namespace'),
    mesh: value('mesh'),
  };
}

function shownText(report: Report, findings: readonly number[], matrix: Matrix): string {
  const pairs = findings.reduce((sum, finding) => sum + report.pairsOf(report.findings[finding]!), 0);
  const of = report.findings.length;
  const noun = report.kind === 'diff' ? 'findings' : 'entries';
  const size = `${matrix.rows.length.toLocaleString('en')} × ${matrix.columns.length.toLocaleString('en')}`;
  const calls = pairs === 1 ? '1 call' : `${pairs.toLocaleString('en')} calls`;
  return `${findings.length.toLocaleString('en')} of ${of.toLocaleString('en')} ${noun}, ${calls}, in a matrix of ${size}`;
}
