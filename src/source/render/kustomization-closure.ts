import type { Origin } from '../../diagnostic/diagnostic.js';
import { asObject, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { readYaml } from '../../kubernetes/read-yaml.js';
import { splitDocuments } from '../../kubernetes/split-documents.js';
import { joinPath, type KustomizationRoot } from '../../layout/root.js';
import { addChart } from './chart-closure.js';
import { type Closure } from './closure.js';
import { createSourceText } from './source-text.js';

const FILE_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** Kustomizations that one root may take in; each costs a reading. */
const MAX_KUSTOMIZATIONS = 1000;

/** A part of a kustomization, and where it is written. */
interface Part {
  readonly value: JsonValue;
  readonly origin: Origin;
}

/** Where the names of a part are looked up. */
interface Place {
  readonly closure: Closure;
  readonly folder: string;
  readonly visited: Set<string>;
  /** True where what is named configures generators or transformers, rather than being rendered. */
  readonly isPluginConfig: boolean;
}

/**
 * Collects what a kustomization takes in (types.Kustomization of kustomize), and refuses what reaches out of the tree or runs
 * programs: kustomize itself would fetch any resource, and any file, that is named by an address.
 */
export async function collectKustomization(closure: Closure, root: KustomizationRoot): Promise<void> {
  const origin = root.origin ?? { path: joinPath(root.path, FILE_NAMES[0]!), line: 1 };
  const place: Place = { closure, folder: root.path, visited: new Set(), isPluginConfig: false };
  if (root.overrides !== undefined) await visitFields(place, root.overrides, () => origin);
  await visitFolder(place, root.path, origin);
}

async function visitFolder(place: Place, folder: string, origin: Origin): Promise<void> {
  const { closure, visited, isPluginConfig } = place;
  const key = `${folder}:${String(isPluginConfig)}`;
  if (visited.has(key)) return;
  visited.add(key);
  if (visited.size > MAX_KUSTOMIZATIONS) {
    if (visited.size === MAX_KUSTOMIZATIONS + 1)
      closure.refuse('rendering-limit', `It takes in more than ${MAX_KUSTOMIZATIONS} kustomizations`, origin);
    return;
  }
  const path = FILE_NAMES.map((name) => joinPath(folder, name)).find((file) => closure.tree.files.has(file));
  if (path === undefined) {
    closure.missing(joinPath(folder, FILE_NAMES[0]!), 'The kustomization', origin);
    return;
  }
  for (const name of FILE_NAMES) {
    if (closure.tree.files.has(joinPath(folder, name))) closure.add(joinPath(folder, name));
  }
  const text = await closure.text(path, origin);
  if (text === null) return;
  const value = text.value();
  if (!isObject(value)) {
    closure.refuse('rendering-failed', 'The kustomization is not one YAML map', { path, line: 1 });
    return;
  }
  closure.kustomizations.push({ path, folder, body: value, text });
  const inside = { ...place, folder };
  const originOf = (at: readonly (string | number)[]): Origin => ({ path, line: text.lineOf(at) });
  if (isPluginConfig) refuseChangedPlugins(inside, value, originOf);
  await visitFields(inside, value, originOf);
}

type OriginOf = (path: readonly (string | number)[]) => Origin;

/** Patches could make a plugin's configuration into something else than what was looked at. */
function refuseChangedPlugins({ closure }: Place, body: JsonObject, originOf: OriginOf): void {
  const allowed = new Set(['apiversion', 'kind', 'metadata', 'resources']);
  for (const key of Object.keys(body)) {
    if (allowed.has(folded(key))) continue;
    const message = `A kustomization of generators or transformers may only have resources, not ${key}`;
    closure.refuse('rendering-refused', message, originOf([key]));
  }
}

async function visitFields(place: Place, body: JsonObject, originOf: OriginOf): Promise<void> {
  const { closure, folder } = place;
  const file = (part: Part, what: string): void => {
    if (typeof part.value === 'string' && part.value !== '') closure.addNamed(folder, part.value, what, part.origin);
  };
  for (const part of partsOf(body, 'components', originOf).reverse()) await visitNamed(place, part, 'The component');
  for (const field of ['resources', 'bases']) {
    for (const part of partsOf(body, field, originOf)) await visitNamed(place, part, 'The resource');
  }
  for (const field of ['crds', 'configurations']) {
    for (const part of partsOf(body, field, originOf)) file(part, 'The file');
  }
  for (const part of partsOf(body, 'patchesstrategicmerge', originOf)) visitFileOrText(place, part, 'The patch');
  for (const field of ['patches', 'patchesjson6902', 'replacements']) {
    for (const part of partsOf(body, field, originOf))
      for (const path of fieldsOf(part, 'path')) file(path, 'The file');
  }
  for (const field of ['generators', 'transformers', 'validators']) {
    for (const part of partsOf(body, field, originOf)) await visitPlugin(place, part);
  }
  for (const field of ['configmapgenerator', 'secretgenerator']) {
    for (const part of partsOf(body, field, originOf)) visitGenerator(place, part);
  }
  for (const openapi of fieldsOf({ value: body, origin: originOf([]) }, 'openapi', originOf)) {
    for (const path of fieldsOf(openapi, 'path')) file(path, 'The schema');
  }
  await visitCharts(place, body, originOf);
}

async function visitCharts(place: Place, body: JsonObject, originOf: OriginOf): Promise<void> {
  const whole = { value: body, origin: originOf([]) };
  const globals = fieldsOf(whole, 'helmglobals', originOf).flatMap((part) => Object.entries(asObject(part.value)));
  for (const [key, value] of globals) {
    if (folded(key) === 'confighome' && typeof value === 'string' && value !== '')
      place.closure.refuse(
        'rendering-refused',
        'helmGlobals.configHome would give Helm settings',
        originOf(['helmGlobals']),
      );
  }
  const homes = globals.flatMap(([key, value]) => (folded(key) === 'charthome' && value !== '' ? [value ?? null] : []));
  const charts = ['helmcharts', 'helmchartinflationgenerator'].flatMap((field) => partsOf(body, field, originOf));
  for (const part of charts) await visitChart(place, part, homes);
}

/** Kustomize: types.HelmChart, and the older types.HelmChartArgs. */
async function visitChart(place: Place, part: Part, globalHomes: readonly JsonValue[]): Promise<void> {
  const { closure, folder } = place;
  const strings = (...names: readonly string[]): readonly string[] =>
    names
      .flatMap((name) => fieldsOf(part, name))
      .flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []));
  if (fieldsOf(part, 'helmbin', 'helmhome').length > 0)
    closure.refuse('rendering-refused', 'The chart names a program or a home of Helm', part.origin);
  for (const value of Object.values(asObject(part.value))) {
    if (typeof value === 'string' && value.startsWith('-'))
      closure.refuse('rendering-refused', `\`${value.slice(0, 60)}\` would be an option of Helm`, part.origin);
  }
  const names = strings('name', 'chartname');
  const home = strings('charthome')[0] ?? globalHomes.find((value) => typeof value === 'string') ?? 'charts';
  const version = strings('version', 'chartversion')[0];
  const remotes = strings('repo', 'chartrepourl');
  const valuesFiles: string[] = [];
  const more = fieldsOf(part, 'additionalvaluesfiles').flatMap(({ value }) =>
    Array.isArray(value) ? (value as JsonValue[]) : [],
  );
  for (const name of [...strings('valuesfile', 'values'), ...more]) {
    if (typeof name !== 'string') continue;
    const path = closure.addNamed(folder, name, 'The values file', part.origin);
    if (path !== null) valuesFiles.push(path);
  }
  for (const name of names) {
    const fetched = version === undefined || remotes.length === 0 ? [] : [`${home}/${name}-${version}/${name}`];
    const folders = [...fetched, `${home}/${name}`].map((path) =>
      closure.resolve(folder, path, 'The chart', part.origin),
    );
    const found = folders.find((path) => path !== null && closure.tree.files.has(joinPath(path, 'Chart.yaml')));
    if (found !== undefined && found !== null) await addChart(closure, found, valuesFiles, part.origin);
    else if (remotes.length === 0) closure.missing(`${home}/${name}`, 'The chart', part.origin);
    for (const remote of found === undefined ? remotes : []) closure.reach(remote, 'The chart repository', part.origin);
  }
}

