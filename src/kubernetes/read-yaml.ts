import type { JsonValue } from './manifest.js';
import { offsetOf, yamlValueOf, type YamlProblem } from './yaml-value.js';
import { parseYamlTrees, MAX_DEPTH, type YamlTree } from './yaml-tree.js';

/** What one document says. `value` is undefined where the document was refused; the last problem then says why. */
export interface YamlReading {
  readonly value: JsonValue | undefined;
  /** Where the value starts, in UTF-16 units. */
  readonly start: number;
  readonly problems: readonly YamlProblem[];
}

const FORBIDDEN_CHARACTER = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]/;

/** Reads one document as `sigs.k8s.io/yaml` would. A text of comments alone reads as null, as it does there. */
export function readYaml(text: string): YamlReading {
  const forbidden = text.search(FORBIDDEN_CHARACTER);
  if (forbidden !== -1) return refused('A control character stands in the text', forbidden);
  try {
    return readTrees(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The parser is somebody else's: what it throws on hostile text is one more way to say that the text is not YAML.
    return refused(`The YAML parser gave up (${error.message})`, 0);
  }
}

function readTrees(text: string): YamlReading {
  const reading = parseYamlTrees(text);
  if ('tooDeepAt' in reading) {
    const message = `The document is nested deeper than ${MAX_DEPTH} levels`;
    return { value: undefined, start: 0, problems: [{ code: 'nesting-too-deep', message, offset: reading.tooDeepAt }] };
  }
  const [tree, ...rest] = reading.documents;
  if (tree === undefined) return { value: null, start: 0, problems: [] };
  const error = tree.errors[0];
  if (error !== undefined) return refused(error.message, error.pos[0]);
  const { value, problems } = yamlValueOf(tree.contents);
  return { value, start: offsetOf(tree.contents), problems: [...problems, ...ignoredDocuments(rest)] };
}

/** The Go library stops at the end of the first document, so what follows `...` never reaches a cluster. */
function ignoredDocuments(trees: readonly YamlTree[]): readonly YamlProblem[] {
  const [first] = trees;
  if (first === undefined) return [];
  const message = 'kubectl does not read what follows the line `...`';
  return [{ code: 'ignored-after-document-end', message, offset: first.range[0] }];
}

function refused(message: string, offset: number): YamlReading {
  return { value: undefined, start: 0, problems: [{ code: 'yaml-syntax', message, offset }] };
}
