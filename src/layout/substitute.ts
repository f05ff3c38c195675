import { newJsonMap } from '../kubernetes/json-map.js';
import { isObject } from '../kubernetes/json.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { readYaml } from '../kubernetes/read-yaml.js';

/** An object with Flux's variables put in, and the names of those that have no value. */
export interface Substituted {
  readonly value: JsonValue;
  readonly missing: readonly string[];
}

const VARIABLE = /\$\$?\{([A-Za-z_][A-Za-z0-9_]*)(?::?([-=])([^{}]*))?\}/g;
/** The variables that a text names. */
export function variableNames(text: string): readonly string[] {
  return [...text.matchAll(VARIABLE)].flatMap(([whole, name]) => (whole.startsWith('$$') || !name ? [] : [name]));
}

/** Whether a text is nothing but one variable. */
export function isVariable(text: string): boolean {
  return [...text.matchAll(VARIABLE)][0]?.[0] === text;
}

const PLAIN_SCALAR = /^(?:true|false|null|~|[-+]?\d+(?:\.\d+)?)$/;

/** The label or annotation that keeps Flux from putting variables into an object. */
const SUBSTITUTE = 'kustomize.toolkit.fluxcd.io/substitute';

/** Whether Flux leaves the variables of an object alone, as scripts of a shell need it. */
export function isSubstitutionDisabled({ metadata }: KubernetesObject): boolean {
  return metadata.labels[SUBSTITUTE] === 'disabled' || metadata.annotations[SUBSTITUTE] === 'disabled';
}

/**
 * `${name}`, `${name:=default}` and `${name:-default}` in every text, as Flux's post-build substitution puts them in;
 * `$${name}` stays as `${name}`. Flux works on the YAML: a text that becomes a number is one.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 */
export function substitute(value: JsonValue, variables: Readonly<Record<string, string>>): Substituted {
  const missing = new Set<string>();
  const fill = (text: string): JsonValue => {
    if (!text.includes('${')) return text;
    const filled = text.replace(VARIABLE, (whole, name: string, operator: string | undefined, fallback = '') => {
      if (whole.startsWith('$$')) return whole.slice(1);
      const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (given !== undefined && (given !== '' || operator === undefined)) return given;
      if (operator === undefined) missing.add(name);
      return fallback as string;
    });
    return filled !== text && PLAIN_SCALAR.test(filled) ? (readYaml(filled).value ?? null) : filled;
  };
  const walk = (item: JsonValue): JsonValue => {
    if (typeof item === 'string') return fill(item);
    if (Array.isArray(item)) return item.map((each: JsonValue) => walk(each));
    if (!isObject(item)) return item;
    const filled = newJsonMap();
    for (const [key, each] of Object.entries(item)) if (each !== undefined) filled[key] = walk(each);
    return filled;
  };
  return { value: walk(value), missing: [...missing] };
}
