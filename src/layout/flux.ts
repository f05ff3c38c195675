import { diagnostic } from '../diagnostic/diagnostic.js';
import { asArray, asObject, asString, asStrings, isObject, stringMap } from '../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import type { Path } from '../kubernetes/locate.js';
import type { Substitution } from './delivery.js';
import type { DeliveryReading, TreeIndex } from './delivery-reading.js';
import { givenValues } from './given-values.js';
import { plainRoot } from './plain-files.js';
import { isBelow, joinPath, resolveIn, type ChartRoot, type GivenValues, type Root } from './root.js';

export function isFluxKustomization({ group, kind }: KubernetesObject): boolean {
  return group === 'kustomize.toolkit.fluxcd.io' && kind === 'Kustomization';
}

export function isHelmRelease({ group, kind }: KubernetesObject): boolean {
  return group === 'helm.toolkit.fluxcd.io' && kind === 'HelmRelease';
}

/** The cluster that Flux itself runs in; as with Argo CD, its own folder says which one that is. */
export const FLUX_CLUSTER = 'in-cluster';

/**
 * What a Flux `Kustomization` applies, as far as it lies in the tree. A folder without a kustomization is applied whole.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function readFluxKustomization(
  object: KubernetesObject,
  tree: TreeIndex,
  artifacts: Artifacts,
): DeliveryReading {
  const spec = asObject(object.body['spec']);
  const source = asObject(spec['sourceRef']);
  const written = asString(spec['path']);
  const top = topOf(source, object.metadata.namespace, artifacts);
  const path = top === null ? null : resolveIn('', joinPath(top, written.replace(/^\.?\//, '')));
  if (path === null || !tree.hasFolder(path)) {
    const where = `${asString(source['kind'])} ${asString(source['name'])}`;
    return notInTree(object, `\`${written || './'}\` of ${where}`, ['spec', 'path'], clusterOf(spec));
  }
  const namespace = asString(spec['targetNamespace']);
  const origin = object.locate(['spec', 'targetNamespace']);
  return {
    cluster: clusterOf(spec),
    deliveries: rootsAt(path, object, tree).map((root) => ({
      root,
      placement: namespace === '' ? null : { namespace, overrides: true, origin },
      substitution: substitutionOf(object),
      reason: `Kustomization ${object.metadata.namespace}/${object.metadata.name}`,
      declaredAt: object.origin,
    })),
    isComplete: true,
    diagnostics: [],
    opaque: null,
  };
}

/** Folders of the tree that a controller copies into artifacts, by `namespace/name`. */
export type Artifacts = ReadonlyMap<string, string>;

/** The folder of the tree that a source's top stands for; null for what is not known to come from the tree. A GitRepository
 * is taken for the tree's own: nothing in a repository says what it is called. */
function topOf(source: JsonObject, namespace: string, artifacts: Artifacts): string | null {
  const kind = asString(source['kind']);
  if (kind === 'GitRepository' || kind === '') return '';
  const key = `${asString(source['namespace']) || namespace}/${asString(source['name'])}`;
  return kind === 'ExternalArtifact' ? (artifacts.get(key) ?? null) : null;
}

export function isArtifactGenerator({ group, kind }: KubernetesObject): boolean {
  return group === 'source.extensions.fluxcd.io' && kind === 'ArtifactGenerator';
}

/**
 * The artifacts that an `ArtifactGenerator` makes of one folder of a GitRepository .
 * https://fluxcd.io/flux/components/source/artifactgenerators/
 */
export function readArtifactGenerator({ body, metadata }: KubernetesObject): Artifacts {
  const spec = asObject(body['spec']);
  const git = new Set(
    asArray(spec['sources'])
      .map(asObject)
      .filter((source) => asString(source['kind']) === 'GitRepository')
      .map((source) => asString(source['alias'])),
  );
  const artifacts = new Map<string, string>();
  for (const artifact of asArray(spec['artifacts']).map(asObject)) {
    const tops = new Set(asArray(artifact['copy']).map((copy) => topOfCopy(asObject(copy), git)));
    const [top] = tops;
    if (tops.size === 1 && typeof top === 'string')
      artifacts.set(`${metadata.namespace}/${asString(artifact['name'])}`, top);
  }
  return artifacts;
}

