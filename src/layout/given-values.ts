import type { Origin } from '../diagnostic/diagnostic.js';
import { asObject, isObject } from '../kubernetes/json.js';
import { createLocator } from '../kubernetes/locate.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import { valueAt } from '../kubernetes/object-differences.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import type { GivenValues } from './root.js';

/** Values of a chart that an object holds at a path, as a map or as the text of one; null where there are none. */
export function givenValues(object: KubernetesObject, at: readonly (string | number)[]): GivenValues | null {
  const written = valueAt(object, at);
  if (typeof written === 'string') return valuesInText(written, object.locate(at));
  if (!isObject(written) || Object.keys(written).length === 0) return null;
  return { values: written, locate: (path) => object.locate([...at, ...path]) };
}

/** A text of several lines is taken for a block, whose lines follow its header one by one. */
function valuesInText(text: string, header: Origin): GivenValues | null {
  const values: JsonObject = asObject(readYaml(text).value ?? undefined);
  if (Object.keys(values).length === 0) return null;
  const isBlock = text.trimEnd().includes('\n') || text.endsWith('\n');
  const locator = createLocator(text, isBlock ? header.line + 1 : header.line);
  return { values, locate: (path) => ({ ...header, line: isBlock ? locator.lineOf(path) : header.line }) };
}
