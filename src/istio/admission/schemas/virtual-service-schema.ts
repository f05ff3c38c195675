import {
  list,
  map,
  networkingEnum,
  nullable,
  object,
  since,
  BOOLEAN,
  DOUBLE,
  INT32,
  STRING,
  STRINGS,
  UINT32,
} from '../schema.js';
import { DESTINATION, DURATION, EXPORT_TO } from './common-schema.js';

/** istio.networking.v1alpha3.StringMatch */
const STRING_MATCH = object(
  { exact: STRING, prefix: STRING, regex: STRING },
  { atMostOne: [['exact', 'prefix', 'regex']] },
);
const PERCENT = object({ value: DOUBLE });
const HEADER_OPERATIONS = object({ set: map(STRING), add: map(STRING), remove: STRINGS });
const HEADERS = object({ request: HEADER_OPERATIONS, response: HEADER_OPERATIONS });

const HTTP_MATCH = object({
  name: STRING,
  uri: STRING_MATCH,
  scheme: STRING_MATCH,
  method: STRING_MATCH,
  authority: STRING_MATCH,
  headers: map(STRING_MATCH),
  port: UINT32,
  sourceLabels: map(STRING),
  gateways: STRINGS,
  queryParams: map(STRING_MATCH),
  ignoreUriCase: BOOLEAN,
  withoutHeaders: map(STRING_MATCH),
  sourceNamespace: STRING,
  statPrefix: STRING,
});

const REDIRECT = object(
  {
    uri: STRING,
    prefixRewrite: since('1.31', STRING),
    authority: STRING,
    port: UINT32,
    derivePort: networkingEnum('HTTPRedirect.RedirectPortSelection', 'FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'),
    scheme: STRING,
    redirectCode: UINT32,
  },
  { atMostOne: [['port', 'derivePort']] },
);

const FAULT = object({
  delay: object(
    { percent: INT32, fixedDelay: DURATION, exponentialDelay: DURATION, percentage: PERCENT },
    { atMostOne: [['fixedDelay', 'exponentialDelay']] },
  ),
  abort: object(
    { httpStatus: INT32, grpcStatus: STRING, http2Error: STRING, percentage: PERCENT },
    { atMostOne: [['httpStatus', 'grpcStatus', 'http2Error']] },
  ),
});

const CORS_POLICY = object({
  allowOrigin: STRINGS,
  allowOrigins: list(STRING_MATCH),
  allowMethods: STRINGS,
  allowHeaders: STRINGS,
  exposeHeaders: STRINGS,
  maxAge: DURATION,
  allowCredentials: nullable(BOOLEAN),
  unmatchedPreflights: networkingEnum('CorsPolicy.UnmatchedPreflights', 'UNSPECIFIED', 'FORWARD', 'IGNORE'),
});

const HTTP_ROUTE = object({
  name: STRING,
  match: list(HTTP_MATCH),
  route: list(object({ destination: DESTINATION, weight: INT32, headers: HEADERS }, { required: ['destination'] })),
  redirect: REDIRECT,
  directResponse: object(
    { status: UINT32, body: object({ string: STRING, bytes: STRING }, { atMostOne: [['string', 'bytes']] }) },
    { required: ['status'] },
  ),
  delegate: object({ name: STRING, namespace: STRING }),
  rewrite: object({
    uri: STRING,
    authority: STRING,
    uriRegexRewrite: object({ match: STRING, rewrite: STRING }),
  }),
  timeout: DURATION,
  retries: object({
    attempts: INT32,
    perTryTimeout: DURATION,
    retryOn: STRING,
    retryRemoteLocalities: nullable(BOOLEAN),
    retryIgnorePreviousHosts: nullable(BOOLEAN),
    backoff: DURATION,
  }),
  fault: FAULT,
  mirror: DESTINATION,
  mirrors: list(object({ destination: DESTINATION, percentage: PERCENT }, { required: ['destination'] })),
  // The one field that the definition has in both spellings.
  mirrorPercent: nullable(UINT32),
  mirror_percent: nullable(UINT32),
  mirrorPercentage: PERCENT,
  corsPolicy: CORS_POLICY,
  headers: HEADERS,
});

const L4_DESTINATIONS = list(object({ destination: DESTINATION, weight: INT32 }, { required: ['destination'] }));

const TLS_ROUTE = object(
  {
    match: list(
      object(
        {
          sniHosts: STRINGS,
          destinationSubnets: STRINGS,
          port: UINT32,
          sourceLabels: map(STRING),
          gateways: STRINGS,
          sourceNamespace: STRING,
        },
        { required: ['sniHosts'] },
      ),
    ),
    route: L4_DESTINATIONS,
  },
  { required: ['match'] },
);

const TCP_ROUTE = object({
  match: list(
    object({
      destinationSubnets: STRINGS,
      port: UINT32,
      sourceSubnet: STRING,
      sourceLabels: map(STRING),
      gateways: STRINGS,
      sourceNamespace: STRING,
    }),
  ),
  route: L4_DESTINATIONS,
});

/** The spec of a VirtualService. */
export const VIRTUAL_SERVICE_SCHEMA = object({
  hosts: STRINGS,
  gateways: STRINGS,
  http: list(HTTP_ROUTE),
  tls: list(TLS_ROUTE),
  tcp: list(TCP_ROUTE),
  exportTo: EXPORT_TO,
});
