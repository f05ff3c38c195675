import { asString, stringMap } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { quote } from './go-text.js';
import { at, eachEntry, FINE, join, listed, refuse, require, warn, type Outcome } from './outcome.js';

const TAG_KEY =
  /^((?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*)\/)?((?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;
const TAG_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** Istio: ValidateAlphaWorkloadSelector and validateWorkloadSelector, which differ in the field that holds the labels. */
export function validateWorkloadSelector(selector: JsonObject, field: 'labels' | 'matchLabels'): Outcome {
  const labels = stringMap(selector[field]);
  const entries = eachEntry(labels, (key, value) => {
    const text = quote(`${key}=${value}`);
    return join(
      require(key !== '', `empty key is not supported in selector: ${text}`),
      require(!key.includes('*') && !value.includes('*'), `wildcard is not supported in selector: ${text}`),
    );
  });
  if (Object.keys(labels).length === 0) return warn('workload selector specified without labels');
  return at([field], entries);
}

/** Istio: labels.Instance.Validate. Its errors are always a list. */
export function validateLabels(labels: JsonObject): Outcome {
  return listed(
    eachEntry(labels, (key, value) =>
      join(
        validateTagKey(key),
        require(TAG_VALUE.test(asString(value)), `invalid tag value: ${quote(asString(value))}`),
      ),
    ),
  );
}

/** Istio: labels.validateTagKey */
function validateTagKey(key: string): Outcome {
  const match = TAG_KEY.exec(key);
  if (match === null) return refuse(`invalid tag key: ${quote(key)}`);
  const [, prefix = '', name = ''] = match;
  if (prefix.length - 1 > 253) return refuse(`invalid tag key: ${quote(key)} (DNS prefix is too long)`);
  return name.length > 63 ? refuse(`invalid tag key: ${quote(key)} (name is too long)`) : FINE;
}
