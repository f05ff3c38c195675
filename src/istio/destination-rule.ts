import { asArray, asNumber, asObject, asString, asStrings, isObject, stringMap } from '../kubernetes/json.js';
import type { Labels } from '../kubernetes/label-selector.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { resolveShortNameToFqdn, type HostName } from './host-name.js';
import type { AgeOf, IstioObject } from './istio-object.js';

export type ClientTlsMode = 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL';

/** What of a traffic policy decides reachability: the TLS mode and whether the load balancer passes through. */
export interface PolicySettings {
  readonly tls: ClientTlsMode | null;
  /** `loadBalancer.simple: PASSTHROUGH`; null where the policy has no load balancer. */
  readonly passthrough: boolean | null;
}

export interface TrafficPolicy extends PolicySettings {
  readonly portLevel: ReadonlyMap<number, PolicySettings>;
}

export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly trafficPolicy: TrafficPolicy | null;
}

export interface DestinationRule {
  readonly host: HostName;
  readonly trafficPolicy: TrafficPolicy | null;
  readonly subsets: readonly Subset[];
  readonly exportTo: readonly string[];
  /** Null without a workloadSelector. */
  readonly matchLabels: Labels | null;
}

export function parseDestinationRule(
  object: KubernetesObject,
  clusterDomain: string,
  ageOf: AgeOf,
): IstioObject<DestinationRule> {
  const spec = asObject(object.body['spec']);
  const { name, namespace } = object.metadata;
  const selector = spec['workloadSelector'];
  return {
    name,
    namespace,
    age: ageOf(object),
    object,
    spec: {
      host: resolveShortNameToFqdn(asString(spec['host']), namespace, clusterDomain),
      trafficPolicy: parseTrafficPolicy(spec['trafficPolicy']),
      subsets: asArray(spec['subsets']).map((item) => {
        const subset = asObject(item);
        return {
          name: asString(subset['name']),
          labels: stringMap(subset['labels']),
          trafficPolicy: parseTrafficPolicy(subset['trafficPolicy']),
        };
      }),
      exportTo: asStrings(spec['exportTo']),
      matchLabels: isObject(selector) ? stringMap(selector['matchLabels']) : null,
    },
  };
}

function parseTrafficPolicy(value: JsonValue | undefined): TrafficPolicy | null {
  if (!isObject(value)) return null;
  const portLevel = new Map<number, PolicySettings>();
  for (const item of asArray(value['portLevelSettings'])) {
    const number = asNumber(asObject(asObject(item)['port'])['number']);
    // The first setting of a port counts.
    if (number !== undefined && !portLevel.has(number)) portLevel.set(number, parseSettings(item));
  }
  return { ...parseSettings(value), portLevel };
}

function parseSettings(value: JsonValue): PolicySettings {
  const policy = asObject(value);
  const tls = policy['tls'];
  const balancer = policy['loadBalancer'];
  return {
    tls: isObject(tls) ? ((asString(tls['mode']) || 'DISABLE') as ClientTlsMode) : null,
    passthrough: isObject(balancer) ? balancer['simple'] === 'PASSTHROUGH' : null,
  };
}

/** Port-level settings replace the destination's as a whole; nothing is inherited. Istio: util.GetPortLevelTrafficPolicy */
function settingsForPort(
  policy: TrafficPolicy | null,
  port: number,
): { settings: PolicySettings | null; portLevel: boolean } {
  const own = policy?.portLevel.get(port);
  return own ? { settings: own, portLevel: true } : { settings: policy, portLevel: false };
}

/**
 * The settings for one port of a destination or of one of its subsets. Istio: util.MergeSubsetTrafficPolicy
 */
export function effectiveSettings(rule: DestinationRule, subset: Subset | null, port: number): PolicySettings | null {
  const { settings: base } = settingsForPort(rule.trafficPolicy, port);
  if (subset?.trafficPolicy == null) return base;
  const { settings: over, portLevel } = settingsForPort(subset.trafficPolicy, port);
  if (base === null || over === null) return over ?? base;
  return {
    tls: over.tls !== null || portLevel ? over.tls : base.tls,
    passthrough: over.passthrough !== null || portLevel ? over.passthrough : base.passthrough,
  };
}
