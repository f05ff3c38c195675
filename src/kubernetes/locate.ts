import type { Origin } from '../diagnostic/diagnostic.js';
import type { YamlNode, YamlPair } from './yaml-node.js';
import { YamlRefusal } from './yaml-problem.js';
import { keyTextOf } from './yaml-scalar.js';
import { parseYamlTree } from './yaml-tree.js';
import { readScalar } from './yaml-value.js';

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
  let root: YamlNode | null | undefined;
  function lineAt(offset: number): number {
    lineStarts ??= findLineStarts(text);
    return firstLine + lastAtMost(lineStarts, offset);
  }
  function lineOf(path: Path): number {
    if (root === undefined) root = rootOf(text);
    return root === null ? lineAt(text.search(/\S/)) : lineAt(offsetAt(root, path));
  }
  return { lineAt, lineOf };
}

/** Origins in the object that stands at `base` in a document. */
export function locateIn(locator: Locator, filePath: string, base: Path): (path: Path) => Origin {
  return (path) => ({ path: filePath, line: locator.lineOf(base.length === 0 ? path : [...base, ...path]) });
}

/** JSON may hold what YAML refuses; then only the document's start can be told. */
function rootOf(text: string): YamlNode | null {
  try {
    return parseYamlTree(text, true).root;
  } catch (error) {
    if (error instanceof YamlRefusal) return null;
    throw error;
  }
}

function offsetAt(root: YamlNode, path: Path): number {
  let node = root;
  let offset = root.start;
  for (const step of path) {
    const next = childOf(node, step);
    if (next === undefined) return offset;
    offset = offsetOf(next);
    node = next.node;
  }
  return offset;
}

/** What a map or list holds at a key or index, as it is written: not what a merge brings. */
export function childOf(
  node: YamlNode,
  step: string | number,
): { readonly node: YamlNode; readonly pair: YamlPair | null } | undefined {
  if (node.kind === 'sequence') {
    const item = node.items[Number(step)];
    return item && { node: item, pair: null };
  }
  if (node.kind !== 'map') return undefined;
  const pair = node.pairs.findLast(({ key }) => isKey(key, String(step)));
  return pair && { node: pair.value, pair };
}

/** A key without a value is located by the key: the empty value stands nowhere. */
function offsetOf({ node, pair }: { readonly node: YamlNode; readonly pair: YamlPair | null }): number {
  const isWritten = node.kind !== 'scalar' || node.isWritten;
  return isWritten || pair === null ? node.start : pair.key.start;
}

/** Keys may be written as numbers or booleans: they are compared as the text they become. */
function isKey(node: YamlNode, name: string): boolean {
  if (node.kind !== 'scalar') return false;
  if (node.text === name && !node.isPlain) return true;
  const reading = keyTextOf(readScalar(node), node.text);
  return 'text' in reading && reading.text === name;
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
