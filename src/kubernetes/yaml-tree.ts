import { depthRefusal, MAX_DEPTH, syntaxRefusal, YamlRefusal } from './yaml-problem.js';
import type { NodeBase, YamlAlias, YamlMap, YamlNode, YamlScalar, YamlSequence } from './yaml-node.js';
import { newScanner, type Scanner, type Token, type TokenKind } from './yaml-scanner-state.js';
import { peekToken, takeToken } from './yaml-scanner.js';

/** The syntax tree of the first document of a text. */
export interface YamlTree {
  /** Null where the text holds no document. */
  readonly root: YamlNode | null;
  /** Where text starts that follows the document's end and is never read; -1 where there is none. */
  readonly ignoredFrom: number;
}

interface Parser {
  readonly scanner: Scanner;
  readonly anchors: Map<string, YamlNode>;
}

/** The anchor and the tag in front of a node. */
interface Properties {
  readonly anchor: string | null;
  readonly tag: string | null;
  readonly start: number;
}

/**
 * Parses as Go's YAML library does, which `sigs.k8s.io/yaml` rests on: YAML 1.1, the first document only.
 * Throws a YamlRefusal for text which that library refuses.
 */
export function parseYamlTree(text: string, json = false): YamlTree {
  const parser: Parser = { scanner: newScanner(text, json), anchors: new Map() };
  const { scanner } = parser;
  const { kind } = peekToken(scanner);
  if (kind === 'end') return { root: null, ignoredFrom: -1 };
  if (kind === 'document-start') takeToken(scanner);
  const ends: readonly TokenKind[] = kind === 'document-start' ? ['document-start', 'document-end', 'end'] : [];
  const root = parseUnless(parser, -1, ends, true, false);
  return { root, ignoredFrom: findIgnored(scanner) };
}

function findIgnored(scanner: Scanner): number {
  const next = peekToken(scanner);
  if (next.kind === 'end') return -1;
  if (next.kind !== 'document-end') return next.start;
  takeToken(scanner);
  try {
    const after = peekToken(scanner);
    return after.kind === 'end' ? -1 : after.start;
  } catch (error) {
    if (error instanceof YamlRefusal) return error.problem.offset;
    throw error;
  }
}

function emptyNode(start: number): YamlScalar {
  return { kind: 'scalar', start, end: start, tag: null, isAnchored: false, text: '', isPlain: true, isWritten: false };
}

/** `indentless` admits a sequence whose dashes stand in the column of the key it belongs to. */
function parseNode(parser: Parser, depth: number, isBlock: boolean, indentless: boolean): YamlNode {
  const { scanner } = parser;
  const token = peekToken(scanner);
  if (depth > MAX_DEPTH) throw depthRefusal(token.start);
  if (token.kind === 'alias') return parseAlias(parser, token);
  const properties = parseProperties(scanner);
  const next = peekToken(scanner);
  switch (next.kind) {
    case '-':
      if (indentless) return parseIndentless(parser, depth, properties, next.start);
      break;
    case 'plain':
    case 'text':
      return parseScalar(parser, properties, next);
    case '[':
      return parseFlowSequence(parser, depth, properties, next.start);
    case '{':
      return parseFlowMap(parser, depth, properties, next.start);
    case 'sequence-start':
      if (isBlock) return parseBlockSequence(parser, depth, properties, next.start);
      break;
    case 'map-start':
      if (isBlock) return parseBlockMap(parser, depth, properties, next.start);
      break;
  }
  if (properties.anchor === null && properties.tag === null) {
    throw syntaxRefusal(`A value is missing, or cannot stand here`, next.start);
  }
  const { start, tag, anchor } = properties;
  const empty: YamlScalar = { ...emptyNode(start), tag, isAnchored: anchor !== null, isWritten: true };
  return anchored(parser, properties, empty);
}

function parseAlias({ scanner, anchors }: Parser, token: Token): YamlAlias {
  const target = anchors.get(token.text);
  if (target === undefined) {
    const message = `The alias \`*${token.text}\` names an anchor that is not defined before it`;
    throw new YamlRefusal({ code: 'unknown-alias', message, offset: token.start });
  }
  takeToken(scanner);
  return { kind: 'alias', start: token.start, end: token.end, name: token.text, target };
}

function parseProperties(scanner: Scanner): Properties {
  let anchor: string | null = null;
  let tag: string | null = null;
  const start = peekToken(scanner).start;
  for (;;) {
    const token = peekToken(scanner);
    if (token.kind === 'anchor' && anchor === null) anchor = token.text;
    else if (token.kind === 'tag' && tag === null) tag = token.text;
    else return { anchor, tag, start };
    takeToken(scanner);
  }
}

/** An anchor counts from the start of its node, so that a node which holds its own alias is found out. */
function anchored<T extends YamlNode>(parser: Parser, { anchor }: Properties, node: T): T {
  if (anchor !== null) parser.anchors.set(anchor, node);
  return node;
}

function parseScalar(parser: Parser, properties: Properties, { kind, start, end, text }: Token): YamlScalar {
  takeToken(parser.scanner);
  const { tag, anchor } = properties;
  const isAnchored = anchor !== null;
  const isPlain = kind === 'plain';
  return anchored(parser, properties, { kind: 'scalar', start, end, tag, isAnchored, text, isPlain, isWritten: true });
}

function newSequence(parser: Parser, properties: Properties, start: number): YamlSequence {
  const { tag, anchor } = properties;
  const isAnchored = anchor !== null;
  return anchored(parser, properties, { kind: 'sequence', start, tag, isAnchored, items: [], closedAt: -1 });
}

