import {
  HASH,
  isAtDocumentMarker,
  isBlankOrEnd,
  isWord,
  skipLine,
  SPACE,
  TAB,
  takeBreak,
  unitAt,
} from './yaml-cursor.js';
import { syntaxRefusal } from './yaml-problem.js';
import { scanBlock } from './yaml-scan-block.js';
import { scanPlain, scanQuoted } from './yaml-scan-scalar.js';
import { scanTag } from './yaml-scan-tag.js';
import {
  checkDepth,
  closeBlocks,
  columnOf,
  dropCandidate,
  innermost,
  isInFlow,
  isStillPossible,
  noCandidate,
  noteCandidate,
  openBlock,
  push,
  type Scanner,
  type Token,
  type TokenKind,
} from './yaml-scanner-state.js';

/** The next token, left in place. No more of the text is read than it takes to be sure of this token. */
export function peekToken(scanner: Scanner): Token {
  while (scanner.settled === null) {
    const token = scanner.queue[scanner.head];
    if (token !== undefined && !mayBecomeKey(scanner)) scanner.settled = token;
    else scanToken(scanner);
  }
  return scanner.settled;
}

/** Takes the token that was peeked at. */
export function takeToken(scanner: Scanner): void {
  scanner.settled = null;
  scanner.candidateByToken.delete(scanner.taken);
  scanner.head += 1;
  scanner.taken += 1;
  if (scanner.head < scanner.queue.length) return;
  scanner.queue.length = 0;
  scanner.head = 0;
}

/** True while the first token may yet need a key's mark before it. */
function mayBecomeKey(scanner: Scanner): boolean {
  const candidate = scanner.candidateByToken.get(scanner.taken);
  return candidate?.tokenNumber === scanner.taken && isStillPossible(scanner, candidate);
}

function scanToken(scanner: Scanner): void {
  skipToToken(scanner);
  closeBlocks(scanner, columnOf(scanner));
  const unit = unitAt(scanner, scanner.at);
  if (unit === -1) return scanEnd(scanner);
  const character = scanner.text.charAt(scanner.at);
  if (columnOf(scanner) === 0) {
    if (character === '%') throw syntaxRefusal('A Kubernetes manifest takes no YAML directive', scanner.at);
    if (isAtDocumentMarker(scanner)) return scanDocumentMarker(scanner, character);
  }
  switch (character) {
    case '[':
    case '{':
      return scanFlowStart(scanner, character);
    case ']':
    case '}':
      return scanFlowEnd(scanner, character);
    case ',':
      dropCandidate(innermost(scanner));
      scanner.mayStartKey = true;
      return scanIndicator(scanner, ',');
    case '*':
    case '&':
      return scanAnchor(scanner, character === '*' ? 'alias' : 'anchor');
    case '!':
      noteCandidate(scanner);
      scanner.mayStartKey = false;
      return push(scanner, 'tag', scanner.at, scanTag(scanner));
    case "'":
    case '"':
      return scanQuotedToken(scanner);
    default:
      return scanOther(scanner, character);
  }
}

/** Indicators which only count before a blank, and what remains: plain and block scalars. */
function scanOther(scanner: Scanner, character: string): void {
  const beforeBlank = isBlankOrEnd(unitAt(scanner, scanner.at + 1));
  const inFlow = isInFlow(scanner);
  if (character === '-' && beforeBlank) return scanEntry(scanner);
  if (character === '?' && (inFlow || beforeBlank)) return scanKey(scanner);
  if (character === ':' && (inFlow || beforeBlank)) return scanValue(scanner);
  if ((character === '|' || character === '>') && !inFlow) return scanBlockToken(scanner);
  if ('\t#|>%@`'.includes(character)) {
    const shown = character === '\t' ? 'A tab' : `The character \`${character}\``;
    throw syntaxRefusal(`${shown} cannot start a value`, scanner.at);
  }
  scanPlainToken(scanner);
}

/** Steps over blanks, comments and line breaks. Tabs are none where a block's indentation could be meant. */
function skipToToken(scanner: Scanner): void {
  for (;;) {
    let unit = unitAt(scanner, scanner.at);
    const tabs = isInFlow(scanner) || !scanner.mayStartKey;
    while (unit === SPACE || (unit === TAB && tabs)) {
      scanner.at += 1;
      unit = unitAt(scanner, scanner.at);
    }
    if (unit === HASH) skipLine(scanner);
    if (takeBreak(scanner) === '') return;
    if (!isInFlow(scanner)) scanner.mayStartKey = true;
  }
}

