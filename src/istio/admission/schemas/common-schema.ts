import { asString, isObject } from '../../../kubernetes/json.js';
import type { JsonValue } from '../../../kubernetes/manifest.js';
import { parseGoDuration } from '../go-duration.js';
import { map, networkingEnum, object, rule, since, text, BOOLEAN, INT32, STRING, STRINGS, UINT32 } from '../schema.js';

const MILLISECOND = 1e6;

/** A duration that only istiod's own validation looks into. */
export const FREE_DURATION = text({ format: 'duration' });

export const DURATION = text({
  format: 'duration',
  rules: [rule('must be a valid duration greater than 1ms', (v) => (parseGoDuration(asString(v)) ?? 0) >= MILLISECOND)],
});

const NO_WILDCARD = 'wildcard is not supported in selector';

/** istio.networking.v1alpha3.WorkloadSelector */
export const LABELS_SELECTOR = object({
  labels: map(text({ maxLength: 63, rules: [rule(NO_WILDCARD, (v) => !asString(v).includes('*'))] }), {
    maxProperties: 256,
  }),
});

/** istio.type.v1beta1.WorkloadSelector */
export const MATCH_LABELS_SELECTOR = object({
  matchLabels: map(
    text({
      maxLength: 63,
      rules: [rule('wildcard not allowed in label value match', (v) => !asString(v).includes('*'))],
    }),
    {
      maxProperties: 4096,
      rules: [
        rule('wildcard not allowed in label key match', (v) => keys(v).every((key) => !key.includes('*'))),
        rule('key must not be empty', (v) => keys(v).every((key) => key !== '')),
      ],
    },
  ),
});

export const PORT_IN_RANGE = rule('port must be between 1-65535', (v) => typeof v === 'number' && v > 0 && v <= 65535);

/** istio.networking.v1alpha3.Destination */
export const DESTINATION = object(
  { host: STRING, port: object({ number: UINT32 }), subset: STRING },
  { required: ['host'] },
);

/** istio.networking.v1alpha3.ConnectionPoolSettings */
export const CONNECTION_POOL = object({
  tcp: object({
    connectTimeout: DURATION,
    idleTimeout: FREE_DURATION,
    maxConnectionDuration: DURATION,
    maxConnections: INT32,
    tcpKeepalive: object({ interval: DURATION, probes: UINT32, time: DURATION }),
  }),
  http: object({
    h2UpgradePolicy: networkingEnum(
      'ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy',
      'DEFAULT',
      'DO_NOT_UPGRADE',
      'UPGRADE',
    ),
    http1MaxPendingRequests: INT32,
    http2KeepAlive: since('1.31', object({ interval: DURATION, timeout: DURATION })),
    http2MaxRequests: INT32,
    idleTimeout: DURATION,
    maxConcurrentStreams: INT32,
    maxRequestsPerConnection: INT32,
    maxRetries: INT32,
    useClientProtocol: BOOLEAN,
  }),
});

export const EXPORT_TO = STRINGS;
export const LABELS = map(STRING, { maxProperties: 256 });

/** Whether an object has the field, as `has()` of the Common Expression Language sees it. */
export function has(value: JsonValue, field: string): boolean {
  return isObject(value) && value[field] !== undefined && value[field] !== null;
}

export function keys(value: JsonValue): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** A rule that at most one of the fields is present. */
export function onlyOneOf(message: string, ...fields: readonly string[]): ReturnType<typeof rule> {
  return rule(message, (v) => fields.filter((field) => has(v, field)).length <= 1);
}

/** The field's value; null where it is not there. */
export function field(value: JsonValue, name: string): JsonValue {
  return isObject(value) ? (value[name] ?? null) : null;
}
