import type { KubernetesObject } from '../../kubernetes/manifest.js';
import type { Path } from './rendered-path.js';
import type { SourceText } from './source-text.js';

/** The indices of lines that say what kind an object is. */
export function kindLines(text: SourceText, kind: string): readonly number[] {
  return text.lines().flatMap((line, index) => (/^kind:\s*["']?(\w+)/.exec(line)?.[1] === kind ? [index] : []));
}

/** The line on which an object begins in a template. */
export function startOf(
  { kind, metadata }: KubernetesObject,
  text: SourceText,
): { readonly line: number; readonly isCertain: boolean } {
  const lines = text.lines();
  const found = kindLines(text, kind);
  const named = found.filter((index) =>
    lines
      .slice(index, endOf(lines, index))
      .some((line) => /^\s+name:\s*(.*)$/.exec(line)?.[1]?.trim() === metadata.name),
  );
  const index = named[0] ?? found[0];
  if (index === undefined) return { line: 1, isCertain: false };
  let first = index;
  while (first > 0 && /^[a-zA-Z]\w*:/.test(lines[first - 1] ?? '')) first -= 1;
  return { line: first + 1, isCertain: found.length === 1 || named.length === 1 };
}

/** The index after the last line of the document that holds a line. */
function endOf(lines: readonly string[], from: number): number {
  const end = lines.findIndex((line, index) => index > from && line.startsWith('---'));
  return end === -1 ? lines.length : end;
}

/** The line of a template that writes the value at a path, or the nearest above it that indentation tells, and what is missing. */
export function lineOf(text: SourceText, start: number, path: Path): { readonly line: number; readonly missing: Path } {
  const lines = text.lines();
  const end = endOf(lines, start - 1);
  let [at, parent] = [start - 1, -1];
  for (const [depth, step] of path.entries()) {
    const next =
      typeof step === 'number'
        ? itemLine(lines, at, end, parent, step)
        : keyLine(lines, depth === 0 ? at - 1 : at, end, parent, step);
    if (next === null) return { line: at + 1, missing: path.slice(depth) };
    [at, parent] = [next.index, next.indent];
  }
  return { line: at + 1, missing: [] };
}

interface FoundLine {
  readonly index: number;
  readonly indent: number;
}

/** A key among those directly in a map; the first of them can stand behind the dash of an item. */
function keyLine(lines: readonly string[], from: number, end: number, parent: number, key: string): FoundLine | null {
  let indent: number | null = null;
  for (let index = Math.max(from, 0); index < end; index += 1) {
    const line = lines[index]!;
    const content = /^(\s*(?:- +)*)(["']?)([^\s"':{}#][^"':{}]*)\2:(?:\s|$)/.exec(line);
    const column = content?.[1]?.length ?? line.search(/\S/);
    if (column === -1 || /^\s*(?:\{\{|#)/.test(line)) continue;
    if (index > from && /^\s*/.exec(line)![0].length <= parent && !line.trimStart().startsWith('- ')) return null;
    if (content === null || column <= parent) continue;
    indent ??= column;
    if (column === indent && content[3] === key) return { index, indent: column };
  }
  return null;
}

/** The dash of an item, where no action could have made several of one. */
function itemLine(lines: readonly string[], from: number, end: number, parent: number, item: number): FoundLine | null {
  let indent: number | null = null;
  let seen = -1;
  for (let index = from + 1; index < end; index += 1) {
    const line = lines[index]!;
    if (/^\s*\{\{-?\s*(?:range|if|else|with)\b/.test(line)) return null;
    const column = line.search(/\S/);
    if (column === -1 || /^\s*(?:\{\{|#)/.test(line)) continue;
    const isItem = /^\s*-(?:\s|$)/.test(line);
    if (column < parent || (column === parent && !isItem)) return null;
    if (!isItem) continue;
    indent ??= column;
    if (column === indent) seen += 1;
    if (column === indent && seen === item) return { index, indent: column };
  }
  return null;
}
