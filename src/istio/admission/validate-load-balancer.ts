import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import { at, each, FINE, join, refuse, require, warn, type Outcome } from './outcome.js';
import { validateDuration } from './validate-duration.js';
import { validateLocalityLbSetting, validateZoneAwareLbSetting } from './validate-locality.js';

const MAGLEV_TABLE_LIMIT = 5000011;

/** Istio: validateLoadBalancer */
export function validateLoadBalancer(balancer: JsonObject, hasOutlier: boolean, rules: AdmissionRules): Outcome {
  const { consistentHash, localityLbSetting: locality, zoneAwareLbSetting: zones, warmup } = balancer;
  return join(
    isObject(consistentHash) ? at(['consistentHash'], validateConsistentHash(consistentHash)) : FINE,
    require(!(
      isObject(locality) && isObject(zones)
    ), 'only one of localityLbSetting and zoneAwareLbSetting can be set'),
    isObject(locality) ? at(['localityLbSetting'], validateLocalityLbSetting(locality, hasOutlier)) : FINE,
    isObject(zones) ? at(['zoneAwareLbSetting'], validateZoneAwareLbSetting(zones, hasOutlier)) : FINE,
    isObject(warmup) ? at(['warmup'], validateWarmup(warmup, rules)) : FINE,
  );
}

function validateConsistentHash(hash: JsonObject): Outcome {
  const ringSize = asNumber(hash['minimumRingSize']) ?? 0;
  const hasAlgorithm = isObject(hash['ringHash']) || isObject(hash['maglev']);
  return join(
    isObject(hash['httpCookie']) ? at(['httpCookie'], validateCookie(hash['httpCookie'])) : FINE,
    ringSize === 0
      ? FINE
      : warn("consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash configuration instead"),
    require(ringSize === 0 || !hasAlgorithm, 'only one of MinimumRingSize or Maglev/Ringhash can be specified'),
    isObject(hash['maglev']) ? at(['maglev'], validateMaglev(asNumber(hash['maglev']['tableSize']) ?? 0)) : FINE,
  );
}

function validateCookie(cookie: JsonObject): Outcome {
  const seen = new Set<string>();
  const attributes = each(asArray(cookie['attributes']), (item) => {
    const name = asString(asObject(item)['name']);
    if (name === '') return refuse('cookie attribute name cannot be empty');
    const duplicate = seen.has(name);
    seen.add(name);
    return require(!duplicate, `duplicate cookie attribute name: ${name}`);
  });
  return join(require(asString(cookie['name']) !== '', 'name required for HttpCookie'), at(['attributes'], attributes));
}

function validateMaglev(size: number): Outcome {
  return join(
    require(size !== 0, 'tableSize must be set for maglev'),
    require(size < MAGLEV_TABLE_LIMIT, 'tableSize must be less than 5000011 for maglev'),
    require(isPrime(size), 'tableSize must be a prime number for maglev'),
  );
}

/** Numbers beyond the table's limit are refused either way; their factors are not looked for. */
function isPrime(value: number): boolean {
  if (value < 4) return value > 0;
  if (value % 2 === 0) return false;
  for (let factor = 3; factor * factor <= value && factor <= MAGLEV_TABLE_LIMIT; factor += 2) {
    if (value % factor === 0) return false;
  }
  return true;
}

function validateWarmup(warmup: JsonObject, rules: AdmissionRules): Outcome {
  const { above, inclusive } = rules.warmupAggression;
  const aggression: JsonValue | undefined = warmup['aggression'];
  const tooLow = typeof aggression === 'number' && (inclusive ? aggression < above : aggression <= above);
  return join(
    typeof warmup['duration'] === 'string'
      ? at(['duration'], validateDuration(warmup['duration']))
      : refuse('duration is required'),
    require((asNumber(warmup['minimumPercent']) ?? 0) <=
      100, 'minimumPercent value should be less than or equal to 100', 'minimumPercent'),
    require(!tooLow, `aggression should be greater than ${inclusive ? 'or equal to ' : ''}${above}`, 'aggression'),
  );
}
