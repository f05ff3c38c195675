import { asArray, asObject, asString } from '../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import { minorVersion, type IstioBehavior, type VersionRule } from './versions.js';

/** A variable that istiod is started with, as an object shows it. */
export interface FeatureFlag {
  readonly name: string;
  readonly value: string;
  /** The way to what sets it. */
  readonly path: readonly (string | number)[];
}

/** Flags without which a version does not have a rule. Istio: pilot/pkg/features */
const SWITCHES: Readonly<Record<string, readonly VersionRule[]>> = {
  PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE: ['picksBestServiceNamespace'],
  PILOT_ENABLE_GATEWAY_API: ['honorsMeshRoutes', 'honorsTlsRoutes'],
};

/** Flags that decide where calls go, and whose other value is not modelled: the value that is. */
const FIXED: Readonly<Record<string, boolean>> = {
  ENABLE_EXTERNAL_NAME_ALIAS: true,
  PILOT_ENABLE_ALPHA_GATEWAY_API: false,
  PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES: true,
  PILOT_ENABLE_SERVICEENTRY_SELECT_PODS: true,
  PILOT_UNIFIED_SIDECAR_SCOPE: true,
};

/** The values that a compatibility version sets: the version below which it does. Istio: manifests/helm-profiles/compatibility-version-*.yaml */
const COMPATIBILITY: Readonly<Record<string, number>> = { PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE: 30 };

/** Whether a variable of istiod's environment decides where calls go. */
export function isFeatureFlag(name: string): boolean {
  return name in SWITCHES || name in FIXED;
}

/** Flags that decide where calls go, as an object that installs istiod shows them; one that is set by itself wins over what a compatibility
 * version sets. */
export function shownFlags(object: ShowingObject): readonly FeatureFlag[] {
  let flags = shownBy.get(object);
  if (!flags) shownBy.set(object, (flags = readFlags(object)));
  return flags;
}

type ShowingObject = Pick<KubernetesObject, 'group' | 'kind' | 'body'>;

/** Of an object, which many meshes may have in common, read once. */
const shownBy = new WeakMap<ShowingObject, readonly FeatureFlag[]>();
const NO_FLAGS: readonly FeatureFlag[] = [];

function readFlags(object: ShowingObject): readonly FeatureFlag[] {
  const settings = settingsOf(object);
  if (settings.length === 0) return NO_FLAGS;
  const found = new Map<string, FeatureFlag>();
  for (const flag of settings) if (isFeatureFlag(flag.name)) found.set(flag.name, flag);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A version with what the flags take from it. */
export function withFlags(behavior: IstioBehavior, flags: readonly FeatureFlag[]): IstioBehavior {
  const off = flags.flatMap(({ name, value }) => (parseBool(value) === false ? (SWITCHES[name] ?? []) : []));
  return off.reduce((reduced, rule) => ({ ...reduced, [rule]: false }), behavior);
}

/** Those that are set to what is not modelled. */
export function flagsNotModelled(flags: readonly FeatureFlag[]): FeatureFlag[] {
  return flags.filter(({ name, value }) => {
    const modelled = FIXED[name];
    return modelled !== undefined && parseBool(value) === !modelled;
  });
}

/** Go: strconv.ParseBool; null for what istiod ignores. */
function parseBool(text: string): boolean | null {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : null;
}

type Path = readonly (string | number)[];

/** What sets istiod's environment: its Deployment, or the values of whatever installs its chart. Later ones win. */
function settingsOf({ group, kind, body }: ShowingObject): FeatureFlag[] {
  const spec = asObject(body['spec']);
  switch (`${group}/${kind}`) {
    case 'apps/Deployment':
      return deploymentFlags(spec);
    case 'sailoperator.io/Istio':
      return valuesFlags(asObject(spec['values']), ['spec', 'values']);
    case 'install.istio.io/IstioOperator': {
      const pilot = asObject(asObject(asObject(spec['components'])['pilot'])['k8s']);
      return [
        ...compatibilityFlags(spec, ['spec']),
        ...valuesFlags(asObject(spec['values']), ['spec', 'values']),
        ...listedFlags(pilot['env'], ['spec', 'components', 'pilot', 'k8s', 'env']),
      ];
    }
    case 'helm.toolkit.fluxcd.io/HelmRelease': {
      const chart = asObject(asObject(spec['chart'])['spec'])['chart'];
      return chart === 'istiod' ? valuesFlags(asObject(spec['values']), ['spec', 'values']) : [];
    }
    case 'argoproj.io/Application':
      return applicationFlags(spec);
    default:
      return [];
  }
}

function deploymentFlags(spec: JsonObject): FeatureFlag[] {
  const containers = asArray(asObject(asObject(spec['template'])['spec'])['containers']);
  return containers.flatMap((item, place) => {
    const { image, env } = asObject(item);
    const path = ['spec', 'template', 'spec', 'containers', place, 'env'];
    return /(?:^|\/)pilot(?:[:@]|$)/.test(asString(image)) ? listedFlags(env, path) : [];
  });
}

function applicationFlags(spec: JsonObject): FeatureFlag[] {
  const sources: (readonly [JsonObject, Path])[] = [
    [asObject(spec['source']), ['spec', 'source']],
    ...asArray(spec['sources']).map((item, place) => [asObject(item), ['spec', 'sources', place]] as const),
  ];
  return sources.flatMap(([source, path]) => {
    if (source['chart'] !== 'istiod') return [];
    const helm = asObject(source['helm']);
    const parameters = asArray(helm['parameters']).flatMap((item, place): FeatureFlag[] => {
      const { name, value } = asObject(item);
      const at = [...path, 'helm', 'parameters', place];
      const key = asString(name);
      if (key === 'compatibilityVersion') return compatibilityFlags({ compatibilityVersion: value }, at);
      const flag = /^(?:pilot\.)?env\.(\w+)$/.exec(key)?.[1];
      return flag === undefined ? [] : [{ name: flag, value: textOf(value), path: at }];
    });
    return [...valuesFlags(asObject(helm['valuesObject']), [...path, 'helm', 'valuesObject']), ...parameters];
  });
}

/** The values of Istio's chart `istiod`, with and without the key of the component. */
function valuesFlags(values: JsonObject, path: Path): FeatureFlag[] {
  return [
    ...compatibilityFlags(values, path),
    ...mappedFlags(asObject(values['env']), [...path, 'env']),
    ...mappedFlags(asObject(asObject(values['pilot'])['env']), [...path, 'pilot', 'env']),
  ];
}

function compatibilityFlags({ compatibilityVersion }: JsonObject, path: Path): FeatureFlag[] {
  const version = minorVersion(textOf(compatibilityVersion));
  if (version === null) return [];
  const minor = Number(version.slice(2));
  return Object.entries(COMPATIBILITY)
    .filter(([, below]) => minor < below)
    .map(([name]) => ({ name, value: 'false', path: [...path, 'compatibilityVersion'] }));
}

function mappedFlags(env: JsonObject, path: Path): FeatureFlag[] {
  return Object.entries(env).map(([name, value]) => ({ name, value: textOf(value), path: [...path, name] }));
}

function listedFlags(env: JsonObject[string], path: Path): FeatureFlag[] {
  return asArray(env).map((item, place) => {
    const { name, value } = asObject(item);
    return { name: asString(name), value: textOf(value), path: [...path, place] };
  });
}

/** Values are often written without quotes. */
function textOf(value: JsonObject[string]): string {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : asString(value);
}
