import { asArray, asObject, asString } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { shownFlags, withFlags } from './feature-flags.js';
import {
  behaviorOf,
  DEFAULT_ISTIO_VERSION,
  KNOWN_ISTIO_VERSIONS,
  minorVersion,
  type IstioBehavior,
} from './versions.js';

interface ShownVersion {
  readonly version: string;
  readonly object: KubernetesObject;
}

export interface ChosenVersion {
  readonly behavior: IstioBehavior;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The version to judge by: the one asked for, else the one the manifests show (istiod's image, an installer's object, a chart),
 * else the default. Of several the lowest is taken, since it decides less. What istiod's flags turn off is off.
 */
export function chooseVersion(asked: string | undefined, objects: readonly KubernetesObject[]): ChosenVersion {
  const chosen = chooseRow(asked, objects);
  const flags = objects.flatMap((object) => (mayShowVersion(object) ? shownFlags(object) : []));
  return { ...chosen, behavior: withFlags(chosen.behavior, flags) };
}

function chooseRow(asked: string | undefined, objects: readonly KubernetesObject[]): ChosenVersion {
  if (asked !== undefined) return known(minorVersion(asked) ?? asked, null);
  const shown: ShownVersion[] = [];
  for (const object of objects) {
    if (!mayShowVersion(object)) continue;
    for (const version of versionsShownBy(object)) shown.push({ version, object });
  }
  const lowest = [...shown].sort((a, b) => Number(a.version.slice(2)) - Number(b.version.slice(2)))[0];
  if (!lowest) return { behavior: behaviorOf(DEFAULT_ISTIO_VERSION), diagnostics: [] };
  const chosen = known(lowest.version, lowest.object);
  const others = [...new Set(shown.map(({ version }) => version))].filter((version) => version !== lowest.version);
  if (others.length === 0) return chosen;
  const message = `The manifests show Istio ${[lowest.version, ...others.sort()].join(' and ')}; ${lowest.version} is used. Name the version to judge by.`;
  const several = diagnostic('several-istio-versions', message, lowest.object.origin);
  return { ...chosen, diagnostics: [...chosen.diagnostics, several] };
}

function known(version: string, object: KubernetesObject | null): ChosenVersion {
  const behavior = behaviorOf(version);
  if (KNOWN_ISTIO_VERSIONS.includes(version)) return { behavior, diagnostics: [] };
  const message = `Istio ${version} is not known; the answers are those of ${behavior.version}. Known are ${KNOWN_ISTIO_VERSIONS.join(', ')}.`;
  return { behavior, diagnostics: [diagnostic('unknown-istio-version', message, object?.origin ?? null)] };
}

const shownBy = new WeakMap<KubernetesObject, readonly string[]>();

/** Of an object, which many meshes may have in common, read once. */
function versionsShownBy(object: KubernetesObject): readonly string[] {
  let versions = shownBy.get(object);
  if (!versions) shownBy.set(object, (versions = shownVersions(object)));
  return versions;
}

/** The minor versions of Istio that an object shows: `1.30`. Of a chart's range (`~1.30.1`, `^1.30`), the one it begins with. */
export function shownVersions(object: Pick<KubernetesObject, 'group' | 'kind' | 'body'>): string[] {
  return versionTexts(object).flatMap((text) => minorVersion(text.replace(/^(?:[~^=]|>=)\s*/, '')) ?? []);
}

const SHOWING_KINDS: ReadonlySet<string> = new Set([
  'Deployment',
  'Istio',
  'IstioOperator',
  'Application',
  'HelmRelease',
]);

/** Whether an object can have a part in `chooseVersion`. */
export function mayShowVersion({ kind }: KubernetesObject): boolean {
  return SHOWING_KINDS.has(kind);
}

function versionTexts(object: Pick<KubernetesObject, 'group' | 'kind' | 'body'>): string[] {
  const spec = asObject(object.body['spec']);
  switch (`${object.group}/${object.kind}`) {
    case 'apps/Deployment':
      return istiodImages(spec);
    case 'sailoperator.io/Istio':
      return [asString(spec['version'])];
    case 'install.istio.io/IstioOperator':
      return [asString(spec['tag'])];
    case 'argoproj.io/Application':
      return [asObject(spec['source']), ...asArray(spec['sources']).map(asObject)]
        .filter((source) => source['chart'] === 'istiod')
        .map((source) => asString(source['targetRevision']));
    case 'helm.toolkit.fluxcd.io/HelmRelease': {
      const chart = asObject(asObject(spec['chart'])['spec']);
      return chart['chart'] === 'istiod' ? [asString(chart['version'])] : [];
    }
    default:
      return [];
  }
}

/** The tags of istiod's images: `…/pilot:1.30.1`, `…/pilot:1.30.1-distroless`. */
function istiodImages(spec: ReturnType<typeof asObject>): string[] {
  const containers = asArray(asObject(asObject(spec['template'])['spec'])['containers']);
  return containers.flatMap((item) => {
    const match = /(?:^|\/)pilot:([^@]+)/.exec(asString(asObject(item)['image']));
    return match?.[1] === undefined ? [] : [match[1]];
  });
}