function newMap(parser: Parser, properties: Properties, start: number): YamlMap {
  const { tag, anchor } = properties;
  return anchored(parser, properties, {
    kind: 'map',
    start,
    tag,
    isAnchored: anchor !== null,
    pairs: [],
    closedAt: -1,
  });
}

function parseIndentless(parser: Parser, depth: number, properties: Properties, start: number): YamlSequence {
  const sequence = newSequence(parser, properties, start);
  while (peekToken(parser.scanner).kind === '-') {
    takeToken(parser.scanner);
    sequence.items.push(parseUnless(parser, depth, ['-', '?', ':', 'block-end'], true, false));
  }
  return sequence;
}

function parseBlockSequence(parser: Parser, depth: number, properties: Properties, start: number): YamlSequence {
  const { scanner } = parser;
  const sequence = newSequence(parser, properties, start);
  takeToken(scanner);
  for (let token = peekToken(scanner); token.kind !== 'block-end'; token = peekToken(scanner)) {
    if (token.kind !== '-') throw syntaxRefusal('A list goes on with something that is not an item', token.start);
    takeToken(scanner);
    sequence.items.push(parseUnless(parser, depth, ['-', 'block-end'], true, false));
  }
  takeToken(scanner);
  return sequence;
}

const ENDS_OF_A_KEY: readonly TokenKind[] = ['?', ':', 'block-end'];

function parseBlockMap(parser: Parser, depth: number, properties: Properties, start: number): YamlMap {
  const { scanner } = parser;
  const map = newMap(parser, properties, start);
  takeToken(scanner);
  for (let token = peekToken(scanner); token.kind !== 'block-end'; token = peekToken(scanner)) {
    if (token.kind !== '?') throw syntaxRefusal('A map goes on with something that is not a key', token.start);
    takeToken(scanner);
    const key = parseUnless(parser, depth, ENDS_OF_A_KEY, true, true);
    map.pairs.push({ key, value: parseValue(parser, depth, ENDS_OF_A_KEY, true) });
  }
  takeToken(scanner);
  return map;
}

function parseValue(parser: Parser, depth: number, ends: readonly TokenKind[], isBlock: boolean): YamlNode {
  const token = peekToken(parser.scanner);
  if (token.kind !== ':') return emptyNode(token.start);
  takeToken(parser.scanner);
  return parseUnless(parser, depth, ends, isBlock, isBlock);
}

/** The node that follows, or an empty one where a token shows that none does. */
function parseUnless(
  parser: Parser,
  depth: number,
  ends: readonly TokenKind[],
  isBlock: boolean,
  indentless: boolean,
): YamlNode {
  const token = peekToken(parser.scanner);
  if (ends.includes(token.kind)) return emptyNode(token.start);
  return parseNode(parser, depth + 1, isBlock, indentless);
}

/** Steps over the comma before every entry but the first; true at the collection's end. */
function isAtFlowEnd(scanner: Scanner, { start }: NodeBase, end: ']' | '}', isFirst: boolean): boolean {
  const token = peekToken(scanner);
  if (token.kind === 'end') throw syntaxRefusal(`The closing \`${end}\` is missing`, start);
  if (token.kind === end) return true;
  if (isFirst) return false;
  if (token.kind !== ',') throw syntaxRefusal(`A comma or \`${end}\` is missing`, token.start);
  takeToken(scanner);
  return peekToken(scanner).kind === end;
}

function parseFlowSequence(parser: Parser, depth: number, properties: Properties, start: number): YamlSequence {
  const { scanner } = parser;
  const sequence = newSequence(parser, properties, start);
  takeToken(scanner);
  while (!isAtFlowEnd(scanner, sequence, ']', sequence.items.length === 0)) {
    const token = peekToken(scanner);
    sequence.items.push(
      token.kind === '?' ? parsePair(parser, depth, token) : parseNode(parser, depth + 1, false, false),
    );
  }
  sequence.closedAt = peekToken(scanner).end;
  takeToken(scanner);
  return sequence;
}

const ENDS_OF_A_PAIR: readonly TokenKind[] = [',', ']'];

/** `[a: b]` holds a map of one pair. */
function parsePair(parser: Parser, depth: number, token: Token): YamlMap {
  const map = newMap(parser, { anchor: null, tag: null, start: token.start }, token.start);
  takeToken(parser.scanner);
  const next = peekToken(parser.scanner);
  const key = parseUnless(parser, depth + 1, [':', ...ENDS_OF_A_PAIR], false, false);
  // What stands in place of the key is taken for it, even the colon; so has it the Go library.
  if (next === peekToken(parser.scanner)) takeToken(parser.scanner);
  map.pairs.push({ key, value: parseValue(parser, depth + 1, ENDS_OF_A_PAIR, false) });
  return map;
}

function parseFlowMap(parser: Parser, depth: number, properties: Properties, start: number): YamlMap {
  const { scanner } = parser;
  const map = newMap(parser, properties, start);
  takeToken(scanner);
  while (!isAtFlowEnd(scanner, map, '}', map.pairs.length === 0)) {
    if (peekToken(scanner).kind === '?') {
      takeToken(scanner);
      const key = parseUnless(parser, depth, [':', ',', '}'], false, false);
      map.pairs.push({ key, value: parseValue(parser, depth, [',', '}'], false) });
    } else {
      const key = parseNode(parser, depth + 1, false, false);
      map.pairs.push({ key, value: emptyNode(peekToken(scanner).start) });
    }
  }
  map.closedAt = peekToken(scanner).end;
  takeToken(scanner);
  return map;
}
