import { diagnostic, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';
import { asArray, asObject, asString, asStrings, isObject } from '../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import type { Path } from '../kubernetes/locate.js';
import type { Delivery } from './delivery.js';
import type { DeliveryReading, TreeIndex } from './delivery-reading.js';
import { givenValues } from './given-values.js';
import { plainRoot } from './plain-files.js';
import { folderOf, resolveIn, type ChartParameter, type ChartRoot, type Root } from './root.js';

/** The cluster that Argo CD itself runs in, as it calls it. */
export const IN_CLUSTER = 'in-cluster';
const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc';

export function isApplication({ group, kind }: KubernetesObject): boolean {
  return group === 'argoproj.io' && kind === 'Application';
}

/**
 * What an Argo CD `Application` applies, as far as it lies in the tree.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/
 */
export function readApplication(application: KubernetesObject, tree: TreeIndex): DeliveryReading {
  const spec = asObject(application.body['spec']);
  const sources = isObject(spec['source']) ? [spec['source']] : asArray(spec['sources']).map(asObject);
  const { name, namespace } = application.metadata;
  const destination = asObject(spec['destination']);
  const target = asString(destination['namespace']);
  const origin = application.locate(['spec', 'destination', 'namespace']);
  const subject: Subject = {
    application,
    tree,
    release: name,
    namespace: target || 'default',
    references: referencesOf(sources),
  };
  const readings = sources.map((source, index) => readSource(source, index, subject));
  return {
    cluster: clusterOf(destination),
    deliveries: readings.flatMap(({ roots }) =>
      roots.map((root): Delivery => ({
        root,
        placement: target === '' ? null : { namespace: target, overrides: false, origin },
        substitution: null,
        reason: `Application ${namespace}/${name}`,
        declaredAt: application.origin,
      })),
    ),
    isComplete: sources.length > 0 && readings.every(({ isComplete }) => isComplete),
    diagnostics: readings.flatMap(({ diagnostics }) => diagnostics),
    opaque: readings.some(({ opaque }) => opaque !== null) ? readings.flatMap(({ opaque }) => opaque ?? []) : null,
  };
}

function clusterOf(destination: JsonObject): string {
  const name = asString(destination['name']);
  const server = asString(destination['server']);
  if (name !== '') return name;
  if (server === '' || server.replace(/\/$/, '') === IN_CLUSTER_SERVER) return IN_CLUSTER;
  return server.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

interface Subject {
  readonly application: KubernetesObject;
  readonly tree: TreeIndex;
  readonly release: string;
  readonly namespace: string;
  /** Names of sources that only give values files (`$name/…`): each stands for the top of a repository. */
  readonly references: ReadonlySet<string>;
}

interface SourceReading {
  readonly roots: readonly Root[];
  readonly isComplete: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly opaque: DeliveryReading['opaque'];
}

function referencesOf(sources: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(sources.map((source) => asString(source['ref'])).filter((name) => name !== ''));
}

function readSource(source: JsonObject, index: number, subject: Subject): SourceReading {
  const { application, tree } = subject;
  const written = asString(source['path']);
  const chart = asString(source['chart']);
  const field = isObject(asObject(application.body['spec'])['source']) ? ['source'] : ['sources', index];
  const at = application.locate(['spec', ...field, chart === '' ? 'path' : 'chart']);
  const outside = (what: string): SourceReading => ({
    roots: [],
    isComplete: false,
    diagnostics: [diagnostic('source-not-in-tree', `${title(application)} takes ${what}.`, at)],
    opaque: null,
  });
  if (chart !== '') return outside(`the chart ${chart} from ${asString(source['repoURL']) || 'a registry'}`);
  if (written === '') return { roots: [], isComplete: asString(source['ref']) !== '', diagnostics: [], opaque: null };
  const path = resolveIn('', written);
  if (path === null || !tree.hasFolder(path)) {
    return outside(`\`${written}\` of ${asString(source['repoURL']) || 'a repository'}, which is not in this tree`);
  }
  if (source['plugin'] !== undefined) return { ...outside(`what a plugin makes of \`${written}\``), opaque: [path] };
  const kind = kindOf(source, path, tree);
  if (kind === 'chart') return readChart(source, field, path, subject, at);
  if (kind === 'kustomization') {
    const overrides = kustomizeOverrides(asObject(source['kustomize']));
    const locate = (inside: Path): Origin => application.locate(['spec', ...field, 'kustomize', ...inside]);
    return {
      roots: [{ kind: 'kustomization', path, ...(overrides ? { overrides, origin: at, locate } : {}) }],
      isComplete: true,
      diagnostics: [],
      opaque: null,
    };
  }
  const directory = asObject(source['directory']);
  const root = plainRoot(path, tree.manifests, {
    recurse: directory['recurse'] === true,
    include: asString(directory['include']),
    exclude: asString(directory['exclude']),
  });
  const hasJsonnet = [...tree.paths].some((file) => folderOf(file) === path && /\.(?:jsonnet|libsonnet)$/.test(file));
  if (!hasJsonnet) return { roots: [root], isComplete: true, diagnostics: [], opaque: null };
  return {
    ...outside(`what jsonnet makes of \`${written}\``),
    roots: root.files.length > 0 ? [root] : [],
    opaque: [path],
  };
}

/** Argo CD: ApplicationSource.ExplicitType, discovery.Discover. A folder that holds both counts as a kustomization. */
function kindOf(source: JsonObject, path: string, { charts, kustomizations }: TreeIndex): Root['kind'] {
  const [isChart, isKustomization] = [charts.has(path), kustomizations.has(path)];
  if (isSet(source['directory'])) return 'plain';
  if (isChart && isSet(source['helm'])) return 'chart';
  return isKustomization ? 'kustomization' : isChart ? 'chart' : 'plain';
}

/** Argo CD: NormalizeApplicationSpec takes settings that are all empty for absent. */
function isSet(value: JsonValue | undefined): boolean {
  if (isObject(value)) return Object.values(value).some(isSet);
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function readChart(
  source: JsonObject,
  field: readonly (string | number)[],
  path: string,
  subject: Subject,
  at: Origin,
): SourceReading {
  const { application } = subject;
  const inHelm = ['spec', ...field, 'helm'];
  const helm = asObject(source['helm']);
  const diagnostics: Diagnostic[] = [];
  const valuesFiles: string[] = [];
  for (const name of asStrings(helm['valueFiles'])) {
    const file = valuesFile(name, path, subject);
    if (file !== null && subject.tree.paths.has(file)) valuesFiles.push(file);
    else if (helm['ignoreMissingValueFiles'] !== true) {
      const message = `${title(subject.application)} takes the values file \`${name}\`, which is not in this tree.`;
      diagnostics.push(diagnostic('source-not-in-tree', message, at));
    }
  }
  const root: ChartRoot = {
    kind: 'chart',
    path,
    releaseName: asString(helm['releaseName']) || subject.release,
    namespace: asString(helm['namespace']) || subject.namespace,
    valuesFiles,
    values: ['values', 'valuesObject'].flatMap((key) => givenValues(application, [...inHelm, key]) ?? []),
    parameters: asArray(helm['parameters']).map((parameter, index) =>
      parameterOf(asObject(parameter), application.locate([...inHelm, 'parameters', index, 'value'])),
    ),
    includeCrds: helm['skipCrds'] !== true,
    origin: at,
    ...(asString(helm['kubeVersion']) === '' ? {} : { kubeVersion: asString(helm['kubeVersion']) }),
    ...(asStrings(helm['apiVersions']).length === 0 ? {} : { apiVersions: asStrings(helm['apiVersions']) }),
  };
  const isComplete = diagnostics.length === 0;
  return { roots: [root], isComplete, diagnostics, opaque: isComplete ? null : [] };
}

/** A values file is named from the chart's folder, from the repository's top (`/…`), or from another source (`$name/…`). */
function valuesFile(name: string, chart: string, { references }: Subject): string | null {
  const reference = /^\$([^/]+)\/(.*)$/.exec(name);
  if (reference) return references.has(reference[1] ?? '') ? resolveIn('', reference[2] ?? '') : null;
  return name.includes('://') ? null : resolveIn(chart, name);
}

function parameterOf(parameter: JsonObject, origin: Origin): ChartParameter {
  return {
    name: asString(parameter['name']),
    value: asString(parameter['value']),
    forceString: parameter['forceString'] === true,
    origin,
  };
}

/** Argo CD: `spec.source.kustomize`, in kustomize's own fields. */
function kustomizeOverrides(kustomize: JsonObject): JsonObject | null {
  const overrides: Record<string, JsonObject[string]> = {};
  const same = [
    'namePrefix',
    'nameSuffix',
    'namespace',
    'commonLabels',
    'commonAnnotations',
    'patches',
    'components',
    'replicas',
  ];
  for (const field of same) if (kustomize[field] !== undefined) overrides[field] = kustomize[field];
  const images = asStrings(kustomize['images']).map(imageOf);
  if (images.length > 0) overrides['images'] = images;
  return Object.keys(overrides).length === 0 ? null : overrides;
}

/** `name=new:tag`, `name:tag` or `name@digest`. */
function imageOf(text: string): JsonObject {
  const [left = '', right] = text.split('=', 2);
  const image = right ?? left;
  const [withoutDigest = '', digest] = image.split('@', 2);
  const colon = withoutDigest.lastIndexOf(':');
  const hasTag = colon > withoutDigest.lastIndexOf('/');
  const name = hasTag ? withoutDigest.slice(0, colon) : withoutDigest;
  return {
    name: right === undefined ? name : left,
    newName: name,
    ...(hasTag ? { newTag: withoutDigest.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

function title({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
