import { asString } from '../../../kubernetes/json.js';
import { list, map, object, rule, text, INT32, STRING, UINT32, type NumberSchema } from '../schema.js';
import { field, has, keys, LABELS, PORT_IN_RANGE } from './common-schema.js';

const PORT_NAME = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const PORT: NumberSchema = { ...UINT32, rules: [PORT_IN_RANGE] };
const COUNT: NumberSchema = { ...INT32, minimum: 0 };

const ADDRESS_REQUIRED = rule('Address is required', (v) => has(v, 'address') || has(v, 'network'));
const SOCKET_WITHOUT_PORTS = rule(
  'UDS may not include ports',
  (v) => !asString(field(v, 'address')).startsWith('unix://') || !has(v, 'ports'),
);

const WORKLOAD_FIELDS = {
  address: text({
    maxLength: 256,
    rules: [
      rule('UDS must be an absolute path or abstract socket', (v) => /^(?!unix:\/\/)|^unix:\/\/[/@]/.test(asString(v))),
      rule('UDS may not be a dir', (v) => !/^unix:\/\/.*\/$|^unix:\/\/$/s.test(asString(v))),
    ],
  }),
  labels: LABELS,
  locality: text({ maxLength: 2048 }),
  network: text({ maxLength: 2048 }),
  ports: map(PORT, {
    maxProperties: 128,
    rules: [rule('port name must be valid', (v) => keys(v).every((name) => name.length < 63 && PORT_NAME.test(name)))],
  }),
  serviceAccount: text({ maxLength: 253 }),
  weight: UINT32,
};

/** The spec of a WorkloadEntry, and an endpoint of a ServiceEntry. */
export const WORKLOAD_ENTRY_SCHEMA = object(WORKLOAD_FIELDS, { rules: [ADDRESS_REQUIRED, SOCKET_WITHOUT_PORTS] });

const HTTP_HEADER = object({ name: text({ pattern: /^[-_A-Za-z0-9]+$/ }), value: STRING });

const PROBE = object(
  {
    initialDelaySeconds: COUNT,
    timeoutSeconds: COUNT,
    periodSeconds: COUNT,
    successThreshold: COUNT,
    failureThreshold: COUNT,
    httpGet: object(
      {
        host: STRING,
        httpHeaders: list(HTTP_HEADER),
        path: STRING,
        port: PORT,
        scheme: text({
          rules: [rule('scheme must be one of [HTTP, HTTPS]', (v) => ['', 'HTTP', 'HTTPS'].includes(asString(v)))],
        }),
      },
      { required: ['port'] },
    ),
    tcpSocket: object({ host: STRING, port: PORT }, { required: ['port'] }),
    exec: object({ command: list(text({ minLength: 1 })) }, { required: ['command'] }),
    grpc: object({ port: PORT, service: STRING }),
  },
  { atMostOne: [['httpGet', 'tcpSocket', 'exec', 'grpc']] },
);

/** The spec of a WorkloadGroup. */
export const WORKLOAD_GROUP_SCHEMA = object(
  {
    metadata: object({ annotations: LABELS, labels: LABELS }),
    template: object(WORKLOAD_FIELDS, { rules: [SOCKET_WITHOUT_PORTS] }),
    probe: PROBE,
  },
  { required: ['template'] },
);
