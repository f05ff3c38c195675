import type { YamlMap, YamlNode, YamlPair, YamlSequence } from './yaml-node.js';
import { isPlain, type Quotes, type Quoting, type YamlStyle } from './yaml-write.js';

/** Where nodes stand in a document's text. All places count UTF-16 units. */

export function isFlow(node: YamlMap | YamlSequence): boolean {
  return node.closedAt !== -1;
}

/** Where a node's last written part ends; -1 where nothing of it is written. */
export function endOf(node: YamlNode, text: string): number {
  switch (node.kind) {
    case 'alias':
      return node.end;
    case 'scalar':
      return node.isWritten ? node.start + text.slice(node.start, node.end).trimEnd().length : -1;
    case 'sequence': {
      if (isFlow(node)) return node.closedAt;
      const last = node.items.at(-1);
      return last === undefined ? -1 : endOf(last, text);
    }
    case 'map': {
      if (isFlow(node)) return node.closedAt;
      const last = node.pairs.at(-1);
      return last === undefined ? -1 : endOfPair(last, text);
    }
  }
}

/** Of a key without a value, behind its colon. */
export function endOfPair({ key, value }: YamlPair, text: string): number {
  const end = endOf(value, text);
  return end === -1 ? behindColon(key, text) : end;
}

/** The place behind the colon of a key; -1 where none follows it. */
export function behindColon(key: YamlNode, text: string): number {
  const end = endOf(key, text);
  const colon = /^[ \t]*:/.exec(text.slice(end, end + 1024));
  return end === -1 || colon === null ? -1 : end + colon[0].length;
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** The end of a place's line, before the line break. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** Columns count from 0. */
export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}

/** Whether nothing but blanks stands before a place on its line. */
export function isFirstOnLine(text: string, at: number): boolean {
  return text.slice(lineStart(text, at), at).trim() === '';
}

/** Learns from a document how it is written. */
export function styleOf(root: YamlNode, text: string): YamlStyle {
  const seen = { indents: [] as number[], indented: 0, flush: 0, double: 0, single: 0 };
  visit(root, (node) => {
    if (node.kind === 'scalar' && !node.isPlain) {
      if (text[node.start] === '"') seen.double++;
      if (text[node.start] === "'") seen.single++;
    }
    if (node.kind !== 'map' || isFlow(node)) return;
    const column = columnOf(text, node.start);
    for (const { value } of node.pairs) {
      if ((value.kind !== 'map' && value.kind !== 'sequence') || isFlow(value)) continue;
      const inner = columnOf(text, value.start) - column;
      if (value.kind === 'map') seen.indents.push(inner);
      else if (inner > 0) seen.indented++;
      else seen.flush++;
    }
  });
  return {
    indent: Math.max(1, Math.min(8, ...(seen.indents.length > 0 ? seen.indents : [2]))),
    indentsLists: seen.flush <= seen.indented,
    quote: seen.single > seen.double ? "'" : '"',
  };
}

/** How texts are quoted in a part of a document: of lists as all items are, of maps as all values are that could do without. */
export function quotesIn(node: YamlNode, text: string): Quotes {
  const seen = { items: new Set<string>(), values: new Set<string>() };
  visit(node, (inner, role) => {
    if (inner.kind !== 'scalar' || role === 'key' || !inner.isWritten) return;
    if (!inner.isPlain) {
      if (role === 'item' || isPlain(inner.text))
        seen[role === 'item' ? 'items' : 'values'].add(text.charAt(inner.start));
    } else if (/[A-Za-z]/.test(inner.text)) seen[role === 'item' ? 'items' : 'values'].add('plain');
  });
  return { items: quotingOf(seen.items), values: quotingOf(seen.values) };
}

function quotingOf(seen: ReadonlySet<string>): Quoting {
  const [only = 'plain'] = seen;
  return seen.size === 1 && (only === '"' || only === "'") ? only : 'plain';
}

type Role = 'key' | 'value' | 'item';

function visit(node: YamlNode, see: (node: YamlNode, role: Role) => void, role: Role = 'value'): void {
  see(node, role);
  if (node.kind === 'sequence') for (const item of node.items) visit(item, see, 'item');
  if (node.kind !== 'map') return;
  for (const { key, value } of node.pairs) {
    visit(key, see, 'key');
    visit(value, see);
  }
}
