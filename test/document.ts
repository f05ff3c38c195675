import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** What somebody has to do whose change made a document wrong that this project can write itself. */
export const HOW_TO_UPDATE = 'run `UPDATE_README=1 npx vitest run test/readme`, and read what it changed';

const isUpdate = process.env['UPDATE_README'] === '1';

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A part of a document that the project writes: the lines between `<!-- start -->` and `<!-- end -->`. */
export interface WrittenPart {
  /** What stands behind `start` in the comment that opens it. */
  readonly argument: string;
  readonly content: string;
}

/** The parts of a kind, in the order of the document. */
export function writtenParts(path: string, start: string, end: string): WrittenPart[] {
  return [...readDocument(path).matchAll(partPattern(start, end))].map((match) => ({
    argument: match[2] ?? '',
    content: match[3] ?? '',
  }));
}

/** With UPDATE_README=1, puts what each part should say in its place. */
export function updateParts(path: string, start: string, end: string, wanted: readonly string[]): void {
  if (!isUpdate) return;
  let index = 0;
  const updated = readDocument(path).replace(
    partPattern(start, end),
    (_all, open: string, _argument: string, _content: string, close: string) =>
      `${open}${wanted[index++] ?? ''}${close}`,
  );
  writeFileSync(join(ROOT, path), updated);
}

function partPattern(start: string, end: string): RegExp {
  return new RegExp(`(<!-- ${start}(?: ([^\\n]*))? -->\\n)([^]*?)(<!-- ${end} -->)`, 'g');
}

/** The rows below a table's head, cell by cell, without the table's own escapes. */
export function tableUnder(text: string, head: string): string[][] {
  const lines = text.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith(head));
  if (start < 0) throw new Error(`there is no table that begins with ${head}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

/** The names in a cell that stand as code. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** The code of a document: lines of blocks, and spans. What the project itself writes there is left out. */
export function codeLines(text: string): string[] {
  const own = text.replace(/<!-- (output|file)[^]*?<!-- end of \1 -->/g, '');
  const blocks = [...own.matchAll(/^ *```\w*\n([^]*?)^ *```/gm)].flatMap((match) => (match[1] ?? '').split('\n'));
  const prose = own.replace(/^ *```\w*\n[^]*?^ *```/gm, '');
  return [...blocks, ...codeIn(prose)].map((line) => line.trim()).filter((line) => line !== '');
}

/** Where a document's relative links lead, without the part behind `#`, and the anchors within itself. */
export function linksIn(text: string): { readonly paths: string[]; readonly anchors: string[] } {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  const relative = targets.filter((target) => !/^[a-z]+:/.test(target));
  return {
    paths: relative.filter((target) => !target.startsWith('#')).map((target) => target.split('#')[0] ?? ''),
    anchors: relative.filter((target) => target.startsWith('#')).map((target) => target.slice(1)),
  };
}

/** The anchors that GitHub gives a document's headings. */
export function headingAnchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