/** The folder that the artifact's top stands for, where a copy keeps the paths: `@a/apps/base/**` to `@artifact/base/`. */
function topOfCopy(copy: JsonObject, aliases: ReadonlySet<string>): string | null {
  const from = /^@([^/]+)\/(.*?)\/?(?:\*\*)?$/.exec(asString(copy['from']));
  const to = /^@artifact\/?(.*?)\/?$/.exec(asString(copy['to']));
  if (!from || !to || !aliases.has(from[1] ?? '')) return null;
  const [source, target] = [from[2] ?? '', to[1] ?? ''];
  if (target === '') return source;
  if (source === target) return '';
  return source.endsWith(`/${target}`) ? source.slice(0, -target.length - 1) : null;
}

/** Flux generates a kustomization for a folder that has none: of its manifests, and of the kustomizations below it. */
function rootsAt(path: string, object: KubernetesObject, tree: TreeIndex): readonly Root[] {
  const overrides = overridesOf(asObject(object.body['spec']));
  const built = (folder: string): Root => {
    const added = overrides
      ? { overrides, origin: object.locate(['spec']), locate: (at: Path) => object.locate(['spec', ...at]) }
      : {};
    return { kind: 'kustomization', path: folder, isUnrestricted: true, ...added };
  };
  if (tree.kustomizations.has(path)) return [built(path)];
  const below = [...tree.kustomizations.keys()].filter((folder) => isBelow(path, folder));
  const nested = below.filter((folder) => !below.some((other) => other !== folder && isBelow(other, folder)));
  const files = plainRoot(path, tree.manifests, { recurse: true, include: '', exclude: '' }).files.filter(
    (file) => !nested.some((folder) => isBelow(folder, file)),
  );
  return [{ kind: 'plain', path, files }, ...nested.sort().map(built)];
}

/** Another cluster is named by the Secret with its kubeconfig. */
function clusterOf(spec: JsonObject): string {
  const secret = asObject(asObject(spec['kubeConfig'])['secretRef']);
  return asString(secret['name']) || FLUX_CLUSTER;
}

/** Flux: the fields of its Kustomization that it writes into the kustomization it builds. */
function overridesOf(spec: JsonObject): JsonObject | null {
  const overrides: Record<string, JsonObject[string]> = {};
  for (const field of ['namePrefix', 'nameSuffix', 'patches', 'images', 'components']) {
    if (spec[field] !== undefined) overrides[field] = spec[field];
  }
  const { labels, annotations } = asObject(spec['commonMetadata']);
  if (isObject(labels)) overrides['labels'] = [{ pairs: labels, includeTemplates: false }];
  if (isObject(annotations)) overrides['commonAnnotations'] = annotations;
  if (asString(spec['targetNamespace']) !== '') overrides['namespace'] = asString(spec['targetNamespace']);
  return Object.keys(overrides).length === 0 ? null : overrides;
}

function substitutionOf(object: KubernetesObject): Substitution | null {
  const build = asObject(asObject(object.body['spec'])['postBuild']);
  if (Object.keys(build).length === 0) return null;
  const configMaps = asArray(build['substituteFrom'])
    .map(asObject)
    .filter((item) => asString(item['kind']) === 'ConfigMap')
    .map((item) => ({
      namespace: object.metadata.namespace,
      name: asString(item['name']),
      isOptional: item['optional'] === true,
    }));
  return {
    variables: stringMap(build['substitute']),
    locate: (name) => object.locate(['spec', 'postBuild', 'substitute', name]),
    configMaps,
  };
}

