import type { Origin } from '../diagnostic/diagnostic.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { asObject, asString } from '../kubernetes/json.js';
import { createLocator } from '../kubernetes/locate.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences } from '../kubernetes/object-differences.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import { locateLine } from './references/value-lines.js';
import { tellDifferences, writtenPath } from './words.js';

/** What a ConfigMap's mesh configuration changes: the YAML is inside of a text, and its own lines are told. */
export function explainMeshConfig(
  subject: string,
  { before, after }: ChangedObject,
): { readonly origin: Origin | null; readonly explanation: string } {
  if (!after) return { origin: null, explanation: `${subject}, which holds the mesh configuration, is gone.` };
  if (!before)
    return {
      origin: after.locate(['data', 'mesh']),
      explanation: `${subject} is new: it holds the mesh configuration.`,
    };
  const text = meshText(after);
  const [old, now] = [readMesh(meshText(before)), readMesh(text)];
  const differences = listDifferences(old, now);
  const first = differences[0];
  if (!first || old === undefined || now === undefined) {
    return { origin: after.locate(['data', 'mesh']), explanation: `${subject} changes the mesh configuration.` };
  }
  const path = writtenPath({ ...after, body: asObject(now) }, first.path);
  const line = path.length > 0 ? createLocator(text, 0).lineOf(path) : 0;
  return {
    origin: locateLine(after, ['data', 'mesh'], text, line),
    explanation: `${subject} ${tellDifferences(after, differences)} in the mesh configuration.`,
  };
}

function meshText(object: KubernetesObject): string {
  return asString(asObject(object.body['data'])['mesh']);
}

/** Undefined for a text that is no YAML. */
function readMesh(text: string): JsonValue | undefined {
  return text.trim() === '' ? {} : readYaml(text).value;
}
