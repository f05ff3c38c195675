import type { EditOperation } from './edit-operations.js';
import { childOf } from './locate.js';
import type { JsonValue } from './manifest.js';
import type { ValuePath } from './object-differences.js';
import { insertInFlow, removeFromFlow } from './edit-yaml-flow.js';
import type { YamlMap, YamlNode, YamlPair, YamlSequence } from './yaml-node.js';
import {
  behindColon,
  columnOf,
  endOf,
  endOfPair,
  isFirstOnLine,
  isFlow,
  lineEnd,
  lineStart,
  quotesIn,
  styleOf,
} from './yaml-extent.js';
import { YamlRefusal } from './yaml-problem.js';
import { parseYamlTree } from './yaml-tree.js';
import {
  indented,
  isScalar,
  writeBlock,
  writeFlow,
  writeItem,
  writeKey,
  writeLiteral,
  writePair,
  type Quotes,
  type YamlStyle,
} from './yaml-write.js';

/** A document that is edited. */
interface Document {
  readonly text: string;
  readonly lineBreak: string;
  readonly style: YamlStyle;
  readonly isJson: boolean;
}

/** A node with what it takes to write another one in its place. */
interface Place {
  readonly node: YamlNode;
  /** Null at the document's top. */
  readonly parent: YamlMap | YamlSequence | null;
  /** The pair of a map that the node is the value of. */
  readonly pair: YamlPair | null;
}

/**
 * Edits one document's text: the lines that the operation is about are written anew, as the lines around them are written, and all
 * others stay as they are, with their comments. The result may be wrong where the text is unusual, so whoever asks has to read it
 * again; null where an alias or a merge stands in the way, or no place can be found.
 */
