import { element } from './dom.js';
import { cellLook, columnLabel, rowLabel, type Side } from './matrix-labels.js';
import type { Matrix } from './matrix-model.js';
import type { Report } from './report.js';

const ROW_HEIGHT = 28;
const COLUMN_WIDTH = 28;
const HEAD_HEIGHT = 170;
/** Rows and columns that are there beyond what can be seen. */
const MARGIN = 4;

/** A place of the grid; -1 for the names of rows and columns. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

export interface MatrixGrid {
  readonly show: (matrix: Matrix) => void;
  readonly showSide: (side: Side) => void;
}

/**
 * A grid of which only what can be seen is in the page, whatever its size. One of its cells can be reached by Tab, the others by the
 * arrow keys (WAI-ARIA Authoring Practices, Grid pattern).
 *
 * @param select called for a cell, or a name, that is clicked or asked for by Enter. */
export function matrixGrid(report: Report, frame: HTMLElement, select: (place: GridPlace) => void): MatrixGrid {
  const space = element('div', { role: 'presentation', class: 'grid-space' });
  frame.replaceChildren(space);
  let matrix: Matrix = { rows: [], columns: [], at: () => null };
  let side: Side = 'after';
  let active: GridPlace = { row: 0, column: 0 };
  let rows = new Map<number, { readonly element: HTMLElement; readonly cells: Map<number, HTMLElement> }>();
  const headWidth = (): number => (frame.clientWidth < 600 ? 130 : 270);

  function draw(): void {
    const width = headWidth();
    const shownRows = range(frame.scrollTop, frame.clientHeight - HEAD_HEIGHT, ROW_HEIGHT, matrix.rows.length);
    const shownColumns = range(frame.scrollLeft, frame.clientWidth - width, COLUMN_WIDTH, matrix.columns.length);
    const wantedRows = new Set([-1, ...shownRows]);
    const wantedColumns = new Set([-1, ...shownColumns]);
    // What has the focus stays in the page, wherever it is scrolled to; where nothing fits a filter there is no such place.
    if (active.row < matrix.rows.length) wantedRows.add(active.row);
    if (active.column < matrix.columns.length) wantedColumns.add(active.column);
    for (const [row, { element: made }] of rows) {
      if (wantedRows.has(row)) continue;
      made.remove();
      rows.delete(row);
    }
    for (const row of [...wantedRows].sort((a, b) => a - b)) drawRow(row, wantedColumns, width);
  }

  function drawRow(row: number, wanted: ReadonlySet<number>, width: number): void {
    const known = rows.get(row) ?? addRow(row);
    for (const [column, cell] of known.cells) {
      if (wanted.has(column)) continue;
      cell.remove();
      known.cells.delete(column);
    }
    for (const column of [...wanted].sort((a, b) => a - b)) {
      if (known.cells.has(column)) continue;
      const cell = makeCell({ row, column }, width);
      known.cells.set(column, cell);
      known.element.append(cell);
    }
  }

  function addRow(row: number) {
    const made = element('div', {
      role: 'row',
      'aria-rowindex': String(row + 2),
      class: row < 0 ? 'grid-row grid-head' : 'grid-row',
    });
    if (row >= 0) made.style.top = `${HEAD_HEIGHT + row * ROW_HEIGHT}px`;
    const next = [...rows.keys()].filter((other) => other > row).sort((a, b) => a - b)[0];
    space.insertBefore(made, next === undefined ? null : rows.get(next)!.element);
    const added = { element: made, cells: new Map<number, HTMLElement>() };
    rows.set(row, added);
    return added;
  }

  function makeCell(place: GridPlace, width: number): HTMLElement {
    const { row, column } = place;
    const role = row < 0 ? 'columnheader' : column < 0 ? 'rowheader' : 'gridcell';
    const cell = element('div', { role, 'aria-colindex': String(column + 2), tabindex: isActive(place) ? '0' : '-1' });
    cell.dataset['row'] = String(row);
    cell.dataset['column'] = String(column);
    if (column >= 0) cell.style.left = `${width + column * COLUMN_WIDTH}px`;
    else cell.style.width = `${width}px`;
    fillCell(cell, place);
    return cell;
  }

  function fillCell(cell: HTMLElement, { row, column }: GridPlace): void {
    if (row < 0 && column < 0) {
      cell.className = 'corner';
      cell.textContent = 'from ↓ to →';
    } else if (row < 0 || column < 0) {
      const label = row < 0 ? columnLabel(report, matrix.columns[column]!) : rowLabel(report, matrix.rows[row]!);
      cell.className = row < 0 ? 'column-name' : 'row-name';
      cell.title = label.full;
      cell.setAttribute('aria-label', label.full);
      cell.replaceChildren(element('span', {}, element('span', {}, label.short), element('b', {}, label.more)));
    } else {
      const look = cellLook(report, matrix, row, column, side);
      cell.className = `cell ${look.className}`;
      cell.title = look.label;
      cell.setAttribute('aria-label', look.label);
      cell.textContent = look.mark;
    }
  }

  function isActive({ row, column }: GridPlace): boolean {
    return row === active.row && column === active.column;
  }

  function cellAt({ row, column }: GridPlace): HTMLElement | undefined {
    return rows.get(row)?.cells.get(column);
  }

  function moveTo(place: GridPlace): void {
    const row = Math.max(-1, Math.min(matrix.rows.length - 1, place.row));
    const column = Math.max(-1, Math.min(matrix.columns.length - 1, place.column));
    if (row < 0 && column < 0) return;
    cellAt(active)?.setAttribute('tabindex', '-1');
    active = { row, column };
    if (row >= 0)
      frame.scrollTop = within(frame.scrollTop, row * ROW_HEIGHT, ROW_HEIGHT, frame.clientHeight - HEAD_HEIGHT);
    if (column >= 0) {
      frame.scrollLeft = within(frame.scrollLeft, column * COLUMN_WIDTH, COLUMN_WIDTH, frame.clientWidth - headWidth());
    }
    draw();
    const cell = cellAt(active);
    cell?.setAttribute('tabindex', '0');
    cell?.focus({ preventScroll: true });
  }

  function placeOf(target: EventTarget | null): GridPlace | null {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
    return cell ? { row: Number(cell.dataset['row']), column: Number(cell.dataset['column']) } : null;
  }

  frame.addEventListener('scroll', () => requestAnimationFrame(draw), { passive: true });
  new ResizeObserver(() => {
    clear();
    draw();
  }).observe(frame);
  frame.addEventListener('click', (event) => {
    const place = placeOf(event.target);
    if (!place || (place.row < 0 && place.column < 0)) return;
    moveTo(place);
    select(place);
  });
  frame.addEventListener('keydown', (event) => {
    const place = placeOf(event.target);
    if (!place || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') select(active);
    else {
      const page = Math.max(1, Math.floor((frame.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
      const next = nextPlace(event.key, event.ctrlKey, active, page);
      if (next === null) return;
      moveTo(next);
    }
    event.preventDefault();
  });

  function clear(): void {
    const hadFocus = frame.contains(document.activeElement) && document.activeElement !== frame;
    rows = new Map();
    space.replaceChildren();
    space.style.width = `${headWidth() + matrix.columns.length * COLUMN_WIDTH}px`;
    space.style.height = `${HEAD_HEIGHT + matrix.rows.length * ROW_HEIGHT}px`;
    draw();
    if (hadFocus) cellAt(active)?.focus({ preventScroll: true });
  }

  return {
    show: (next) => {
      matrix = next;
      active = { row: 0, column: 0 };
      frame.setAttribute('aria-rowcount', String(matrix.rows.length + 1));
      frame.setAttribute('aria-colcount', String(matrix.columns.length + 1));
      frame.scrollTo(0, 0);
      clear();
    },
    showSide: (next) => {
      side = next;
      for (const [row, { cells }] of rows) {
        for (const [column, cell] of cells) fillCell(cell, { row, column });
      }
    },
  };
}

function range(offset: number, room: number, size: number, total: number): readonly number[] {
  const first = Math.max(0, Math.floor(offset / size) - MARGIN);
  const last = Math.min(total, Math.ceil((offset + Math.max(room, 0)) / size) + MARGIN);
  return Array.from({ length: Math.max(0, last - first) }, (_unused, index) => first + index);
}

/** The nearest offset at which a stretch can be seen. */
function within(offset: number, start: number, size: number, room: number): number {
  if (start < offset) return start;
  return start + size > offset + room ? start + size - room : offset;
}

function nextPlace(key: string, isControl: boolean, { row, column }: GridPlace, page: number): GridPlace | null {
  switch (key) {
    case 'ArrowUp':
      return { row: row - 1, column };
    case 'ArrowDown':
      return { row: row + 1, column };
    case 'ArrowLeft':
      return { row, column: column - 1 };
    case 'ArrowRight':
      return { row, column: column + 1 };
    case 'PageUp':
      return { row: Math.max(0, row - page), column };
    case 'PageDown':
      return { row: row + page, column };
    case 'Home':
      return { row: isControl ? 0 : row, column: 0 };
    case 'End':
      return { row: isControl ? Infinity : row, column: Infinity };
    default:
      return null;
  }
}
