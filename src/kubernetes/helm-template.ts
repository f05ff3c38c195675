import { isObject } from './json.js';
import type { JsonValue } from './manifest.js';

/** Actions that only a Helm chart holds; other tools use double braces too, mostly inside quoted text. */
const HELM_ACTION =
  /\{\{-?\s*(?:\$?\.(?:Values|Release|Chart|Capabilities|Files|Template)\b|(?:include|template|tpl|toYaml|define|if|else|end|range|with|block)\b|\/\*|\$\w+\s*:=)/;
/** An action that reaches a chart's values, or passes something on to a function of Helm's. The length is bound to keep the search linear. */
const HELM_PIPELINE =
  /\{\{-?[^{}\n]{0,200}(?:\.(?:Values|Release|Chart|Capabilities|Template)\b|\|\s*(?:quote|squote|indent|nindent|toYaml|toJson|trunc|b64enc)\b)/;
const HELM_VALUE =
  /\{\{-?[^{}\n]{0,200}\.(?:Values|Release|Chart|Capabilities|Template)\b|\{\{-?\s{0,9}(?:include|template|tpl)\s/;

/** Where the first action of a Helm template stands in a text; -1 where there is none. */
export function helmActionOffset(text: string): number {
  if (!text.includes('{{')) return -1;
  const action = text.search(HELM_ACTION);
  const pipeline = text.search(HELM_PIPELINE);
  return action === -1 || (pipeline !== -1 && pipeline < action) ? pipeline : action;
}

/** True where a value, though it is valid YAML, is an action of a Helm template. Text of several lines may quote templates. */
export function hasTemplatedValue(value: JsonValue): boolean {
  if (typeof value === 'string') return value.includes('{{') && !value.includes('\n') && HELM_VALUE.test(value);
  if (Array.isArray(value)) return value.some(hasTemplatedValue);
  if (!isObject(value)) return false;
  return Object.keys(value).some((key) => hasTemplatedValue(key) || hasTemplatedValue(value[key] ?? null));
}