async function visitNamed(place: Place, part: Part, what: string): Promise<void> {
  const { closure, folder, isPluginConfig } = place;
  if (typeof part.value !== 'string' || part.value === '') return;
  const path = closure.resolve(folder, part.value, what, part.origin);
  if (path === null) return;
  if (closure.tree.files.has(path)) {
    closure.add(path);
    const text = isPluginConfig ? await closure.text(path, part.origin) : null;
    if (text !== null) await visitPluginText(place, text.text, path, 0);
  } else if (closure.hasFolder(path)) await visitFolder(place, path, part.origin);
  else closure.missing(part.value, what, part.origin);
}

/** kustomize takes what is no file for the patch itself. */
function visitFileOrText({ closure, folder }: Place, { value, origin }: Part, what: string): void {
  if (typeof value === 'string' && !value.includes('\n') && !value.trimStart().startsWith('{')) {
    closure.addNamed(folder, value, what, origin);
  }
}

/** A generator or transformer: a file or folder of configurations, or one that is written here. */
async function visitPlugin(place: Place, part: Part): Promise<void> {
  if (typeof part.value !== 'string') return;
  if (part.value.includes('\n') || part.value.trimStart().startsWith('{'))
    await visitPluginText(place, part.value, part.origin.path, part.origin.line);
  else await visitNamed({ ...place, isPluginConfig: true }, part, 'The plugin configuration');
}

