import type { Cursor } from './yaml-cursor.js';
import { depthRefusal, MAX_DEPTH, syntaxRefusal } from './yaml-problem.js';

export type TokenKind =
  | 'document-start'
  | 'document-end'
  | 'end'
  | 'map-start'
  | 'sequence-start'
  | 'block-end'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | '-'
  | '?'
  | ':'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'plain'
  | 'text';

/** One token. `text` is the content of a scalar, the name of an anchor or alias, or the tag. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A token that turns into a key if a colon follows it in time. */
export interface KeyCandidate {
  /** Cleared once the token is known to be no key. */
  isPossible: boolean;
  /** In block context at the column of the map: nothing else than a key can stand there. */
  isRequired: boolean;
  /** Counted from the first token of the document. */
  tokenNumber: number;
  at: number;
  line: number;
  column: number;
}

export interface Scanner extends Cursor {
  /** Whether escapes are admitted that JSON has and YAML 1.1 has not. */
  readonly json: boolean;
  /** Tokens that are scanned but not taken; those before `head` are done with. */
  readonly queue: Token[];
  head: number;
  taken: number;
  /** The token at the head, once it is certain that no other goes before it. */
  settled: Token | null;
  /** The column of the innermost block collection, -1 outside; the stack holds those around it. */
  indent: number;
  readonly indents: number[];
  /** One for the block context and one for each flow collection that is open. */
  readonly candidates: KeyCandidate[];
  /** The same candidates by the number of their token. */
  readonly candidateByToken: Map<number, KeyCandidate>;
  mayStartKey: boolean;
}

/** How far from its start, in UTF-16 units, a key may be recognised by its colon. */
const KEY_REACH = 1024;

export function newScanner(text: string, json: boolean): Scanner {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  return {
    text,
    json,
    at: start,
    line: 0,
    lineStart: start,
    queue: [],
    head: 0,
    taken: 0,
    settled: null,
    indent: -1,
    indents: [],
    candidates: [noCandidate()],
    candidateByToken: new Map(),
    mayStartKey: true,
  };
}

export function noCandidate(): KeyCandidate {
  return { isPossible: false, isRequired: false, tokenNumber: -1, at: 0, line: 0, column: 0 };
}

export function isStillPossible(scanner: Scanner, candidate: KeyCandidate): boolean {
  if (!candidate.isPossible) return false;
  if (candidate.line === scanner.line && scanner.at - candidate.at <= KEY_REACH) return true;
  dropCandidate(candidate);
  return false;
}

export function dropCandidate(candidate: KeyCandidate): void {
  if (candidate.isPossible && candidate.isRequired) {
    throw syntaxRefusal('A key needs a colon after it, on the same line', candidate.at);
  }
  candidate.isPossible = false;
}

export function innermost(scanner: Scanner): KeyCandidate {
  return scanner.candidates[scanner.candidates.length - 1] as KeyCandidate;
}

export function isInFlow(scanner: Scanner): boolean {
  return scanner.candidates.length > 1;
}

export function columnOf(scanner: Scanner): number {
  return scanner.at - scanner.lineStart;
}

/** Without an end of its own a token ends where the scanner is. */
export function push(scanner: Scanner, kind: TokenKind, start: number, text = '', end = scanner.at): void {
  scanner.queue.push({ kind, start, end, text });
}

/** Notes that the token about to be scanned may be a key. */
export function noteCandidate(scanner: Scanner): void {
  if (!scanner.mayStartKey) return;
  const candidate = innermost(scanner);
  dropCandidate(candidate);
  candidate.isPossible = true;
  candidate.isRequired = !isInFlow(scanner) && scanner.indent === columnOf(scanner);
  candidate.tokenNumber = scanner.taken + scanner.queue.length - scanner.head;
  scanner.candidateByToken.set(candidate.tokenNumber, candidate);
  candidate.at = scanner.at;
  candidate.line = scanner.line;
  candidate.column = columnOf(scanner);
}

/** Opens a block collection where the text is indented more than before. */
export function openBlock(
  scanner: Scanner,
  column: number,
  kind: 'map-start' | 'sequence-start',
  queueAt: number,
): void {
  if (isInFlow(scanner) || scanner.indent >= column) return;
  scanner.indents.push(scanner.indent);
  scanner.indent = column;
  checkDepth(scanner);
  const start = scanner.queue[queueAt]?.start ?? scanner.at;
  scanner.queue.splice(queueAt, 0, { kind, start, end: start, text: '' });
}

export function closeBlocks(scanner: Scanner, column: number): void {
  if (isInFlow(scanner)) return;
  while (scanner.indent > column) {
    push(scanner, 'block-end', scanner.at);
    scanner.indent = scanner.indents.pop() ?? -1;
  }
}

export function checkDepth(scanner: Scanner): void {
  if (scanner.indents.length + scanner.candidates.length > MAX_DEPTH) throw depthRefusal(scanner.at);
}
