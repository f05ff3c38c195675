import type { YamlMap, YamlSequence } from './yaml-node.js';
import { isFirstOnLine, lineEnd, lineStart } from './yaml-extent.js';

/** Where an entry of a collection in brackets starts and ends. */
type Extent = readonly [start: number, end: number];

/** Writes an entry into a collection in brackets, on a line of its own where the entries have lines of their own. */
export function insertInFlow(
  text: string,
  node: YamlMap | YamlSequence,
  entries: readonly Extent[],
  index: number,
  written: string,
): string | null {
  const previous = entries[index - 1];
  const next = entries[index];
  if (previous !== undefined) {
    return previous[1] === -1 ? null : insertBehind(text, previous, written);
  }
  if (next !== undefined)
    return text.slice(0, next[0]) + `${written},${gapBefore(text, next[0])}` + text.slice(next[0]);
  const inside = text.slice(node.start + 1, node.closedAt - 1);
  return inside.trim() === '' ? text.slice(0, node.start + 1) + written + text.slice(node.closedAt - 1) : null;
}

/** Entries with lines of their own keep their comments, and the comma behind the last one where there is one. */
function insertBehind(text: string, [start, end]: Extent, written: string): string {
  const gap = gapBefore(text, start);
  const [comma = ''] = /^[ \t]*,/.exec(text.slice(end, lineEnd(text, end))) ?? [];
  const rest = text.slice(end + comma.length, lineEnd(text, end));
  if (gap === ' ' || !/^[ \t]*(?:#.*)?$/.test(rest)) return text.slice(0, end) + `,${gap}${written}` + text.slice(end);
  const at = lineEnd(text, end);
  return `${text.slice(0, end)},${rest}${gap}${written}${comma === '' ? '' : ','}${text.slice(at)}`;
}

/** What stands between a comma and an entry: a blank, or the line break and the indentation. */
function gapBefore(text: string, start: number): string {
  if (!isFirstOnLine(text, start)) return ' ';
  const from = lineStart(text, start);
  const lineBreak = text.startsWith('\r\n', from - 2) ? '\r\n' : '\n';
  return lineBreak + text.slice(from, start);
}

/** Takes an entry and the comma beside it out of a collection in brackets. */
export function removeFromFlow(
  text: string,
  node: YamlMap | YamlSequence,
  entries: readonly Extent[],
  index: number,
): string | null {
  const [start, end] = entries[index]!;
  const previous = entries[index - 1];
  const next = entries[index + 1];
  if (end === -1 || previous?.[1] === -1) return null;
  if (previous !== undefined) return text.slice(0, previous[1]) + text.slice(end);
  if (next !== undefined) return text.slice(0, start) + text.slice(next[0]);
  return text.slice(0, node.start + 1) + text.slice(node.closedAt - 1);
}
