import { isObject } from '../kubernetes/json.js';
import { newJsonMap } from '../kubernetes/json-map.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';

/** The parameters of one Application of a set, nested as generators give them. */
export type Parameters = JsonObject;

/** A template with its parameters put in; the expressions that were not understood are left as they are, and named. */
export interface Filled {
  readonly value: JsonValue;
  readonly unknown: readonly string[];
}

const EXPRESSION = /\{\{-?\s*([^{}]*?)\s*-?\}\}/g;

/**
 * Puts parameters into every text of an ApplicationSet's template.
 *
 * @param isGoTemplate `spec.goTemplate`: `{{.path.basename}}`; else the older `{{path.basename}}`.
 */
export function fillTemplate(template: JsonValue, parameters: Parameters, isGoTemplate: boolean): Filled {
  const unknown: string[] = [];
  const fill = (text: string): string =>
    text.replace(EXPRESSION, (whole, expression: string) => {
      const value = isGoTemplate ? goValue(expression, parameters) : flatValue(expression, parameters);
      if (value === null) unknown.push(whole);
      return value ?? whole;
    });
  const walk = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return fill(value);
    if (Array.isArray(value)) return value.map((item: JsonValue) => walk(item));
    if (!isObject(value)) return value;
    const filled = newJsonMap();
    for (const [key, item] of Object.entries(value)) if (item !== undefined) filled[fill(key)] = walk(item);
    return filled;
  };
  return { value: walk(template), unknown };
}

/** `path`, `path.basename`, `path[0]`, `values.x`, and a generator's own keys, which may hold dots. */
function flatValue(expression: string, parameters: Parameters): string | null {
  if (expression === 'path') return textOf(lookUp(['path', 'path'], parameters));
  const segment = /^path\[(\d+)\]$/.exec(expression);
  if (segment) return textOf(lookUp(['path', 'segments', segment[1] ?? ''], parameters));
  return textOf(parameters[expression]) ?? textOf(lookUp(expression.split('.'), parameters));
}

/** The parameter that is all of a text, as the keys that lead to it; null for a text that is anything else. */
export function parameterIn(text: string, isGoTemplate: boolean): readonly string[] | null {
  const expression = /^\{\{-?\s*([^{}|]*?)\s*(?:\|[^{}]*)?\}\}$/.exec(text)?.[1]?.replace(/\s*-$/, '');
  if (expression === undefined) return null;
  if (!isGoTemplate) return expression.split('.');
  return /^\.[\w.]+$/.test(expression) ? expression.slice(1).split('.') : null;
}

const PIPED: Readonly<Record<string, (value: string) => string>> = {
  lower: (value) => value.toLowerCase(),
  upper: (value: string) => value.toUpperCase(),
  trim: (value) => value.trim(),
  quote: (value) => JSON.stringify(value),
  normalize: normalizeName,
  toString: (value: string): string => value,
};

/** A field (`.path.basename`), an index (`index .path.segments 1`), and pipes that change a text. The rest of Go's templates
 * is not known. */
function goValue(expression: string, parameters: Parameters): string | null {
  const [first = '', ...pipes] = expression.split('|').map((part) => part.trim());
  let value = goOperand(first, parameters);
  for (const pipe of pipes) {
    const fallback = /^default\s+"([^"]*)"$/.exec(pipe);
    if (fallback) value = value === null || value === '' ? (fallback[1] ?? '') : value;
    else {
      const change = Object.hasOwn(PIPED, pipe) ? PIPED[pipe] : undefined;
      if (!change || value === null) return null;
      value = change(value);
    }
  }
  return value;
}

function goOperand(text: string, parameters: Parameters): string | null {
  const index = /^index\s+\.([\w.]+)\s+(?:(\d+)|"([^"]*)")$/.exec(text);
  if (index) return textOf(lookUp([...(index[1] ?? '').split('.'), index[2] ?? index[3] ?? ''], parameters));
  const call = /^(\w+)\s+\.([\w.]+)$/.exec(text);
  const change = call && Object.hasOwn(PIPED, call[1] ?? '') ? PIPED[call[1] ?? ''] : undefined;
  if (call && change) {
    const value = textOf(lookUp((call[2] ?? '').split('.'), parameters));
    return value === null ? null : change(value);
  }
  return /^\.[\w.]+$/.test(text) ? textOf(lookUp(text.slice(1).split('.'), parameters)) : null;
}

function lookUp(path: readonly string[], parameters: Parameters): JsonValue | undefined {
  let value: JsonValue | undefined = parameters;
  for (const key of path) {
    if (Array.isArray(value)) value = (value as readonly JsonValue[])[Number(key)];
    else if (isObject(value)) value = value[key];
    else return undefined;
  }
  return value;
}

function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Argo CD: `normalize`, also behind `path.basenameNormalized`: a text as the name of an object. */
export function normalizeName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '');
}