export function editYaml(text: string, operation: EditOperation, base: ValuePath = []): string | null {
  const isJson = /^\s*\{/.test(text);
  const root = rootOf(text, isJson);
  if (root === null) return null;
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const document = { text, lineBreak, style: styleOf(root, text), isJson };
  const path = [...base, ...operation.path];
  switch (operation.kind) {
    case 'insert':
      return insert(document, root, path, operation);
    case 'set':
      return set(document, root, path, operation.value);
    case 'remove':
      return remove(document, root, path);
  }
}

function rootOf(text: string, isJson: boolean): YamlNode | null {
  try {
    return parseYamlTree(text, isJson).root;
  } catch (error) {
    if (error instanceof YamlRefusal) return null;
    throw error;
  }
}

/** Null where something on the way is not written, or is an alias. */
function placeAt(root: YamlNode, path: ValuePath): Place | null {
  let place: Place = { node: root, parent: null, pair: null };
  for (const step of path) {
    const { node } = place;
    if (node.kind !== 'map' && node.kind !== 'sequence') return null;
    const child = childOf(node, step);
    if (child === undefined) return null;
    place = { node: child.node, parent: node, pair: child.pair };
  }
  return place.node.kind === 'alias' ? null : place;
}

function insert(
  document: Document,
  root: YamlNode,
  path: ValuePath,
  { index, value }: Extract<EditOperation, { kind: 'insert' }>,
): string | null {
  const node = placeAt(root, path)?.node;
  if (node?.kind !== 'sequence') return null;
  const { text, style, isJson } = document;
  if (isFlow(node)) {
    const quotes = quotesIn(node, text);
    const written = writeFlow(value, style, quotes, isJson, quotes.items);
    return insertInFlow(
      text,
      node,
      node.items.map((item) => [item.start, endOf(item, text)]),
      index,
      written,
    );
  }
  const lines = writeItem(value, style, quotesIn(node, text));
  const column = columnOf(text, node.start);
  if (index > 0) return insertLines(document, endOf(node.items[index - 1]!, text), lines, column);
  const [first, ...rest] = [...lines, ''];
  const written = [first, ...indented(rest, column)].join(document.lineBreak) + ' '.repeat(column);
  return splice(text, node.start, node.start, written);
}

/** Puts lines below the line of a place. */
function insertLines(
  { text, lineBreak }: Document,
  below: number,
  lines: readonly string[],
  column: number,
): string | null {
  if (below === -1) return null;
  const at = lineEnd(text, below);
  return splice(
    text,
    at,
    at,
    indented(lines, column)
      .map((line) => lineBreak + line)
      .join(''),
  );
}

function set(document: Document, root: YamlNode, path: ValuePath, value: JsonValue): string | null {
  const place = placeAt(root, path);
  if (place !== null) return replace(document, place, value);
  const around = placeAt(root, path.slice(0, -1))?.node;
  const key = path.at(-1);
  if (around?.kind !== 'map' || key === undefined) return null;
  return addPair(document, around, String(key), value);
}

function addPair(document: Document, map: YamlMap, key: string, value: JsonValue): string | null {
  const { text, style, isJson } = document;
  const quotes = quotesIn(map, text);
  if (isFlow(map)) {
    const isQuoted = isJson || map.pairs.some((pair) => text[pair.key.start] === '"');
    const written = `${writeKey(key, style, isQuoted)}: ${writeFlow(value, style, quotes, isJson)}`;
    const extents = map.pairs.map((pair) => [pair.key.start, endOfPair(pair, text)] as const);
    return insertInFlow(text, map, extents, map.pairs.length, written);
  }
  return insertLines(document, endOf(map, text), writePair(key, value, style, quotes), columnOf(text, map.start));
}

function replace(document: Document, { node, parent, pair }: Place, value: JsonValue): string | null {
  const { text, style, isJson } = document;
  if (node.kind === 'alias' || (node.kind === 'scalar' && (node.tag !== null || node.isAnchored))) return null;
  if (parent === null) return null;
  const quotes = quotesFor(node, parent, text);
  if (isFlow(parent)) {
    const end = endOf(node, text);
    return end === -1 ? null : splice(text, node.start, end, writeFlow(value, style, quotes, isJson));
  }
  return pair === null
    ? replaceItem(document, node, value, quotes)
    : replaceValue(document, pair, value, quotes, parent);
}

/** A text is quoted as the one before it was, anything else as what is around it. */
function quotesFor(node: YamlNode, parent: YamlMap | YamlSequence, text: string): Quotes {
  const around = quotesIn(parent, text);
  if (node.kind !== 'scalar' || !node.isWritten) return around;
  const first = text.charAt(node.start);
  const values = node.isPlain ? 'plain' : first === '"' || first === "'" ? first : around.values;
  return { ...around, values };
}

function replaceItem(
  { text, style, lineBreak }: Document,
  node: YamlNode,
  value: JsonValue,
  quotes: Quotes,
): string | null {
  const end = endOf(node, text);
  if (end === -1) return null;
  const [first = '', ...rest] = writeBlock(value, style, quotes);
  const written = [first, ...indented(rest, columnOf(text, node.start))].join(lineBreak);
  return splice(text, node.start, end, written);
}

function replaceValue(
  document: Document,
  { key, value: node }: YamlPair,
  value: JsonValue,
  quotes: Quotes,
  map: YamlMap | YamlSequence,
): string | null {
  const { text, style, lineBreak } = document;
  const colon = behindColon(key, text);
  if (colon === -1) return null;
  const end = Math.max(endOf(node, text), colon);
  const block = blockOf(value, style, quotes);
  if (block === null) {
    const written = ` ${writeFlow(value, style, quotes, false)}`;
    return splice(text, colon, end, written);
  }
  const column = columnOf(text, map.start);
  const lines = indented(keepIndent(document, node, block, column), column).map((line) => lineBreak + line);
  const comment = commentOnKeyLine(text, colon, node.start, end);
  return splice(text, colon, lineEnd(text, end), `${block.header}${comment}${lines.join('')}`);
}

/** What else stands on a key's line beside its value. */
function commentOnKeyLine(text: string, colon: number, start: number, end: number): string {
  const keyLineEnd = lineEnd(text, colon);
  if (end <= keyLineEnd) return text.slice(end, keyLineEnd);
  return start > keyLineEnd ? text.slice(colon, keyLineEnd) : '';
}

interface Block {
  readonly header: string;
  readonly lines: readonly string[];
  readonly columns: number;
}

/** A value that takes lines of its own below its key; null for one that stands beside it. */
function blockOf(value: JsonValue, style: YamlStyle, quotes: Quotes): Block | null {
  if (typeof value === 'string') {
    const literal = writeLiteral(value);
    return literal && { header: ` ${literal.header}`, lines: literal.lines, columns: style.indent };
  }
  const isList = Array.isArray(value);
  if (isScalar(value) || Object.keys(value).length === 0) return null;
  const columns = isList && !style.indentsLists ? 0 : style.indent;
  return { header: '', lines: writeBlock(value, style, quotes), columns };
}

/** Lines below a key in `column`: text of several lines stays as far in as it was. */
function keepIndent({ text }: Document, node: YamlNode, { lines, columns }: Block, column: number): readonly string[] {
  const isBlock = node.kind === 'scalar' && node.isWritten && '|>'.includes(text.charAt(node.start));
  const first = isBlock ? /\n( *)\S/.exec(text.slice(node.start, node.end)) : null;
  return indented(lines, first === null ? columns : Math.max(first[1]!.length - column, 1));
}

function remove(document: Document, root: YamlNode, path: ValuePath): string | null {
  const place = placeAt(root, path);
  if (place?.parent == null) return null;
  const { node, parent, pair } = place;
  const siblings: readonly (readonly [number, number])[] =
    parent.kind === 'map'
      ? parent.pairs.map((each) => [each.key.start, endOfPair(each, document.text)])
      : parent.items.map((item) => [item.start, endOf(item, document.text)]);
  const index = parent.kind === 'map' ? parent.pairs.indexOf(pair!) : parent.items.indexOf(node);
  if (isFlow(parent)) return removeFromFlow(document.text, parent, siblings, index);
  if (siblings.length === 1) {
    const [start, end] = siblings[0]!;
    if (parent === root) return end === -1 || parent.kind !== 'map' ? null : splice(document.text, start, end, '{}');
    return replaceWhole(document, root, path.slice(0, -1), parent.kind === 'map' ? {} : []);
  }
  return removeLines(document, parent, siblings, index);
}

function replaceWhole(document: Document, root: YamlNode, path: ValuePath, value: JsonValue): string | null {
  const place = placeAt(root, path);
  return place === null ? null : replace(document, place, value);
}

/** Takes out the lines of one entry of a block; one that shares its line with a dash before it makes room for the next. */
function removeLines(
  { text }: Document,
  parent: YamlMap | YamlSequence,
  siblings: readonly (readonly [number, number])[],
  index: number,
): string | null {
  const [start, end] = siblings[index]!;
  if (end === -1) return null;
  const head = parent.kind === 'map' ? start : text.lastIndexOf('-', start);
  if (isFirstOnLine(text, head)) {
    const from = lineStart(text, head);
    const to = lineEnd(text, end);
    const next = text.indexOf('\n', to);
    if (next !== -1) return splice(text, from, next + 1, '');
    // The last line goes with the break before it, of which Windows has two characters.
    return text.slice(0, from).replace(/\r?\n$/, '');
  }
  const [nextStart] = siblings[index + 1] ?? [-1];
  const nextHead = nextStart === -1 ? -1 : parent.kind === 'map' ? nextStart : text.lastIndexOf('-', nextStart);
  // A comment between the two would end up behind the dash.
  if (nextHead === -1 || text.slice(lineEnd(text, end), nextHead).trim() !== '') return null;
  return splice(text, head, nextHead, '');
}

function splice(text: string, from: number, to: number, written: string): string {
  return text.slice(0, from) + written + text.slice(to);
}
