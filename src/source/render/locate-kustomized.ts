import type { Origin } from '../../diagnostic/diagnostic.js';
import { asArray, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { isEqual } from '../../kubernetes/object-differences.js';
import { readYaml } from '../../kubernetes/read-yaml.js';
import { resolveIn } from '../../layout/root.js';
import type { KustomizationFile } from './closure.js';
import { existingPath, followPath, valueIn, type Path } from './rendered-path.js';
import { createSourceText, type SourceText } from './source-text.js';

/** What kustomize notes of where an object came from, when `buildMetadata` asks for it. */
export const ORIGIN_ANNOTATION = 'config.kubernetes.io/origin';

/** Where the sources of a rendering are. */
export interface KustomizedSources {
  /** Outermost first. */
  readonly kustomizations: readonly KustomizationFile[];
  readonly overrides: { readonly body: JsonObject; readonly at: Locate } | null;
  readonly texts: ReadonlyMap<string, SourceText>;
  /** What stands for a source that cannot be told. */
  readonly fallback: Origin;
  /** The tree's path of one that kustomize names. */
  readonly treePath: (written: string) => string | null;
  /** Finds the source of an object that a chart of this kustomization renders to. */
  readonly locateInChart: (kustomization: string, object: KubernetesObject) => KubernetesObject | null;
}

type Locate = (path: Path) => Origin;

/** A part of a kustomization that sets values of objects. */
interface Layer {
  readonly body: JsonObject;
  readonly folder: string;
  readonly at: Locate;
  readonly text: SourceText | null;
}

/** A place, and whether what is there is what was asked for. */
interface Base {
  readonly origin: Origin;
  readonly locate: Locate;
}

/** Gives an object that kustomize built the places of its sources, and takes kustomize's note of them away. */
export function locateKustomized(rendered: KubernetesObject, sources: KustomizedSources): KubernetesObject {
  const note = asObject(readYaml(rendered.metadata.annotations[ORIGIN_ANNOTATION] ?? '').value);
  const object = withoutNote(rendered);
  const layers = layersOf(sources);
  const base = baseOf(object, note, sources);
  const locate: Locate = (path) => {
    const existing = existingPath(object.body, path);
    if (existing.length === 0) return base.origin;
    const value = valueIn(object.body, existing);
    for (const layer of layers) {
      const set =
        setByField(layer, object, existing, value) ?? setByPatch(layer, object, existing, value, sources.texts);
      if (set !== null) return set;
    }
    return base.locate(existing);
  };
  return { ...object, origin: base.origin, locate };
}

function withoutNote(object: KubernetesObject): KubernetesObject {
  const strip = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
    Object.assign(
      Object.create(null),
      Object.fromEntries(Object.entries(map).filter(([key]) => key !== ORIGIN_ANNOTATION)),
    ) as Record<string, T>;
  const metadata = asObject(object.body['metadata']);
  const annotations = strip(asObject(metadata['annotations']) as Record<string, JsonValue>);
  const rest = Object.assign(Object.create(null), metadata) as Record<string, JsonValue>;
  if (Object.keys(annotations).length > 0) rest['annotations'] = annotations;
  else delete rest['annotations'];
  return {
    ...object,
    metadata: { ...object.metadata, annotations: strip(object.metadata.annotations) },
    body: Object.assign(Object.create(null), object.body, { metadata: rest }) as JsonObject,
  };
}

function layersOf({ overrides, kustomizations }: KustomizedSources): readonly Layer[] {
  const own = kustomizations.map(({ body, folder, path, text }): Layer => {
    return { body, folder, text, at: (at) => ({ path, line: text.lineOf(at) }) };
  });
  if (overrides === null) return own;
  return [{ ...overrides, folder: kustomizations[0]?.folder ?? '', text: null }, ...own];
}

function baseOf(object: KubernetesObject, note: JsonObject, sources: KustomizedSources): Base {
  const near = (origin: Origin): Base => ({ origin, locate: () => origin });
  const path = sources.treePath(asString(note['path']));
  const text = path === null || note['repo'] !== undefined ? undefined : sources.texts.get(path);
  if (text !== undefined) return resourceBase(object, text);
  const configuredIn = sources.treePath(asString(note['configuredIn']));
  const kustomization = sources.kustomizations.find((candidate) => candidate.path === configuredIn);
  if (kustomization === undefined) return near({ ...sources.fallback, isExact: false });
  const inChart = sources.locateInChart(kustomization.path, object);
  const isChart = asString(asObject(note['configuredBy'])['kind']) === 'HelmChartInflationGenerator';
  if (isChart && inChart !== null) return inChart;
  return generatedBase(object, kustomization, sources) ?? near({ path: kustomization.path, line: 1, isExact: false });
}

/** The object of a resource file that became this one; its name can have a prefix and a suffix by now. */
function resourceBase(object: KubernetesObject, text: SourceText): Base {
  const candidates = text
    .manifest()
    .objects.filter(({ kind, group }) => kind === object.kind && group === object.group);
  const named = candidates.filter(({ metadata }) => object.metadata.name.includes(metadata.name));
  const longest = Math.max(...named.map(({ metadata }) => metadata.name.length));
  const best = named.filter(({ metadata }) => metadata.name.length === longest);
  const source =
    best.length > 0
      ? (best.find(({ metadata }) => metadata.namespace === object.metadata.namespace) ?? best[0])
      : candidates[0];
  if (source === undefined) {
    const origin: Origin = { path: text.path, line: 1, isExact: false };
    return { origin, locate: () => origin };
  }
  const isCertain = best.length === 1 || candidates.length === 1;
  const origin: Origin = isCertain ? source.origin : { ...source.origin, isExact: false };
  return {
    origin,
    locate: (path) => {
      const { path: followed, isWhole, value } = followPath(object.body, source.body, path);
      const isName = path.length === 2 && path[0] === 'metadata' && path[1] === 'name';
      const isSame = isWhole && (isName || isContainer(value) || isEqual(value, valueIn(object.body, path)));
      return { ...source.locate(followed), ...(isSame && isCertain ? {} : { isExact: false }) };
    },
  };
}

/** The entry of a generator, and of its data the file or literal that each comes from. */
function generatedBase(
  object: KubernetesObject,
  { path, folder, body, text }: KustomizationFile,
  { texts }: KustomizedSources,
): Base | null {
  const field = object.kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator';
  const entries = asArray(body[field]).map(asObject);
  const names = entries
    .map((entry) => asString(entry['name']))
    .map((name) => (object.metadata.name.includes(name) ? name.length : -1));
  const index = names.indexOf(Math.max(...names));
  const entry = entries[index];
  if (entry === undefined || names[index] === -1) return null;
  const origin: Origin = { path, line: text.lineOf([field, index]) };
  const locate: Locate = (at) => {
    if (at.length !== 2 || (at[0] !== 'data' && at[0] !== 'stringData')) return { ...origin, isExact: false };
    const key = String(at[1]);
    for (const [position, item] of asArray(entry['files']).entries()) {
      const written = asString(item);
      const name = written.slice(written.indexOf('=') + 1);
      if ((written.includes('=') ? written.slice(0, written.indexOf('=')) : name.split('/').at(-1)) !== key) continue;
      const file = resolveIn(folder, name);
      return file !== null && texts.has(file)
        ? { path: file, line: 1 }
        : { path, line: text.lineOf([field, index, 'files', position]) };
    }
    const literal = asArray(entry['literals']).findIndex((item) => asString(item).startsWith(`${key}=`));
    if (literal !== -1) return { path, line: text.lineOf([field, index, 'literals', literal]) };
    for (const name of [...asArray(entry['envs']), entry['env'] ?? ''].map(asString)) {
      const file = texts.get(resolveIn(folder, name) ?? '');
      const line = file?.lines().findIndex((item) => item.trimStart().startsWith(`${key}=`)) ?? -1;
      if (file !== undefined && line !== -1) return { path: file.path, line: line + 1 };
    }
    return { ...origin, isExact: false };
  };
  return { origin, locate };
}

/** The place in a kustomization's own fields (labels, images, …) that gave a value, or null. */
function setByField(
  { body, at }: Layer,
  object: KubernetesObject,
  path: Path,
  value: JsonValue | undefined,
): Origin | null {
  const [parent, key] = [path.at(-2), path.at(-1)];
  if (key === undefined || isContainer(value)) return null;
  if (path.length === 2 && parent === 'metadata' && key === 'namespace')
    return body['namespace'] === value ? at(['namespace']) : null;
  if (parent === 'labels' || parent === 'matchLabels' || parent === 'selector') {
    if (valueIn(body, ['commonLabels', key]) === value) return at(['commonLabels', key]);
    const index = asArray(body['labels']).findIndex((item) => valueIn(item, ['pairs', key]) === value);
    return index === -1 ? null : at(['labels', index, 'pairs', key]);
  }
  if (parent === 'annotations')
    return valueIn(body, ['commonAnnotations', key]) === value ? at(['commonAnnotations', key]) : null;
  if (key === 'image') {
    for (const [index, image] of asArray(body['images']).map(asObject).entries()) {
      const name = asString(image['newName']) || asString(image['name']);
      const end =
        image['digest'] !== undefined
          ? `@${asString(image['digest'])}`
          : image['newTag'] !== undefined
            ? `:${asString(image['newTag'])}`
            : '';
      if (value === `${name}${end}`) return at(['images', index, image['digest'] !== undefined ? 'digest' : 'newTag']);
    }
  }
  if (key === 'replicas') {
    const index = asArray(body['replicas']).findIndex(
      (item) => valueIn(item, ['count']) === value && object.metadata.name.includes(asString(asObject(item)['name'])),
    );
    return index === -1 ? null : at(['replicas', index, 'count']);
  }
  return null;
}

/** A patch's text, and where it stands. */
interface Patch {
  readonly text: SourceText;
  readonly target: JsonObject;
  readonly at: (line: number) => Origin;
}

function setByPatch(
  layer: Layer,
  object: KubernetesObject,
  path: Path,
  value: JsonValue | undefined,
  texts: ReadonlyMap<string, SourceText>,
): Origin | null {
  for (const patch of patchesOf(layer, texts)) {
    const line = Array.isArray(patch.text.value())
      ? lineOfOperation(patch, object, path, value)
      : lineOfMerge(patch, object, path, value);
    if (line !== null) return patch.at(line);
  }
  return null;
}

/** The patches of a kustomization, the one first that is applied last. */
function patchesOf(layer: Layer, texts: ReadonlyMap<string, SourceText>): readonly Patch[] {
  const { body, folder } = layer;
  const patches: Patch[] = [];
  const add = (written: string, isPath: boolean, target: JsonObject, place: Path): void => {
    const file = isPath ? texts.get(resolveIn(folder, written) ?? '') : undefined;
    if (file !== undefined) patches.push({ text: file, target, at: (line) => ({ path: file.path, line }) });
    else if (!isPath)
      patches.push({ text: createSourceText('', written), target, at: (line) => inlineOrigin(layer, place, line) });
  };
  for (const [index, item] of asArray(body['patchesStrategicMerge']).entries()) {
    const written = asString(item);
    add(written, texts.has(resolveIn(folder, written) ?? ''), {}, ['patchesStrategicMerge', index]);
  }
  for (const field of ['patches', 'patchesJson6902']) {
    for (const [index, item] of asArray(body[field]).map(asObject).entries()) {
      const isPath = asString(item['path']) !== '';
      add(asString(item[isPath ? 'path' : 'patch']), isPath, asObject(item['target']), [
        field,
        index,
        ...(isPath ? [] : ['patch']),
      ]);
    }
  }
  return patches.reverse();
}

/** The line of a file on which a line of a text in it stands: those of a block follow its header one by one. */
function inlineOrigin({ text, at, body }: Layer, place: Path, line: number): Origin {
  const start = at(place);
  if (text === null) {
    // Of what an object writes, only the text is at hand: one of several lines is a block.
    const isBlock = asString(valueIn(body, place)).trimEnd().includes('\n');
    return isBlock ? { ...start, line: start.line + line } : start;
  }
  const header = text.lines()[start.line - 1] ?? '';
  if (/[|][-+\d]*\s*(?:#.*)?$/.test(header)) return { ...start, line: start.line + line };
  return { ...start, isExact: false };
}

function lineOfMerge(
  { text, target }: Patch,
  object: KubernetesObject,
  path: Path,
  value: JsonValue | undefined,
): number | null {
  const hasTarget = Object.keys(target).length > 0;
  for (const patch of text.manifest().objects) {
    const isMeant = hasTarget
      ? isTarget(target, object)
      : patch.kind === object.kind && object.metadata.name.includes(patch.metadata.name);
    if (!isMeant) continue;
    const { path: followed, isWhole, value: set } = followPath(object.body, patch.body, path);
    if (isWhole && isEqual(set, value)) return patch.locate(followed).line;
  }
  return null;
}

/** Kustomize: types.Selector, whose texts are regular expressions; only those of plain letters are looked at. */
function isTarget(target: JsonObject, { kind, metadata, group }: KubernetesObject): boolean {
  const fits = (pattern: string, text: string): boolean => !/^[\w.-]+$/.test(pattern) || text.includes(pattern);
  return (
    fits(asString(target['kind']), kind) &&
    fits(asString(target['name']), metadata.name) &&
    fits(asString(target['group']), group)
  );
}

/** The operation of a JSON patch that set a value, and in it the line of the value. */
function lineOfOperation(
  { text, target }: Patch,
  object: KubernetesObject,
  path: Path,
  value: JsonValue | undefined,
): number | null {
  if (!isTarget(target, object)) return null;
  for (const [index, item] of [...asArray(text.value()).entries()].reverse()) {
    const operation = asObject(item);
    const pointer = asString(operation['path']).split('/').slice(1).map(unescapePointer);
    if (
      pointer.length > path.length ||
      !pointer.every((step, at) => step === String(path[at]) || (step === '-' && typeof path[at] === 'number'))
    )
      continue;
    const rest = path.slice(pointer.length);
    const set = operation['value'];
    if (isEqual(valueIn(set, rest), value)) return text.lineOf([index, 'value', ...rest]);
  }
  return null;
}

/** RFC 6901. */
function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function isContainer(value: JsonValue | undefined): boolean {
  return Array.isArray(value) || isObject(value);
}
