import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type ErrorCode,
  type Node,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { closestName } from '../kubernetes/closest-name.js';
import type { ObjectSchema, SettingSchema } from './setting-schema.js';
import { fitsFormat, TEXT_FORMATS, type TextFormat } from './text-formats.js';

export type SettingValue = string | boolean | readonly SettingValue[] | SettingsObject;
export interface SettingsObject {
  readonly [key: string]: SettingValue | undefined;
}

interface Read {
  /** What holds of the file; settings that are wrong are left out. */
  readonly settings: SettingsObject;
  /** In the order of the lines. */
  readonly problems: readonly Diagnostic[];
}

/** No configuration is longer; a longer file is something else, or an attack. In UTF-16 units. */
const MAX_LENGTH = 256 * 1024;
/** Where the parser's words are for whoever calls it. */
const SYNTAX_MESSAGES: Partial<Record<ErrorCode, string>> = {
  MULTIPLE_DOCS: 'A second document begins here; a configuration is one',
  RESOURCE_EXHAUSTION: 'Nested too deeply',
};

/**
 * Reads YAML against a schema. Whatever the schema does not know, and every value of the wrong kind, is a problem with its
 * line and with what to write in its place.
 *
 * @param path as problems name it.
 */
export function readSettingsFile(path: string, text: string, schema: ObjectSchema): Read {
  if (text.length > MAX_LENGTH) {
    const message = `The file is longer than ${MAX_LENGTH / 1024} KiB; a configuration is a page at most`;
    return { settings: {}, problems: [diagnostic('configuration-invalid', message, { path, line: 1 })] };
  }
  return new SettingsReader(path).read(text, schema);
}

class SettingsReader {
  readonly #lines = new LineCounter();
  readonly #problems: Diagnostic[] = [];

  constructor(private readonly path: string) {}

  read(text: string, schema: ObjectSchema): Read {
    const document = parseDocument(text, { lineCounter: this.#lines, stringKeys: true, prettyErrors: false });
    this.#syntaxProblems(document.errors);
    const root = document.contents;
    const isEmpty = root === null || (isScalar(root) && root.value === null);
    const settings = document.errors.length > 0 || isEmpty ? {} : (this.#object(root, schema, '', root) ?? {});
    return { settings, problems: [...this.#problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
  }

  /** One a line: what follows the first is mostly its consequence. */
  #syntaxProblems(errors: readonly YAMLError[]): void {
    const lines = new Set<number>();
    for (const { code, message, pos } of errors) {
      const { line } = this.#lines.linePos(pos[0]);
      if (!lines.has(line)) this.#problem(SYNTAX_MESSAGES[code] ?? message, pos[0]);
      lines.add(line);
    }
  }

  /** `name`: of the setting, as messages call it. `keyNode`: where it stands when it has no value. */
  #value(node: unknown, schema: SettingSchema, name: string, keyNode: unknown): SettingValue | undefined {
    const at = startOf(node) ?? startOf(keyNode);
    switch (schema.kind) {
      case 'object':
        return this.#object(node, schema, name, keyNode);
      case 'list':
        if (!isSeq(node)) {
          this.#problem(`${name} must be ${schema.expected}${written(node)}`, at);
          return undefined;
        }
        return node.items.flatMap((item) => this.#value(item, schema.item, schema.one, item) ?? []);
      case 'boolean': {
        if (isScalar(node) && typeof node.value === 'boolean') return node.value;
        const meant = isScalar(node) ? BOOLEAN_WORDS[String(node.value).toLowerCase()] : undefined;
        this.#problem(`${name} must be true or false${meant === undefined ? '' : `; did you mean ${meant}?`}`, at);
        return undefined;
      }
      case 'choice': {
        const value = isScalar(node) ? node.value : undefined;
        if (typeof value === 'string' && schema.choices.includes(value)) return value;
        const meant = typeof value === 'string' ? closestName(value, schema.choices) : null;
        this.#problem(`${name} must be one of ${schema.choices.join(', ')}${didYouMean(meant)}`, at);
        return undefined;
      }
      case 'text': {
        const format: TextFormat = TEXT_FORMATS[schema.format];
        const value = isScalar(node) ? textOf(node, format) : undefined;
        if (value !== undefined && fitsFormat(value, schema.format)) return value;
        this.#problem(`${name} must be ${format.expected}${written(node)}`, at);
        return undefined;
      }
    }
  }

  #object(node: unknown, schema: ObjectSchema, name: string, keyNode: unknown): SettingsObject | undefined {
    const known = Object.keys(schema.properties);
    if (!isMap(node)) {
      const what = name === '' ? '' : ` under ${name}`;
      this.#problem(`Expected a mapping${what} with the keys ${known.join(', ')}`, startOf(keyNode));
      return undefined;
    }
    const settings: Record<string, SettingValue> = {};
    const present = new Set<string>();
    for (const { key, value } of node.items) {
      const word = isScalar(key) && typeof key.value === 'string' ? key.value : '';
      const property = Object.hasOwn(schema.properties, word) ? schema.properties[word] : undefined;
      if (property === undefined) {
        const meant = closestName(word, known);
        const advice = meant === null ? `; known are ${known.join(', ')}` : didYouMean(meant);
        this.#problem(`Unknown key "${word.slice(0, 60)}"${advice}`, startOf(key));
        continue;
      }
      present.add(word);
      const read = this.#value(value, property, word, key);
      if (read !== undefined) settings[word] = read;
    }
    for (const key of schema.required ?? []) {
      if (!present.has(key)) this.#problem(`${name} needs "${key}"; add it`, startOf(node) ?? startOf(keyNode));
    }
    return settings;
  }

  #problem(message: string, offset: number | undefined): void {
    const line = offset === undefined ? 1 : this.#lines.linePos(offset).line;
    this.#problems.push(diagnostic('configuration-invalid', message, { path: this.path, line }));
  }
}

const BOOLEAN_WORDS: Readonly<Record<string, string | undefined>> = {
  yes: 'true',
  on: 'true',
  true: 'true',
  no: 'false',
  off: 'false',
  false: 'false',
};

/** Of `1.30` without quotes YAML would make the number 1.3. */
function textOf(node: Scalar, format: TextFormat): string | undefined {
  if (typeof node.value === 'string') return node.value;
  return format.mayBeNumber && typeof node.value === 'number' ? node.source : undefined;
}

function written(node: unknown): string {
  if (!isScalar(node) || node.value === null) return '';
  return `, not "${(node.source ?? '').slice(0, 60)}"`;
}

function didYouMean(name: string | null): string {
  return name === null ? '' : `; did you mean "${name}"?`;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