const FUNCTION_ANNOTATIONS = new Set(['config.kubernetes.io/function', 'config.k8s.io/function']);

/** Only what is built into kustomize may run. `inlineAt` is the line of a text that stands inside of another, else 0. */
async function visitPluginText(place: Place, text: string, path: string, inlineAt: number): Promise<void> {
  for (const document of splitDocuments(text)) {
    const value = readYaml(document.text).value;
    if (value === null) continue;
    const source = createSourceText(path, document.text);
    const originOf: OriginOf = (at) => ({ path, line: inlineAt || document.line - 1 + source.lineOf(at) });
    const body = asObject(value);
    const annotations = Object.keys(asObject(asObject(body['metadata'])['annotations']));
    if (body['apiVersion'] !== 'builtin' || annotations.some((name) => FUNCTION_ANNOTATIONS.has(name))) {
      const kind = typeof body['kind'] === 'string' ? body['kind'] : 'one without a kind';
      const message = `A generator, transformer or validator that is not built into kustomize would be run: ${kind}`;
      place.closure.refuse('rendering-refused', message, originOf([]));
      continue;
    }
    await visitBuiltin({ ...place, isPluginConfig: false }, body, originOf);
  }
}

/** The plugins built into kustomize take the fields of the kustomization that they stand for. */
async function visitBuiltin(place: Place, body: JsonObject, originOf: OriginOf): Promise<void> {
  const { kind } = body;
  const whole: Part = { value: body, origin: originOf([]) };
  if (kind === 'ConfigMapGenerator' || kind === 'SecretGenerator') visitGenerator(place, whole);
  else if (kind === 'HelmChartInflationGenerator') await visitChart(place, whole, []);
  else if (kind === 'PatchStrategicMergeTransformer') {
    for (const part of partsOf(body, 'paths', originOf)) visitFileOrText(place, part, 'The patch');
  } else {
    for (const part of [
      ...fieldsOf(whole, 'path'),
      ...partsOf(body, 'replacements', originOf).flatMap((item) => fieldsOf(item, 'path')),
    ]) {
      if (typeof part.value === 'string' && isFileReference(kind))
        place.closure.addNamed(place.folder, part.value, 'The file', part.origin);
    }
  }
}

/** Of the other plugins, those whose `path` is a file, and not a place in an object. */
function isFileReference(kind: JsonValue | undefined): boolean {
  return kind === 'PatchTransformer' || kind === 'PatchJson6902Transformer' || kind === 'ReplacementTransformer';
}

function visitGenerator({ closure, folder }: Place, part: Part): void {
  for (const { value, origin } of [...fieldsOf(part, 'files'), ...fieldsOf(part, 'envs'), ...fieldsOf(part, 'env')]) {
    for (const item of Array.isArray(value) ? (value as JsonValue[]) : [value]) {
      if (typeof item !== 'string' || item === '') continue;
      closure.addNamed(folder, item.slice(item.indexOf('=') + 1), 'The file', origin);
    }
  }
}

/** The values of fields, however their names are written: Go's JSON takes any case (encoding/json: foldName). */
function fieldsOf(part: Part, ...names: readonly (string | OriginOf)[]): Part[] {
  const originOf = names.find((name) => typeof name === 'function');
  return Object.entries(asObject(part.value)).flatMap(([key, value]) =>
    names.includes(folded(key)) ? [{ value: value ?? null, origin: originOf?.([key]) ?? part.origin }] : [],
  );
}

/** The items of a field that is a list, each with its place. */
function partsOf(body: JsonObject, name: string, originOf: OriginOf): Part[] {
  return Object.entries(body).flatMap(([key, value]) => {
    if (folded(key) !== name) return [];
    const items = Array.isArray(value) ? (value as JsonValue[]) : [value ?? null];
    return items.map((item, index) => ({ value: item, origin: originOf([key, index]) }));
  });
}

/** Also the letters that only Unicode takes for one of ASCII: the long s and the Kelvin sign. */
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}
