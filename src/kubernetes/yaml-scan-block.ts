import { isBlank, isBreakOrEnd, skipLine, SPACE, TAB, takeBreak, unitAt, type Cursor } from './yaml-cursor.js';
import { syntaxRefusal } from './yaml-problem.js';

const BLOCK_HEADER = /[|>](?:([-+])([0-9])?|([0-9])([-+])?)?[ \t]*(?:#[^\r\n\u0085\u2028\u2029]*)?/y;

/** Reads a literal (`|`) or folded (`>`) scalar. `indent` is that of the collection it stands in. */
export function scanBlock(cursor: Cursor, indent: number): string {
  const start = cursor.at;
  const isLiteral = cursor.text.charAt(start) === '|';
  BLOCK_HEADER.lastIndex = start;
  const header = BLOCK_HEADER.exec(cursor.text);
  const width = header?.[2] ?? header?.[3] ?? '';
  const chomping = header?.[1] ?? header?.[4] ?? '';
  cursor.at = BLOCK_HEADER.lastIndex;
  if (width === '0') throw syntaxRefusal('A block of text cannot be indented by 0', start);
  if (!isBreakOrEnd(unitAt(cursor, cursor.at))) {
    throw syntaxRefusal('Only a comment may follow the start of a block of text', start);
  }
  takeBreak(cursor);
  return scanBlockLines(cursor, start, isLiteral, chomping, {
    parent: indent,
    column: width === '' ? 0 : Math.max(indent, 0) + Number(width),
  });
}

/** `column` is 0 until the first line of text tells the indentation. */
interface BlockIndent {
  readonly parent: number;
  column: number;
}

function scanBlockLines(
  cursor: Cursor,
  start: number,
  isLiteral: boolean,
  chomping: string,
  indent: BlockIndent,
): string {
  let text = '';
  let lastBreak = '';
  let startsBlank = false;
  let emptyLines = skipEmptyLines(cursor, indent, start);
  while (cursor.at < cursor.text.length && cursor.at - cursor.lineStart === indent.column) {
    const isBlankLine = isBlank(unitAt(cursor, cursor.at));
    const folds = !isLiteral && !startsBlank && !isBlankLine && lastBreak === '\n';
    text += folds ? (emptyLines === '' ? ' ' : emptyLines) : lastBreak + emptyLines;
    startsBlank = isBlankLine;
    const from = cursor.at;
    skipLine(cursor);
    text += cursor.text.slice(from, cursor.at);
    lastBreak = takeBreak(cursor);
    emptyLines = skipEmptyLines(cursor, indent, start);
  }
  if (chomping === '-') return text;
  return chomping === '+' ? text + lastBreak + emptyLines : text + lastBreak;
}

/** Steps over lines with nothing but indentation, and over the indentation of the next one; settles the indentation. */
function skipEmptyLines(cursor: Cursor, indent: BlockIndent, start: number): string {
  let breaks = '';
  let widest = 0;
  for (;;) {
    while (isInIndent(cursor, indent) && unitAt(cursor, cursor.at) === SPACE) cursor.at += 1;
    widest = Math.max(widest, cursor.at - cursor.lineStart);
    if (isInIndent(cursor, indent) && unitAt(cursor, cursor.at) === TAB) {
      throw syntaxRefusal('A tab stands where the indentation of a block of text should', start);
    }
    const taken = takeBreak(cursor);
    if (taken === '') break;
    breaks += taken;
  }
  if (indent.column === 0) indent.column = Math.max(widest, indent.parent + 1, 1);
  return breaks;
}

function isInIndent(cursor: Cursor, indent: BlockIndent): boolean {
  return indent.column === 0 || cursor.at - cursor.lineStart < indent.column;
}
