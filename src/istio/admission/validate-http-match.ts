import { asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { isDns1123Label } from './dns-name.js';
import { validateHeaderMatchName } from './header.js';
import { texts } from './go-text.js';
import { at, each, eachEntry, FINE, join, require, type Outcome } from './outcome.js';
import { validatePort } from './port.js';
import { validateStringMatch, validateStringMatchRegexp } from './string-match.js';
import { validateGatewayNames } from './validate-gateway-names.js';
import { validateLabels } from './workload-selector.js';

/** Istio: validateHTTPRouteMatchRequest, of all matches of a route */
export function validateHttpMatch(matches: readonly JsonValue[]): Outcome {
  return join(
    each(matches, (match) => validateTexts(asObject(match))),
    each(matches, (match) => validateSources(asObject(match))),
  );
}

function validateTexts(match: JsonObject): Outcome {
  const texts = ['scheme', 'method', 'authority'] as const;
  return join(
    at(
      ['headers'],
      eachEntry(asObject(match['headers']), (name, header) =>
        join(validateHeaderMatchName(name), validateStringMatch(asObject(header), 'headers')),
      ),
    ),
    at(['withoutHeaders'], eachEntry(asObject(match['withoutHeaders']), validateWithoutHeader)),
    // A path may begin with nothing; the others may not.
    at(['uri'], validateStringMatchRegexp(asObject(match['uri']), 'uri')),
    ...texts.map((field) => at([field], validateStringMatch(asObject(match[field]), field))),
    at(
      ['queryParams'],
      eachEntry(asObject(match['queryParams']), (_, param) => validateStringMatch(asObject(param), 'queryParams')),
    ),
  );
}

function validateWithoutHeader(name: string, header: JsonValue | undefined): Outcome {
  // An asterisk is no regular expression, but stands for a header that is there.
  const presence = isObject(header) && header['regex'] === '*';
  return join(validateHeaderMatchName(name), presence ? FINE : validateStringMatch(asObject(header), 'withoutHeaders'));
}

function validateSources(match: JsonObject): Outcome {
  const port = asNumber(match['port']) ?? 0;
  const namespace = asString(match['sourceNamespace']);
  return join(
    port === 0 ? FINE : at(['port'], validatePort(port)),
    at(['sourceLabels'], validateLabels(asObject(match['sourceLabels']))),
    at(['gateways'], validateGatewayNames(texts(match['gateways']))),
    require(namespace === '' ||
      isDns1123Label(namespace), `sourceNamespace match ${namespace} is invalid`, 'sourceNamespace'),
  );
}
