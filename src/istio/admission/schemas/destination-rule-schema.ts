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
  UINT64,
  type ObjectSchema,
  type Schema,
} from '../schema.js';
import { CONNECTION_POOL, DURATION, EXPORT_TO, FREE_DURATION, MATCH_LABELS_SELECTOR } from './common-schema.js';

const COOKIE = object(
  {
    name: STRING,
    path: STRING,
    ttl: FREE_DURATION,
    attributes: list(object({ name: STRING, value: STRING }, { required: ['name'] })),
  },
  { required: ['name'] },
);

const CONSISTENT_HASH = object(
  {
    httpHeaderName: STRING,
    httpCookie: COOKIE,
    useSourceIp: BOOLEAN,
    httpQueryParameterName: STRING,
    ringHash: object({ minimumRingSize: UINT64 }),
    maglev: object({ tableSize: UINT64 }),
    minimumRingSize: UINT64,
  },
  {
    atMostOne: [
      ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
      ['ringHash', 'maglev'],
    ],
  },
);

const FAILOVER = list(object({ from: STRING, to: STRING }));

const LOAD_BALANCER = object(
  {
    simple: networkingEnum(
      'LoadBalancerSettings.SimpleLB',
      'UNSPECIFIED',
      'LEAST_CONN',
      'RANDOM',
      'PASSTHROUGH',
      'ROUND_ROBIN',
      'LEAST_REQUEST',
    ),
    consistentHash: CONSISTENT_HASH,
    localityLbSetting: object({
      distribute: list(object({ from: STRING, to: map(UINT32) })),
      enabled: nullable(BOOLEAN),
      failover: FAILOVER,
      failoverPriority: STRINGS,
    }),
    zoneAwareLbSetting: since(
      '1.31',
      object({
        enabled: nullable(BOOLEAN),
        failover: FAILOVER,
        failoverPriority: STRINGS,
        minClusterSize: nullable({ ...UINT32, minimum: 1 }),
      }),
    ),
    warmupDurationSecs: DURATION,
    warmup: object(
      {
        duration: DURATION,
        minimumPercent: nullable({ ...DOUBLE, minimum: 0, maximum: 100 }),
        aggression: nullable({ ...DOUBLE, minimum: 0 }),
      },
      { required: ['duration'] },
    ),
  },
  { atMostOne: [['simple', 'consistentHash']] },
);

const OUTLIER_DETECTION = object({
  consecutiveErrors: INT32,
  splitExternalLocalOriginErrors: BOOLEAN,
  consecutiveLocalOriginFailures: nullable(UINT32),
  consecutiveGatewayErrors: nullable(UINT32),
  consecutive5xxErrors: nullable(UINT32),
  outlierDetectionHttpErrorCodes: since('1.31', list({ ...UINT32, minimum: 100, maximum: 599 })),
  interval: DURATION,
  baseEjectionTime: DURATION,
  maxEjectionPercent: INT32,
  minHealthPercent: INT32,
});

const CLIENT_TLS = object({
  mode: networkingEnum('ClientTLSSettings.TLSmode', 'DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'),
  clientCertificate: STRING,
  privateKey: STRING,
  caCertificates: STRING,
  credentialName: STRING,
  subjectAltNames: STRINGS,
  sni: STRING,
  insecureSkipVerify: nullable(BOOLEAN),
  caCrl: STRING,
});

const SETTINGS: Readonly<Record<string, Schema>> = {
  loadBalancer: LOAD_BALANCER,
  connectionPool: CONNECTION_POOL,
  outlierDetection: OUTLIER_DETECTION,
  tls: CLIENT_TLS,
};

const TRAFFIC_POLICY: ObjectSchema = object({
  ...SETTINGS,
  portLevelSettings: list(object({ port: object({ number: UINT32 }), ...SETTINGS }), { maxItems: 4096 }),
  tunnel: object(
    { protocol: STRING, targetHost: STRING, targetPort: UINT32 },
    { required: ['targetHost', 'targetPort'] },
  ),
  proxyProtocol: object({ version: networkingEnum('TrafficPolicy.ProxyProtocol.VERSION', 'V1', 'V2') }),
  retryBudget: object({
    percent: nullable({ ...DOUBLE, minimum: 0, maximum: 100 }),
    minRetryConcurrency: UINT32,
    budgetInterval: since('1.31', FREE_DURATION),
  }),
});

/** The spec of a DestinationRule. */
export const DESTINATION_RULE_SCHEMA = object(
  {
    host: STRING,
    trafficPolicy: TRAFFIC_POLICY,
    subsets: list(object({ name: STRING, labels: map(STRING), trafficPolicy: TRAFFIC_POLICY }, { required: ['name'] })),
    exportTo: EXPORT_TO,
    workloadSelector: MATCH_LABELS_SELECTOR,
  },
  { required: ['host'] },
);
