import { isAlias, isMap, isScalar, isSeq, Scalar, type Alias, type YAMLMap, type YAMLSeq } from 'yaml';
import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import { newJsonMap, type JsonMap } from './json-map.js';
import type { JsonValue } from './manifest.js';
import { resolvePlainScalar, resolveTaggedScalar, type ScalarReading } from './yaml-scalar.js';
import { MAX_DEPTH } from './yaml-tree.js';

/** Something wrong with a document. `offset` counts UTF-16 units from the document's start. */
export interface YamlProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly offset: number;
}

/** The value of a tree, or why it has none. Duplicate keys are problems that leave a value: the last one written. */
export interface YamlValue {
  readonly value: JsonValue | undefined;
  readonly problems: readonly YamlProblem[];
}

/** Ends the conversion of a document that has no value. */
class Refusal extends Error {
  constructor(readonly problem: YamlProblem) {
    super(problem.message);
  }
}

/** What an anchor stands for; `value` is undefined while its node is still being read. */
interface Anchored {
  readonly isMap: boolean;
  value: JsonValue | undefined;
  nodes: number;
  depth: number;
}

interface Conversion {
  readonly anchors: Map<string, Anchored>;
  readonly problems: YamlProblem[];
  /** Nodes as they count after every alias is replaced by what it stands for, and how many of them aliases brought. */
  nodes: number;
  aliasedNodes: number;
  deepest: number;
}

/** Reads a tree by the rules of `sigs.k8s.io/yaml`'s `YAMLToJSON`. */
export function yamlValueOf(contents: unknown): YamlValue {
  const conversion: Conversion = { anchors: new Map(), problems: [], nodes: 0, aliasedNodes: 0, deepest: 0 };
  try {
    return { value: convert(contents, 0, conversion), problems: conversion.problems };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { value: undefined, problems: [...conversion.problems, error.problem] };
  }
}

function convert(node: unknown, depth: number, conversion: Conversion): JsonValue {
  if (isAlias(node)) return convertAlias(node, depth, conversion);
  const anchor = anchorOf(node);
  if (anchor === undefined) return convertPlainly(node, depth, conversion);
  const anchored: Anchored = { isMap: isMap(node), value: undefined, nodes: conversion.nodes, depth: 0 };
  conversion.anchors.set(anchor, anchored);
  const deepestBefore = conversion.deepest;
  conversion.deepest = depth;
  anchored.value = convertPlainly(node, depth, conversion);
  anchored.nodes = conversion.nodes - anchored.nodes;
  anchored.depth = conversion.deepest - depth;
  conversion.deepest = Math.max(deepestBefore, conversion.deepest);
  return anchored.value;
}

function convertPlainly(node: unknown, depth: number, conversion: Conversion): JsonValue {
  conversion.nodes += 1;
  if (depth > conversion.deepest) conversion.deepest = depth;
  if (isMap(node)) return convertMap(node, depth, conversion);
  if (isSeq(node)) return convertSequence(node, depth, conversion);
  return isScalar(node) ? valueOfScalar(node) : null;
}

function convertSequence(node: YAMLSeq, depth: number, conversion: Conversion): JsonValue {
  return node.items.map((item) => convert(item, depth + 1, conversion));
}

function convertMap(node: YAMLMap, depth: number, conversion: Conversion): JsonMap {
  const map = newJsonMap();
  const merged = new Set<string>();
  for (const pair of node.items) {
    if (isMergeKey(pair.key)) {
      merge(pair.value, map, merged, depth, conversion);
      continue;
    }
    const key = keyOf(pair.key, depth, conversion);
    if (key in map && !merged.has(key)) {
      conversion.problems.push({
        code: 'duplicate-key',
        message: `The key \`${key}\` is written twice in one map; the last value counts`,
        offset: offsetOf(pair.key),
      });
    }
    merged.delete(key);
    map[key] = convert(pair.value, depth + 1, conversion);
  }
  return map;
}

/** Merges write over what stands before them, as the Go library has it; of several maps the first counts. */
function merge(source: unknown, map: JsonMap, merged: Set<string>, depth: number, conversion: Conversion): void {
  const sources = isSeq(source) ? [...source.items].reverse() : [source];
  for (const item of sources) {
    if (!isMap(item) && !(isAlias(item) && conversion.anchors.get(item.source)?.isMap !== false)) {
      throw refusal('yaml-syntax', 'A merge key `<<` needs a map or a list of maps', item ?? source);
    }
    const value = convert(item, depth, conversion) as JsonMap;
    for (const key of Object.keys(value)) {
      if (!(key in map)) merged.add(key);
      map[key] = value[key] as JsonValue;
    }
  }
}

function keyOf(key: unknown, depth: number, conversion: Conversion): string {
  const value = convert(key, depth + 1, conversion);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return textOfNumberKey(value);
  const what = value === null ? 'empty' : 'a map or a list';
  throw refusal('yaml-syntax', `A key is ${what}; a Kubernetes object has text for keys`, key);
}

/** Integers in full, other numbers with the precision of 32 bits, as the Go library writes them. */
function textOfNumberKey(value: number): string {
  if (Number.isInteger(value)) return String(value);
  for (let precision = 1; precision < 10; precision += 1) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === Math.fround(value)) return text;
  }
  return String(value);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined;
}

function valueOfScalar(node: Scalar): JsonValue {
  const reading = readScalar(node, typeof node.value === 'string' ? node.value : '');
  if ('invalid' in reading) throw refusal('yaml-syntax', `A value cannot be read: ${reading.invalid}`, node);
  return reading.value;
}

function readScalar(node: Scalar, text: string): ScalarReading {
  if (node.tag === '!') return resolvePlainScalar(text);
  if (node.tag !== undefined) return resolveTaggedScalar(node.tag, text);
  return node.type === Scalar.PLAIN ? resolvePlainScalar(text) : { value: text };
}

function convertAlias(node: Alias, depth: number, conversion: Conversion): JsonValue {
  const anchored = conversion.anchors.get(node.source);
  if (anchored === undefined) {
    throw refusal('unknown-alias', `The alias \`*${node.source}\` names an anchor that is not defined before it`, node);
  }
  if (anchored.value === undefined) {
    throw refusal('unknown-alias', `The alias \`*${node.source}\` stands inside the value that it names`, node);
  }
  conversion.nodes += anchored.nodes + 1;
  conversion.aliasedNodes += anchored.nodes;
  conversion.deepest = Math.max(conversion.deepest, depth + anchored.depth);
  if (isExcessive(conversion)) {
    throw refusal('alias-bomb', 'The aliases of this document expand to far more than is written', node);
  }
  if (conversion.deepest > MAX_DEPTH) {
    throw refusal('nesting-too-deep', `Aliases nest this document deeper than ${MAX_DEPTH} levels`, node);
  }
  return anchored.value;
}

/** Go's YAML library (`allowedAliasRatio`): small documents may be almost all aliases, large ones hardly. */
function isExcessive({ nodes, aliasedNodes }: Conversion): boolean {
  const share = Math.min(Math.max((nodes - 400_000) / 3_600_000, 0), 1);
  return aliasedNodes > 100 && nodes > 1000 && aliasedNodes / nodes > 0.99 - 0.89 * share;
}

function anchorOf(node: unknown): string | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
}

function refusal(code: DiagnosticCode, message: string, node: unknown): Refusal {
  return new Refusal({ code, message, offset: offsetOf(node) });
}

/** Where a node of a parsed tree starts. */
export function offsetOf(node: unknown): number {
  if (isMap(node) || isSeq(node) || isScalar(node) || isAlias(node)) return node.range?.[0] ?? 0;
  return 0;
}
