import { diagnostic, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';
import { decodeText } from '../kubernetes/decode-text.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import { newJsonMap } from '../kubernetes/json-map.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { createLocator } from '../kubernetes/locate.js';
import { valueAt } from '../kubernetes/object-differences.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import { fillTemplate, normalizeName, parameterIn, type Parameters } from './application-template.js';
import { fitsGlob } from './plain-files.js';
import { folderOf, lastPart } from './root.js';

export function isApplicationSet({ group, kind }: KubernetesObject): boolean {
  return group === 'argoproj.io' && kind === 'ApplicationSet';
}

export interface ApplicationSetReading {
  /** `Application` objects that stand at the set's place. */
  readonly applications: readonly KubernetesObject[];
  readonly isComplete: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** As many Applications as one set is taken to make. */
const MOST_APPLICATIONS = 1000;

/**
 * The Applications that an `ApplicationSet` makes of lists, and of the folders and files of the tree; also of two such
 * generators multiplied (`matrix`) or joined (`merge`). What asks clusters, pull requests or other services is not known.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/
 *
 * @param paths every path of the tree.
 * @param contents of the files that `listGeneratorFiles` names.
 */
export function expandApplicationSet(
  set: KubernetesObject,
  paths: ReadonlySet<string>,
  contents: ReadonlyMap<string, Uint8Array>,
): ApplicationSetReading {
  const spec = asObject(set.body['spec']);
  const isGoTemplate = spec['goTemplate'] === true;
  const generation: Generation = { set, paths, contents, isGoTemplate, diagnostics: [] };
  const applications: KubernetesObject[] = [];
  asArray(spec['generators']).forEach((written, index) => {
    const generator = asObject(written);
    const template = mergeMaps(asObject(spec['template']), ownTemplate(generator));
    for (const { parameters, locate } of generate(generator, ['spec', 'generators', index], generation)) {
      if (applications.length >= MOST_APPLICATIONS) return;
      const filled = fillTemplate(template, parameters, isGoTemplate);
      const application = applicationOf(set, asObject(filled.value), (path) => {
        const text = valueAt({ body: template }, path);
        const keys = typeof text === 'string' ? parameterIn(text, isGoTemplate) : null;
        return keys && locate(keys);
      });
      for (const expression of new Set(filled.unknown))
        report(generation, `the expression \`${expression}\``, ['spec', 'template']);
      if (application) applications.push(application);
    }
  });
  if (spec['templatePatch'] !== undefined) report(generation, 'templatePatch', ['spec', 'templatePatch']);
  if (applications.length >= MOST_APPLICATIONS) {
    report(generation, `more than ${MOST_APPLICATIONS} Applications`, ['spec', 'generators']);
  }
  return { applications, isComplete: generation.diagnostics.length === 0, diagnostics: generation.diagnostics };
}

/** The files of the tree that the set's generators read. */
export function listGeneratorFiles({ body }: KubernetesObject, paths: ReadonlySet<string>): readonly string[] {
  const globs = globsIn(asArray(asObject(body['spec'])['generators']));
  return [...paths].filter((path) => globs.some((glob) => fitsGlob(glob, path)));
}

function globsIn(generators: readonly JsonValue[]): readonly string[] {
  return generators
    .map(asObject)
    .flatMap(({ git, matrix, merge }) => [
      ...asArray(asObject(git)['files']).map((item) => asString(asObject(item)['path'])),
      ...[matrix, merge].flatMap((nested) => globsIn(asArray(asObject(nested)['generators']))),
    ]);
}

interface Generation {
  readonly set: KubernetesObject;
  readonly paths: ReadonlySet<string>;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly isGoTemplate: boolean;
  readonly diagnostics: Diagnostic[];
}

type Place = readonly (string | number)[];

/** The parameters of one Application, and where they are written; null for what is written nowhere. */
interface Generated {
  readonly parameters: Parameters;
  readonly locate: (keys: Place) => Origin | null;
}

function report({ set, diagnostics }: Generation, what: string, place: Place): void {
  const { namespace, name } = set.metadata;
  const message = `ApplicationSet ${namespace}/${name} has ${what}, which is not understood here.`;
  diagnostics.push(diagnostic('generator-not-known', message, set.locate(place)));
}

function ownTemplate(generator: JsonObject): JsonObject {
  const [kind] = Object.values(generator);
  return asObject(asObject(kind)['template']);
}

function generate(generator: JsonObject, place: Place, generation: Generation): readonly Generated[] {
  const [kind = ''] = Object.keys(generator).filter((key) => key !== 'selector');
  const settings = asObject(generator[kind]);
  if (generator['selector'] !== undefined) report(generation, 'a selector of generators', [...place, 'selector']);
  switch (kind) {
    case 'list':
      return asArray(settings['elements']).map((element, index) => {
        const parameters = asObject(element);
        const locate = (keys: Place): Origin | null =>
          valueAt({ body: parameters }, keys) === undefined
            ? null
            : generation.set.locate([...place, kind, 'elements', index, ...keys]);
        return { parameters, locate };
      });
    case 'git':
      return fromGit(settings, generation).map((generated) =>
        withValues(generated, settings, [...place, kind], generation),
      );
    case 'matrix':
      return multiply(settings, [...place, kind], generation);
    case 'merge':
      return join(settings, [...place, kind], generation);
    default:
      report(generation, `the generator \`${kind || 'none'}\``, place);
      return [];
  }
}

/** `values` of a generator are parameters, too, and may hold expressions themselves. */
function withValues(
  generated: Generated,
  settings: JsonObject,
  place: Place,
  { set, isGoTemplate }: Generation,
): Generated {
  const { parameters, locate } = generated;
  if (!isObject(settings['values'])) return generated;
  return {
    parameters: { ...parameters, values: fillTemplate(settings['values'], parameters, isGoTemplate).value },
    locate: (keys) => (keys[0] === 'values' ? set.locate([...place, ...keys]) : locate(keys)),
  };
}

function fromGit(settings: JsonObject, generation: Generation): readonly Generated[] {
  const { paths } = generation;
  const folders = asArray(settings['directories']).map(asObject);
  if (folders.length > 0) {
    const all = new Set<string>();
    for (const path of paths) {
      for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) all.add(folder);
    }
    const isListed = (folder: string, excludes: boolean): boolean =>
      folders.some((item) => (item['exclude'] === true) === excludes && fitsGlob(asString(item['path']), folder));
    return [...all]
      .filter((folder) => isListed(folder, false) && !isListed(folder, true))
      .sort()
      .map((folder) => ({ parameters: { path: pathParameters(folder) }, locate: () => null }));
  }
  const globs = asArray(settings['files']).map((item) => asString(asObject(item)['path']));
  return [...paths]
    .filter((path) => globs.some((glob) => fitsGlob(glob, path)))
    .sort()
    .flatMap((path) => fromFile(path, generation));
}

/** A file gives one set of parameters, or a list of them. */
function fromFile(path: string, generation: Generation): readonly Generated[] {
  const content = generation.contents.get(path);
  const decoded = content === undefined ? null : decodeText(content);
  const value = decoded && 'text' in decoded ? readYaml(decoded.text, true).value : undefined;
  if (value === undefined) {
    report(generation, `the file \`${path}\``, ['spec', 'generators']);
    return [];
  }
  const path_ = {
    ...pathParameters(folderOf(path)),
    filename: lastPart(path),
    filenameNormalized: normalizeName(lastPart(path)),
  };
  const locator = createLocator(decoded && 'text' in decoded ? decoded.text : '', 1);
  const isList = Array.isArray(value);
  return (isList ? (value as readonly JsonValue[]) : [value]).map((item, index) => ({
    parameters: { ...asObject(item), path: path_ },
    locate: (keys) =>
      valueAt({ body: asObject(item) }, keys) === undefined
        ? null
        : { path, line: locator.lineOf(isList ? [index, ...keys] : keys) },
  }));
}

function pathParameters(folder: string): JsonObject {
  const basename = lastPart(folder);
  return { path: folder, basename, basenameNormalized: normalizeName(basename), segments: folder.split('/') };
}

function multiply(settings: JsonObject, place: Place, generation: Generation): readonly Generated[] {
  let product: readonly Generated[] = [{ parameters: newJsonMap(), locate: () => null }];
  asArray(settings['generators']).forEach((written, index) => {
    product = product.flatMap((left) => {
      // The second generator may use what the first one gave.
      const filled = asObject(fillTemplate(asObject(written), left.parameters, generation.isGoTemplate).value);
      return generate(filled, [...place, 'generators', index], generation).map((right) => joined(left, right));
    });
    product = product.slice(0, MOST_APPLICATIONS);
  });
  return product;
}

/** The first generator's parameters, each with those of the others that agree in the keys of `mergeKeys`. */
function join(settings: JsonObject, place: Place, generation: Generation): readonly Generated[] {
  const keys = asArray(settings['mergeKeys']).map(asString);
  const [first = [], ...others] = asArray(settings['generators']).map((written, index) =>
    generate(asObject(written), [...place, 'generators', index], generation),
  );
  const keyOf = ({ parameters }: Generated): string => JSON.stringify(keys.map((key) => parameters[key] ?? null));
  return first.map((left) =>
    others.flatMap((list) => list.filter((right) => keyOf(right) === keyOf(left))).reduce(joined, left),
  );
}

function joined(left: Generated, right: Generated): Generated {
  return {
    parameters: mergeMaps(left.parameters, right.parameters),
    locate: (keys) => right.locate(keys) ?? left.locate(keys),
  };
}

function mergeMaps(left: JsonObject, right: JsonObject): JsonObject {
  const merged = newJsonMap();
  for (const [key, value] of [...Object.entries(left), ...Object.entries(right)]) {
    const earlier = merged[key];
    if (value !== undefined) merged[key] = isObject(earlier) && isObject(value) ? mergeMaps(earlier, value) : value;
  }
  return merged;
}

function applicationOf(
  set: KubernetesObject,
  template: JsonObject,
  parameterAt: (path: Place) => Origin | null,
): KubernetesObject | null {
  const metadata = asObject(template['metadata']);
  const name = asString(metadata['name']);
  if (name === '') return null;
  return {
    ...set,
    kind: 'Application',
    metadata: { ...set.metadata, name, labels: {}, annotations: {} },
    body: { ...set.body, kind: 'Application', metadata, spec: template['spec'] ?? {} },
    locate: (path) =>
      parameterAt(path) ?? set.locate(path[0] === 'spec' ? ['spec', 'template', ...path] : ['spec', 'template']),
  };
}
