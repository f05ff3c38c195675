import { isMap, isScalar, isSeq } from 'yaml';
import type { Origin } from '../diagnostic/diagnostic.js';
import { resolvePlainScalar } from './yaml-scalar.js';
import { parseYamlTrees } from './yaml-tree.js';
import { offsetOf } from './yaml-value.js';

export type Path = readonly (string | number)[];

/** Tells lines of one document. Nothing is parsed before the first question, and only once. */
export interface Locator {
  /** The line of the place `offset` UTF-16 units into the document. */
  readonly lineAt: (offset: number) => number;
  /** The line of the value at `path`, or of its nearest ancestor that is written in the file. */
  readonly lineOf: (path: Path) => number;
}

/** `firstLine` is the line of the file on which the document starts. */
export function createLocator(text: string, firstLine: number): Locator {
  let lineStarts: readonly number[] | undefined;
  let root: { readonly contents: unknown } | undefined;
  function lineAt(offset: number): number {
    lineStarts ??= findLineStarts(text);
    return firstLine + lastAtMost(lineStarts, offset);
  }
  function lineOf(path: Path): number {
    root ??= { contents: contentsOf(text) };
    return lineAt(offsetAt(root.contents, path));
  }
  return { lineAt, lineOf };
}

/** Origins in the object that stands at `base` in a document. */
export function locateIn(locator: Locator, filePath: string, base: Path): (path: Path) => Origin {
  return (path) => ({ path: filePath, line: locator.lineOf(base.length === 0 ? path : [...base, ...path]) });
}

function contentsOf(text: string): unknown {
  const reading = parseYamlTrees(text);
  return 'documents' in reading ? reading.documents[0]?.contents : null;
}

function offsetAt(contents: unknown, path: Path): number {
  let node = contents;
  let offset = offsetOf(node);
  for (const step of path) {
    const pair = isMap(node) ? node.items.findLast((item) => isKey(item.key, String(step))) : undefined;
    const next = pair !== undefined ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    if (pair === undefined && next === undefined) return offset;
    // A key without a value is located by the key: the empty value stands nowhere.
    offset = isWritten(next) ? offsetOf(next) : offsetOf(pair?.key ?? next);
    node = next;
  }
  return offset;
}

function isWritten(node: unknown): boolean {
  return node !== null && node !== undefined && !(isScalar(node) && node.source === '' && node.type === 'PLAIN');
}

/** Keys may be written as numbers or booleans: they are compared as the text they become. */
function isKey(node: unknown, name: string): boolean {
  if (!isScalar(node)) return false;
  if (node.value === name) return true;
  if (node.type !== 'PLAIN' || typeof node.value !== 'string') return false;
  const reading = resolvePlainScalar(node.value);
  return 'value' in reading && typeof reading.value !== 'object' && String(reading.value) === name;
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last number that is not greater than `value`. */
function lastAtMost(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
