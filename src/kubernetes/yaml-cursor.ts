/** A place in a document's text, and what it takes to move it. Columns and offsets count UTF-16 units from 0. */
export interface Cursor {
  readonly text: string;
  at: number;
  line: number;
  /** Where the current line starts. */
  lineStart: number;
}

export const TAB = 0x09;
export const SPACE = 0x20;
export const HASH = 0x23;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NEXT_LINE = 0x85;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;

/** The UTF-16 unit at an offset; -1 past the end. */
export function unitAt(cursor: Cursor, offset: number): number {
  return offset < cursor.text.length ? cursor.text.charCodeAt(offset) : -1;
}

export function isBlank(unit: number): boolean {
  return unit === SPACE || unit === TAB;
}

/** Line breaks are those of YAML 1.1, which has three more than YAML 1.2. */
export function isBreak(unit: number): boolean {
  return (
    unit === LINE_FEED ||
    unit === CARRIAGE_RETURN ||
    unit === NEXT_LINE ||
    unit === LINE_SEPARATOR ||
    unit === PARAGRAPH_SEPARATOR
  );
}

/** A line break or the end of the text. */
export function isBreakOrEnd(unit: number): boolean {
  return unit === -1 || isBreak(unit);
}

/** A blank, a line break or the end of the text. */
export function isBlankOrEnd(unit: number): boolean {
  return unit === SPACE || unit === -1 || unit === TAB || isBreak(unit);
}

/** Letters, digits, `_` and `-`: what anchors and tag handles are made of. */
export function isWord(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x5f ||
    unit === 0x2d
  );
}

/** Steps over a line break and says what it is as text; empty where there is none. */
export function takeBreak(cursor: Cursor): string {
  const unit = unitAt(cursor, cursor.at);
  if (!isBreak(unit)) return '';
  const isPair = unit === CARRIAGE_RETURN && unitAt(cursor, cursor.at + 1) === LINE_FEED;
  cursor.at += isPair ? 2 : 1;
  cursor.line += 1;
  cursor.lineStart = cursor.at;
  return unit === LINE_SEPARATOR || unit === PARAGRAPH_SEPARATOR ? String.fromCharCode(unit) : '\n';
}

/** Steps to the end of the line. */
export function skipLine(cursor: Cursor): void {
  while (!isBreakOrEnd(unitAt(cursor, cursor.at))) cursor.at += 1;
}

/** True at `---` or `...` at the start of a line, which end a document wherever they stand. */
export function isAtDocumentMarker(cursor: Cursor): boolean {
  if (cursor.at !== cursor.lineStart) return false;
  const { text, at } = cursor;
  return (text.startsWith('---', at) || text.startsWith('...', at)) && isBlankOrEnd(unitAt(cursor, at + 3));
}
