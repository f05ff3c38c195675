import type { Origin } from '../../diagnostic/diagnostic.js';
import type { JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { isObject } from '../../kubernetes/json.js';

export type BodyPath = readonly (string | number)[];

/**
 * Where line `number` (from 0) of the text at `path` stands in the file. A text of several lines is taken for a block
 * scalar, whose content starts on the line behind the key's; one that is written in quotes on a single line would run past
 * its end, so the result stays before the next entry of the same map or list.
 */
export function locateLine(object: KubernetesObject, path: BodyPath, text: string, number: number): Origin {
  const origin = object.locate(path);
  if (!text.includes('\n')) return origin;
  const end = nextEntryLine(object, path, origin.line);
  const line = origin.line + 1 + number;
  return { path: origin.path, line: end === null ? line : Math.max(origin.line, Math.min(line, end - 1)) };
}

/** The first line behind `line` at which another entry of the map or list around `path` stands. */
function nextEntryLine(object: KubernetesObject, path: BodyPath, line: number): number | null {
  const around = path.slice(0, -1);
  let parent: JsonValue | undefined = object.body;
  for (const step of around) {
    parent = isObject(parent)
      ? parent[String(step)]
      : Array.isArray(parent)
        ? (parent[Number(step)] as JsonValue)
        : undefined;
  }
  const keys = isObject(parent) ? Object.keys(parent) : Array.isArray(parent) ? parent.map((_, index) => index) : [];
  let next: number | null = null;
  for (const key of keys) {
    const at = object.locate([...around, key]).line;
    if (at > line && (next === null || at < next)) next = at;
  }
  return next;
}
