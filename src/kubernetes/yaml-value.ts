import { newJsonMap, type JsonMap } from './json-map.js';
import type { JsonValue } from './manifest.js';
import { depthRefusal, MAX_DEPTH, syntaxRefusal, YamlRefusal, type YamlProblem } from './yaml-problem.js';
import { jsonValueOf, keyTextOf, resolvePlainScalar, resolveTaggedScalar, type ScalarReading } from './yaml-scalar.js';
import { YAML_TAG } from './yaml-scan-tag.js';
import type { YamlAlias, YamlMap, YamlNode, YamlScalar, YamlSequence } from './yaml-node.js';

/** The value of a tree. Duplicate keys are problems that leave a value: the last one written. */
export interface YamlValue {
  readonly value: JsonValue;
  readonly problems: readonly YamlProblem[];
}

/** What an anchored node has turned into; `value` is undefined while it is still being read. */
interface Anchored {
  value: JsonValue | undefined;
  nodes: number;
  depth: number;
}

interface Conversion {
  readonly anchored: Map<YamlNode, Anchored>;
  readonly problems: YamlProblem[];
  /** Nodes as they count after every alias is replaced by what it stands for, and how many of them aliases brought. */
  nodes: number;
  aliasedNodes: number;
  deepest: number;
}

/** Reads a tree by the rules of `sigs.k8s.io/yaml`'s `YAMLToJSON`. Throws a YamlRefusal where that gives an error. */
export function yamlValueOf(root: YamlNode): YamlValue {
  const conversion: Conversion = { anchored: new Map(), problems: [], nodes: 0, aliasedNodes: 0, deepest: 0 };
  return { value: convert(root, 0, conversion), problems: conversion.problems };
}

function convert(node: YamlNode, depth: number, conversion: Conversion): JsonValue {
  if (node.kind === 'alias') return convertAlias(node, depth, conversion);
  if (!node.isAnchored) return convertPlainly(node, depth, conversion);
  const anchored: Anchored = { value: undefined, nodes: 0, depth: 0 };
  conversion.anchored.set(node, anchored);
  const { nodes, deepest } = conversion;
  conversion.deepest = depth;
  anchored.value = convertPlainly(node, depth, conversion);
  anchored.nodes = conversion.nodes - nodes;
  anchored.depth = conversion.deepest - depth;
  conversion.deepest = Math.max(deepest, conversion.deepest);
  return anchored.value;
}

function convertPlainly(node: Exclude<YamlNode, YamlAlias>, depth: number, conversion: Conversion): JsonValue {
  conversion.nodes += 1;
  if (depth > conversion.deepest) conversion.deepest = depth;
  if (node.kind === 'map') return convertMap(node, depth, conversion);
  return node.kind === 'sequence' ? convertSequence(node, depth, conversion) : valueOfScalar(node);
}

function convertSequence(node: YamlSequence, depth: number, conversion: Conversion): JsonValue {
  return node.items.map((item) => convert(item, depth + 1, conversion));
}

function convertMap(node: YamlMap, depth: number, conversion: Conversion): JsonMap {
  const map = newJsonMap();
  let merged: Set<string> | undefined;
  for (const { key: keyNode, value } of node.pairs) {
    if (isMergeKey(keyNode)) {
      merged ??= new Set();
      merge(value, map, merged, depth, conversion);
      continue;
    }
    const key = keyOf(keyNode, depth, conversion);
    if (key in map && merged?.has(key) !== true) {
      const message = `The key \`${key}\` is written twice in one map; the last value counts`;
      conversion.problems.push({ code: 'duplicate-key', message, offset: keyNode.start });
    }
    merged?.delete(key);
    map[key] = convert(value, depth + 1, conversion);
  }
  return map;
}

/** Merges write over what stands before them, as the Go library has it; of several maps the first counts. */
function merge(source: YamlNode, map: JsonMap, merged: Set<string>, depth: number, conversion: Conversion): void {
  const sources = source.kind === 'sequence' ? [...source.items].reverse() : [source];
  for (const item of sources) {
    const target = item.kind === 'alias' ? item.target : item;
    if (target.kind !== 'map') throw syntaxRefusal('A merge key `<<` needs a map or a list of maps', item.start);
    const value = convert(item, depth, conversion) as JsonMap;
    for (const key of Object.keys(value)) {
      if (!(key in map)) merged.add(key);
      map[key] = value[key] as JsonValue;
    }
  }
}

function isMergeKey(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.text !== '<<') return false;
  return key.tag === null ? key.isPlain : key.tag === '!' || key.tag === `${YAML_TAG}merge`;
}

function keyOf(node: YamlNode, depth: number, conversion: Conversion): string {
  const target = node.kind === 'alias' ? node.target : node;
  if (target.kind !== 'scalar') throw syntaxRefusal('A key is a map or a list; it must be text', node.start);
  conversion.nodes += 1;
  if (depth >= conversion.deepest) conversion.deepest = depth + 1;
  const reading = keyTextOf(readScalar(target), target.text);
  if ('invalid' in reading) throw syntaxRefusal(`A key cannot be read: ${reading.invalid}`, node.start);
  return reading.text;
}

function valueOfScalar(node: YamlScalar): JsonValue {
  const reading = jsonValueOf(readScalar(node), node.text);
  if ('invalid' in reading) throw syntaxRefusal(`A value cannot be read: ${reading.invalid}`, node.start);
  return reading.value;
}

/** What a scalar node is, by its tag or by its text. */
export function readScalar({ tag, text, isPlain }: YamlScalar): ScalarReading {
  if (tag !== null) return resolveTaggedScalar(tag, text);
  return isPlain ? resolvePlainScalar(text) : text;
}

function convertAlias({ name, start, target }: YamlAlias, depth: number, conversion: Conversion): JsonValue {
  conversion.nodes += 1;
  if (target.kind === 'scalar') return convertPlainly(target, depth, conversion);
  const anchored = conversion.anchored.get(target);
  if (anchored?.value === undefined) {
    const message = `The alias \`*${name}\` stands inside the value that it names`;
    throw new YamlRefusal({ code: 'unknown-alias', message, offset: start });
  }
  conversion.nodes += anchored.nodes;
  conversion.aliasedNodes += anchored.nodes;
  conversion.deepest = Math.max(conversion.deepest, depth + anchored.depth);
  if (isExcessive(conversion)) {
    const message = 'The aliases of this document expand to far more than is written';
    throw new YamlRefusal({ code: 'alias-bomb', message, offset: start });
  }
  if (conversion.deepest > MAX_DEPTH) throw depthRefusal(start);
  return anchored.value;
}

/** Go's YAML library (`allowedAliasRatio`): small documents may be almost all aliases, large ones hardly. */
function isExcessive({ nodes, aliasedNodes }: Conversion): boolean {
  const share = Math.min(Math.max((nodes - 400_000) / 3_600_000, 0), 1);
  return aliasedNodes > 100 && nodes > 1000 && aliasedNodes / nodes > 0.99 - 0.89 * share;
}
