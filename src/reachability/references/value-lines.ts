import { exactness, type Origin } from '../../diagnostic/diagnostic.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { asArray, isObject } from '../../kubernetes/json.js';

export type BodyPath = readonly (string | number)[];

/**
 * Where line `number` (from 0) of the text at `path` stands in the file. A text of several lines is taken for a block
 * scalar, whose content starts on the line behind the key's. One that is written in quotes on a single line would run past
 * its end: an object on one line has no block scalars, and the result stays before the next entry of the maps and lists
 * around it. Only the last value of a document, in quotes, is placed too low.
 */
export function locateLine(object: KubernetesObject, path: BodyPath, text: string, number: number): Origin {
  const origin = object.locate(path);
  // The text is that of a file of its own, out of which a rendering made it.
  if (origin.path !== object.origin.path && origin.line === 1 && origin.isExact !== false)
    return { path: origin.path, line: 1 + number };
  const isOnOneLine = origin.path === object.origin.path && origin.line === object.origin.line;
  if (!text.includes('\n') || isOnOneLine) return origin;
  const end = nextEntryLine(object, path, origin);
  const line = origin.line + 1 + number;
  return { path: origin.path, line: Math.max(origin.line, Math.min(line, end - 1)), ...exactness(origin) };
}

/** The line of the entry that follows, in the nearest map or list around `path` that has one; infinite if none has. */
function nextEntryLine(object: KubernetesObject, path: BodyPath, after: Origin): number {
  const following: BodyPath[] = [];
  let around: JsonValue | undefined = object.body;
  for (const [depth, step] of path.entries()) {
    const next = isObject(around) ? keyAfter(around, String(step)) : Number(step) + 1;
    if (next !== undefined && (isObject(around) || Number(next) < asArray(around).length)) {
      following.push([...path.slice(0, depth), next]);
    }
    around = isObject(around) ? around[String(step)] : asArray(around)[Number(step)];
  }
  for (const entry of following.reverse()) {
    const at = object.locate(entry);
    if (at.path === after.path && at.line > after.line) return at.line;
  }
  return Number.POSITIVE_INFINITY;
}

function keyAfter(map: JsonObject, key: string): string | undefined {
  const keys = Object.keys(map);
  return keys[keys.indexOf(key) + 1];
}
