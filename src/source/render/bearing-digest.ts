import { createHash } from 'node:crypto';
import { HARMLESS_KINDS } from '../../kubernetes/harmless-kinds.js';
import { asArray, asObject, asString, asStrings, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { TEMPLATE_PATHS } from '../../kubernetes/workload.js';
import { patchFiles } from '../../layout/kustomizations.js';
import { joinPath, resolveIn } from '../../layout/root.js';
import { isForReaders, type Closure, type KustomizationFile } from './closure.js';
import type { RenderRoot } from './rendering.js';
import { createSourceTexts, type SourceText } from './source-text.js';

/** Files that are larger count as they are. */
const MAX_READ_BYTES = 2 ** 20;

/** Images by which the version of Istio is told, or a proxy. */
const ISTIO_IMAGE = /istio|pilot|proxyv2/i;

/**
 * Equal for two states of a root that differ in nothing that decides a call, as far as its files tell: in an image, in the
 * number of pods, in objects of harmless kinds. What the root renders to is not known then; that this does not change it is.
 *
 * @throws SourceError when the tree cannot be read.
 */
export async function bearingDigest(root: RenderRoot, closure: Closure): Promise<string> {
  const { tree, placed, absent } = closure;
  // An image may be copied to wherever it decides something.
  const copies = closure.kustomizations.some(
    ({ body }) => body['replacements'] !== undefined || body['vars'] !== undefined,
  );
  const kustomizations = copies ? [] : closure.kustomizations;
  const plain = manifestsOf(kustomizations);
  const isSmall = (path: string): boolean => (tree.files.get(path)?.size ?? 0) <= MAX_READ_BYTES;
  // Templates see what a chart's own values say, and not how they are written.
  const values = new Set(closure.charts.map(({ folder }) => joinPath(folder, 'values.yaml')));
  const texts = createSourceTexts(
    await tree.read([...plain.keys(), ...values].filter((path) => tree.files.has(path) && isSmall(path))),
  );
  const bodies = new Map(kustomizations.map(({ path, body }) => [path, body]));
  const partOf = (path: string): JsonValue => {
    const body = bodies.get(path);
    if (body) return withoutImages(body);
    if (values.has(path)) return texts.get(path)?.value() ?? tree.files.get(path)?.digest ?? null;
    const [text, role] = [texts.get(path), plain.get(path)];
    const bearing = text && role ? bearingOf(text, role) : undefined;
    return bearing === undefined ? (tree.files.get(path)?.digest ?? null) : bearing;
  };
  const parts = [...placed].flatMap(([place, path]) => {
    const part = isForReaders(path) ? null : partOf(path);
    return part === null ? [] : [[place, path, part] as const];
  });
  const own =
    root.kind === 'chart'
      ? { ...root, parameters: root.parameters.map(({ name, value, forceString }) => [name, value, forceString]) }
      : { ...root, overrides: withoutImages(root.overrides ?? {}) };
  const all = [{ ...own, origin: null }, parts.sort(([a], [b]) => (a < b ? -1 : 1)), [...absent].sort()];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** The files that kustomizations take for manifests. */
function manifestsOf(kustomizations: readonly KustomizationFile[]): ReadonlyMap<string, 'resource' | 'patch'> {
  return new Map(
    kustomizations.flatMap(({ folder, body }) => [
      ...asStrings(body['resources']).flatMap((name) => {
        const path = resolveIn(folder, name);
        return path === null ? [] : [[path, 'resource'] as const];
      }),
      ...patchFiles(folder, body).map((path) => [path, 'patch'] as const),
    ]),
  );
}

/** What of a file's objects bears on calls; null where nothing does, undefined where they could not all be read. A patch may be
 * for objects of other kinds than its own. */
function bearingOf(text: SourceText, role: 'resource' | 'patch'): JsonValue | undefined {
  const { objects, unreadable, isManifest } = text.manifest();
  if (!isManifest || unreadable.length > 0) return undefined;
  const bearing = role === 'patch' ? objects : objects.filter(({ kind }) => !HARMLESS_KINDS.has(kind));
  return bearing.length === 0 ? null : bearing.map(withoutPodDetails);
}

/** A kustomization without what it says of images and of the number of pods. */
function withoutImages(body: JsonObject): JsonObject {
  const images = asArray(body['images']).filter((image) => ISTIO_IMAGE.test(JSON.stringify(image)));
  const replicas = asArray(body['replicas']).map((entry) => ({
    ...asObject(entry),
    count: asObject(entry)['count'] === 0 ? 0 : 1,
  }));
  return { ...body, images, replicas };
}

/** An object without its containers' images and resources; of its number of pods, whether there are any. */
function withoutPodDetails({ group, kind, body }: KubernetesObject): JsonObject {
  const path = TEMPLATE_PATHS[`${group}/${kind}`];
  if (path === undefined) return body;
  const spec = asObject(body['spec']);
  const counted =
    spec['replicas'] === undefined ? body : { ...body, spec: { ...spec, replicas: spec['replicas'] === 0 ? 0 : 1 } };
  return changed(counted, [...path, 'spec'], (podSpec) => ({
    ...podSpec,
    ...containersIn(podSpec, 'containers'),
    ...containersIn(podSpec, 'initContainers'),
  }));
}

function containersIn(podSpec: JsonObject, field: string): JsonObject {
  const containers = podSpec[field];
  if (!Array.isArray(containers)) return {};
  return {
    [field]: (containers as readonly JsonValue[]).map((container) =>
      isObject(container) ? bare(container) : container,
    ),
  };
}

function bare(container: JsonObject): JsonObject {
  const { image, ...rest } = container;
  const kept = ISTIO_IMAGE.test(asString(image)) ? { image: asString(image) } : {};
  return { ...rest, ...kept, resources: null };
}

/** A value with the map at a path changed; as it is where there is none. */
function changed(value: JsonObject, path: readonly string[], change: (inner: JsonObject) => JsonObject): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const inner = value[key];
  return isObject(inner) ? { ...value, [key]: changed(inner, rest, change) } : value;
}
