import { asObject, isObject } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { at, eachEntry, FINE, join, require, type Outcome } from './outcome.js';
import { validateWorkloadSelector } from './workload-selector.js';

/** Istio: ValidatePeerAuthentication */
export function validatePeerAuthentication(spec: JsonObject): Outcome {
  const { selector, portLevelMtls: ports } = spec;
  const selects = isObject(selector) && Object.keys(asObject(selector['matchLabels'])).length > 0;
  const count = Object.keys(asObject(ports)).length;
  return join(
    require(selects || count === 0, 'mesh/namespace peer authentication cannot have port level mTLS', 'portLevelMtls'),
    require(!isObject(ports) ||
      count > 0, 'port level mTLS, if defined, must have at least one element', 'portLevelMtls'),
    at(
      ['portLevelMtls'],
      eachEntry(asObject(ports), (port) =>
        require(Number(port) > 0 && Number(port) <= 65535, 'port must be in range 1..65535'),
      ),
    ),
    isObject(selector) ? at(['selector'], validateWorkloadSelector(selector, 'matchLabels')) : FINE,
  );
}