/**
 * What a Flux `HelmRelease` installs, where its chart lies in the tree.
 * https://fluxcd.io/flux/components/helm/helmreleases/
 *
 * @param configMap a ConfigMap of the same cluster, for `valuesFrom`; null where there is none.
 */
export function readHelmRelease(
  object: KubernetesObject,
  tree: TreeIndex,
  configMap: (namespace: string, name: string) => KubernetesObject | null,
): DeliveryReading {
  const spec = asObject(object.body['spec']);
  const chart = asObject(asObject(spec['chart'])['spec']);
  const source = asObject(chart['sourceRef']);
  const written = asString(chart['chart']);
  const path = asString(source['kind']) === 'GitRepository' ? resolveIn('', written.replace(/^\.?\//, '')) : null;
  if (path === null || !tree.charts.has(path)) {
    const from = written === '' ? asObject(spec['chartRef']) : source;
    const where = `the chart${written === '' ? '' : ` ${written}`} of ${asString(from['kind'])} ${asString(from['name'])}`;
    return notInTree(object, where, ['spec', written === '' ? 'chartRef' : 'chart'], clusterOf(spec));
  }
  const { name, namespace } = object.metadata;
  const target = asString(spec['targetNamespace']);
  const values: GivenValues[] = [];
  const missing: string[] = [];
  for (const item of asArray(spec['valuesFrom']).map(asObject)) {
    const from = asString(item['name']);
    const found = asString(item['kind']) === 'ConfigMap' ? configMap(namespace, from) : null;
    const key = asString(item['valuesKey']) || 'values.yaml';
    if (typeof asObject(found?.body['data'])[key] === 'string' && asString(item['targetPath']) === '') {
      const given = givenValues(found!, ['data', key]);
      if (given) values.push(given);
    } else if (item['optional'] !== true) missing.push(`${asString(item['kind'])} ${from}`);
  }
  const root: ChartRoot = {
    kind: 'chart',
    path,
    releaseName: asString(spec['releaseName']) || (target === '' ? name : `${target}-${name}`),
    namespace: target || namespace,
    valuesFiles: asStrings(chart['valuesFiles']).flatMap((file) => resolveIn('', file.replace(/^\.?\//, '')) ?? []),
    values: [...values, ...[givenValues(object, ['spec', 'values']) ?? []].flat()],
    parameters: [],
    includeCrds: true,
    runsTests: asObject(spec['test'])['enable'] === true,
    origin: object.locate(['spec', 'values']),
  };
  return {
    cluster: clusterOf(spec),
    deliveries: [
      {
        root,
        placement: {
          namespace: root.namespace,
          overrides: false,
          origin: object.locate(target === '' ? ['metadata', 'namespace'] : ['spec', 'targetNamespace']),
        },
        substitution: null,
        reason: `HelmRelease ${namespace}/${name}`,
        declaredAt: object.origin,
      },
    ],
    isComplete: missing.length === 0 && spec['postRenderers'] === undefined,
    diagnostics: [
      ...missing.map((from) => notRead(object, `values from ${from}`, ['spec', 'valuesFrom'])),
      ...(spec['postRenderers'] === undefined ? [] : [notRead(object, 'post-renderers', ['spec', 'postRenderers'])]),
    ],
    opaque: spec['postRenderers'] === undefined ? null : [],
  };
}

function notRead(
  object: KubernetesObject,
  what: string,
  place: readonly string[],
): DeliveryReading['diagnostics'][number] {
  const { namespace, name } = object.metadata;
  return diagnostic(
    'source-not-in-tree',
    `${object.kind} ${namespace}/${name} takes ${what}, which is not in this tree.`,
    object.locate(place),
  );
}

function notInTree(object: KubernetesObject, what: string, place: readonly string[], cluster: string): DeliveryReading {
  return { cluster, deliveries: [], isComplete: false, diagnostics: [notRead(object, what, place)], opaque: null };
}