function scanEnd(scanner: Scanner): void {
  // The end breaks the line, so that no key is looked for beyond it.
  if (columnOf(scanner) !== 0) {
    scanner.line += 1;
    scanner.lineStart = scanner.at;
  }
  closeBlocks(scanner, -1);
  dropCandidate(innermost(scanner));
  scanner.mayStartKey = false;
  push(scanner, 'end', scanner.at);
}

function scanDocumentMarker(scanner: Scanner, character: string): void {
  closeBlocks(scanner, -1);
  dropCandidate(innermost(scanner));
  scanner.mayStartKey = false;
  push(scanner, character === '-' ? 'document-start' : 'document-end', scanner.at);
  scanner.at += 3;
}

function scanFlowStart(scanner: Scanner, kind: '[' | '{'): void {
  noteCandidate(scanner);
  scanner.candidates.push(noCandidate());
  checkDepth(scanner);
  scanner.mayStartKey = true;
  scanIndicator(scanner, kind);
}

function scanFlowEnd(scanner: Scanner, kind: ']' | '}'): void {
  dropCandidate(innermost(scanner));
  if (isInFlow(scanner)) scanner.candidates.pop();
  scanner.mayStartKey = false;
  scanIndicator(scanner, kind);
}

function scanIndicator(scanner: Scanner, kind: TokenKind): void {
  scanner.at += 1;
  push(scanner, kind, scanner.at - 1);
}

function scanEntry(scanner: Scanner): void {
  if (!isInFlow(scanner)) {
    if (!scanner.mayStartKey) throw syntaxRefusal('A list cannot start here; put it on a line of its own', scanner.at);
    openBlock(scanner, columnOf(scanner), 'sequence-start', scanner.queue.length);
  }
  dropCandidate(innermost(scanner));
  scanner.mayStartKey = true;
  scanIndicator(scanner, '-');
}

function scanKey(scanner: Scanner): void {
  if (!isInFlow(scanner)) {
    if (!scanner.mayStartKey) throw syntaxRefusal('A map cannot start here', scanner.at);
    openBlock(scanner, columnOf(scanner), 'map-start', scanner.queue.length);
  }
  dropCandidate(innermost(scanner));
  scanner.mayStartKey = !isInFlow(scanner);
  scanIndicator(scanner, '?');
}

/** A colon makes a key of the candidate before it, after the fact. */
function scanValue(scanner: Scanner): void {
  const candidate = innermost(scanner);
  if (isStillPossible(scanner, candidate)) {
    const queueAt = scanner.head + candidate.tokenNumber - scanner.taken;
    scanner.queue.splice(queueAt, 0, { kind: '?', start: candidate.at, end: candidate.at, text: '' });
    openBlock(scanner, candidate.column, 'map-start', queueAt);
    candidate.isPossible = false;
    scanner.mayStartKey = false;
  } else {
    if (!isInFlow(scanner)) {
      if (!scanner.mayStartKey) {
        throw syntaxRefusal('A second `key: value` cannot start here; quote text that holds a colon', scanner.at);
      }
      openBlock(scanner, columnOf(scanner), 'map-start', scanner.queue.length);
    }
    scanner.mayStartKey = !isInFlow(scanner);
  }
  scanIndicator(scanner, ':');
}

function scanAnchor(scanner: Scanner, kind: 'alias' | 'anchor'): void {
  noteCandidate(scanner);
  scanner.mayStartKey = false;
  const start = scanner.at;
  scanner.at += 1;
  while (isWord(unitAt(scanner, scanner.at))) scanner.at += 1;
  const name = scanner.text.slice(start + 1, scanner.at);
  const next = unitAt(scanner, scanner.at);
  if (name === '' || !(isBlankOrEnd(next) || '?:,]}%@`'.includes(String.fromCharCode(next)))) {
    throw syntaxRefusal(`The name of an ${kind} may hold only letters, digits, \`_\` and \`-\``, start);
  }
  push(scanner, kind, start, name);
}

function scanQuotedToken(scanner: Scanner): void {
  noteCandidate(scanner);
  scanner.mayStartKey = false;
  const start = scanner.at;
  push(scanner, 'text', start, scanQuoted(scanner, scanner.json));
}

function scanPlainToken(scanner: Scanner): void {
  noteCandidate(scanner);
  scanner.mayStartKey = false;
  const start = scanner.at;
  const { text, end, passedBreak } = scanPlain(scanner, scanner.indent, isInFlow(scanner));
  push(scanner, 'plain', start, text, end);
  if (passedBreak) scanner.mayStartKey = true;
}

function scanBlockToken(scanner: Scanner): void {
  dropCandidate(innermost(scanner));
  scanner.mayStartKey = true;
  const start = scanner.at;
  push(scanner, 'text', start, scanBlock(scanner, scanner.indent));
}
