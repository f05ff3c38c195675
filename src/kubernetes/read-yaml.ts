import { newJsonMap } from './json-map.js';
import { isObject } from './json.js';
import type { JsonValue } from './manifest.js';
import { depthRefusal, MAX_DEPTH, syntaxRefusal, YamlRefusal, type YamlProblem } from './yaml-problem.js';
import { readPlainBlocks } from './yaml-plain-blocks.js';
import { parseYamlTree } from './yaml-tree.js';
import { yamlValueOf } from './yaml-value.js';

/** What one document says. `value` is undefined where the document was refused; the last problem then says why. */
export interface YamlReading {
  readonly value: JsonValue | undefined;
  /** Where the value starts, in UTF-16 units. */
  readonly start: number;
  readonly problems: readonly YamlProblem[];
}

const FORBIDDEN_CHARACTER = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/;
const NO_PROBLEMS: readonly YamlProblem[] = [];
const LOOKS_LIKE_JSON = /^\s*\{/;

/**
 * Reads one document as kubectl does: as JSON where it is JSON, else as `sigs.k8s.io/yaml` reads it.
 * A text of comments alone reads as null, as it does there.
 */
export function readManifestDocument(text: string): YamlReading {
  const plain = readPlainBlocks(text);
  if (plain) return { ...plain, problems: NO_PROBLEMS };
  const isJson = LOOKS_LIKE_JSON.test(text);
  const reading = readYaml(text, isJson);
  if (!isJson || reading.problems.at(-1)?.code === 'nesting-too-deep') return reading;
  const value = parseJson(text);
  if (value === undefined) return reading;
  const start = text.indexOf('{');
  return { value, start, problems: reading.value === undefined ? [] : reading.problems };
}

/** Reads one document as `YAMLToJSON` of `sigs.k8s.io/yaml`. `json` admits the escapes that only JSON has. */
export function readYaml(text: string, json = false): YamlReading {
  try {
    const forbidden = text.search(FORBIDDEN_CHARACTER);
    if (forbidden !== -1) throw syntaxRefusal('A control character stands in the text', forbidden);
    const { root, ignoredFrom } = parseYamlTree(text, json);
    if (root === null) return { value: null, start: 0, problems: [] };
    const { value, problems } = yamlValueOf(root);
    return { value, start: root.start, problems: [...problems, ...ignoredText(ignoredFrom)] };
  } catch (error) {
    if (!(error instanceof YamlRefusal)) throw error;
    return { value: undefined, start: 0, problems: [error.problem] };
  }
}

/** The Go library stops at the end of the first document, so what follows never reaches a cluster. */
function ignoredText(offset: number): readonly YamlProblem[] {
  const message = 'kubectl does not read this text: the document has ended before it';
  return offset === -1 ? [] : [{ code: 'ignored-after-document-end', message, offset }];
}

/** Undefined for text that is not JSON. The YAML reader has seen to the depth of what it could parse. */
function parseJson(text: string): JsonValue | undefined {
  try {
    return withOwnKeys(JSON.parse(text) as JsonValue, 0);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof YamlRefusal) return undefined;
    throw error;
  }
}

function withOwnKeys(value: JsonValue, depth: number): JsonValue {
  if (depth > MAX_DEPTH) throw depthRefusal(0);
  if (Array.isArray(value)) return value.map((item: JsonValue) => withOwnKeys(item, depth + 1));
  if (!isObject(value)) return value;
  const map = newJsonMap();
  for (const [key, item] of Object.entries(value)) map[key] = withOwnKeys(item ?? null, depth + 1);
  return map;
}
