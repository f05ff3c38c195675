import { asArray, asNumber, asObject, asString } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { texts } from './go-text.js';
import { at, each, FINE, join, joinAll, refuse, require, warn, type Outcome } from './outcome.js';

const TOPOLOGY_LABELS: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
]);

/** Istio: agent.ValidateLocalityLbSetting */
export function validateLocalityLbSetting(setting: JsonObject, hasOutlier: boolean): Outcome {
  const [distribute, failover] = [asArray(setting['distribute']), asArray(setting['failover'])];
  const priorities = texts(setting['failoverPriority']);
  if (distribute.length > 0 && failover.length > 0) {
    return refuse("can not simultaneously specify 'distribute' and 'failover'");
  }
  const topology = failover.length > 0 ? priorities.find((label) => TOPOLOGY_LABELS.has(label)) : undefined;
  if (topology !== undefined) {
    return refuse(`can not simultaneously set 'failover' and topology label '${topology}' in 'failover_priority'`);
  }
  const sources: string[] = [];
  const checks: Outcome[] = [];
  for (const [index, item] of distribute.entries()) {
    const entry = asObject(item);
    sources.push(asString(entry['from']));
    const weights = validateWeights(asObject(entry['to']));
    checks.push(at(['distribute', index, 'to'], weights));
    if (weights.errors.length > 0) return joinAll(checks);
    checks.push(at(['distribute', index, 'to'], validateLocalities(Object.keys(asObject(entry['to'])).sort())));
  }
  return join(
    joinAll(checks),
    at(['distribute'], validateLocalities(sources)),
    failoverNeedsOutlier(setting, hasOutlier),
    at(['failover'], validateFailover(setting, 'locality lb failover', 'only specify region')),
  );
}

/** Istio: agent.ValidateZoneAwareLbSetting */
export function validateZoneAwareLbSetting(setting: JsonObject, hasOutlier: boolean): Outcome {
  return join(
    at(
      ['failoverPriority'],
      each(texts(setting['failoverPriority']), (label) =>
        require(!TOPOLOGY_LABELS.has(
          label,
        ), `'failover_priority' for zone aware lb must not use topology label '${label}'; region- and zone-level routing are handled automatically`),
      ),
    ),
    failoverNeedsOutlier(setting, hasOutlier),
    at(
      ['failover'],
      validateFailover(
        setting,
        'zone aware lb failover',
        'only specifies region; zone and subzone failover are handled automatically',
      ),
    ),
  );
}

function failoverNeedsOutlier(setting: JsonObject, hasOutlier: boolean): Outcome {
  const fails = asArray(setting['failover']).length > 0 || asArray(setting['failoverPriority']).length > 0;
  return fails && !hasOutlier ? warn('outlier detection policy must be provided for failover') : FINE;
}

function validateFailover(setting: JsonObject, what: string, onlyRegion: string): Outcome {
  return each(asArray(setting['failover']), (item) => {
    const [from, to] = [asString(asObject(item)['from']), asString(asObject(item)['to'])];
    return join(
      require(from !== to, `${what} settings must specify different regions`),
      require(!from.includes('/') && !to.includes('/'), `${what} ${onlyRegion}`),
      require(!from.includes('*') && !to.includes('*'), `${what} region should not contain '*' wildcard`),
    );
  });
}

function validateWeights(to: JsonObject): Outcome {
  const weights = Object.values(to).map((weight) => asNumber(weight) ?? 0);
  if (weights.some((weight) => weight <= 0 || weight > 100)) {
    return refuse('locality weight must be in range [1, 100]');
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return require(total === 100, `total locality weight ${total} != 100`);
}

/** Istio: agent.validateLocalities. Stops at the first locality that is wrong or lies within another. */
function validateLocalities(localities: readonly string[]): Outcome {
  const taken = new Set<string>();
  for (const locality of localities) {
    const outcome = validateLocality(locality, taken);
    if (outcome.errors.length > 0) return outcome;
  }
  return FINE;
}

/** `taken` holds each locality as it is written, with `/` after it, and each of its ancestors without. */
function validateLocality(locality: string, taken: Set<string>): Outcome {
  const stars = locality.split('*').length - 1;
  if (stars > 1 || (stars === 1 && !locality.endsWith('*'))) {
    return refuse(`locality ${locality} wildcard '*' number can not exceed 1 and must be in the end`);
  }
  const [region = '', zone, ...rest] = locality.split('/');
  const parts = [region, ...(zone === undefined ? [] : [zone]), ...(rest.length > 0 ? [rest.join('/')] : [])];
  if (parts.includes('') && !taken.has('*/')) {
    return refuse(`locality ${locality} must not contain empty region/zone/subzone info`);
  }
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const own = prefixes.at(-1)!;
  const covered = [...prefixes, ...prefixes.slice(0, -1).map((prefix) => `${prefix}/*`)];
  if (taken.has('*/') || taken.has('*') || covered.some((name) => taken.has(`${name}/`)) || taken.has(own)) {
    return refuse(`locality ${locality} overlap with previous specified ones`);
  }
  for (const prefix of prefixes.slice(0, -1)) taken.add(prefix);
  taken.add(`${own}/`);
  return FINE;
}
