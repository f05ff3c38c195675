import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';
import type { HttpMatch, StringMatch, StringMatches } from './virtual-service.js';

const NO_MATCHES: StringMatches = new Map();

/** A match that asks for nothing. */
export const EVERYTHING: HttpMatch = {
  port: 0,
  sourceLabels: {},
  sourceNamespace: '',
  gateways: [],
  uri: null,
  scheme: null,
  method: null,
  authority: null,
  headers: NO_MATCHES,
  withoutHeaders: NO_MATCHES,
  queryParams: NO_MATCHES,
  ignoreUriCase: false,
};

/** Istio: createURIMatch, createMethodMatch, createHeadersMatch, createQueryParamsMatch */
export function convertHttpMatch(match: JsonObject): HttpMatch {
  const path = asObject(match['path']);
  const type = asString(path['type']) || 'PathPrefix';
  const value = asString(path['value']) || '/';
  const uri: StringMatch =
    type === 'Exact'
      ? { type: 'exact', value }
      : type === 'RegularExpression'
        ? { type: 'regex', value }
        : { type: 'prefix', value: value === '/' ? value : value.replace(/\/$/, '') };
  const method = asString(match['method']);
  return {
    ...EVERYTHING,
    uri,
    method: method === '' ? null : { type: 'exact', value: method },
    headers: convertNamedMatches(match['headers']),
    queryParams: convertNamedMatches(match['queryParams']),
  };
}

/** Istio: createGRPCURIMatch, createGRPCHeadersMatch */
export function convertGrpcMatch(match: JsonObject): HttpMatch {
  const headers = convertNamedMatches(match['headers']);
  if (!isObject(match['method'])) return { ...EVERYTHING, headers };
  const method = asString(match['method']['method']);
  const service = asString(match['method']['service']);
  return { ...EVERYTHING, headers, uri: grpcPath(service, method, match['method']['type'] === 'RegularExpression') };
}

/** A call's path is `/<service>/<method>`; a part that is not asked for may be anything. */
function grpcPath(service: string, method: string, pattern: boolean): StringMatch {
  if (service === '') return { type: 'regex', value: `/[^/]+/${method}` };
  if (pattern) return { type: 'regex', value: `/${service}/${method || '.+'}` };
  return method === '' ? { type: 'prefix', value: `/${service}/` } : { type: 'exact', value: `/${service}/${method}` };
}

function convertNamedMatches(value: JsonValue | undefined): StringMatches {
  const out = new Map<string, StringMatch>();
  for (const item of asArray(value)) {
    const match = asObject(item);
    const type = match['type'] === 'RegularExpression' ? 'regex' : 'exact';
    out.set(asString(match['name']), { type, value: asString(match['value']) });
  }
  return out;
}
