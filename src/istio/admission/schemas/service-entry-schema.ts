import { asArray, asString, asStrings } from '../../../kubernetes/json.js';
import { list, networkingEnum, object, rule, text, STRINGS, UINT32, type NumberSchema } from '../schema.js';
import { EXPORT_TO, field, has, LABELS_SELECTOR, onlyOneOf, PORT_IN_RANGE } from './common-schema.js';
import { WORKLOAD_ENTRY_SCHEMA } from './workload-schema.js';

const PORT_NUMBER: NumberSchema = { ...UINT32, rules: [PORT_IN_RANGE] };

const PORT = object(
  { number: PORT_NUMBER, protocol: text({ maxLength: 256 }), name: text({ maxLength: 256 }), targetPort: PORT_NUMBER },
  { required: ['number', 'name'] },
);

const DISTINCT_NUMBERS = rule('port number cannot be duplicated', (v) => {
  const numbers = asArray(v).map((port) => field(port, 'number'));
  return new Set(numbers).size === numbers.length;
});

/** The spec of a ServiceEntry. */
export const SERVICE_ENTRY_SCHEMA = object(
  {
    hosts: list(text({ rules: [rule('hostname cannot be wildcard', (v) => v !== '*')] }), {
      minItems: 1,
      maxItems: 256,
    }),
    addresses: list(text({ maxLength: 64 }), { maxItems: 256 }),
    ports: list(PORT, { maxItems: 256, key: 'name', rules: [DISTINCT_NUMBERS] }),
    location: networkingEnum('ServiceEntry.Location', 'MESH_EXTERNAL', 'MESH_INTERNAL'),
    resolution: networkingEnum('ServiceEntry.Resolution', 'NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'),
    endpoints: list(WORKLOAD_ENTRY_SCHEMA, { maxItems: 4096 }),
    workloadSelector: LABELS_SELECTOR,
    exportTo: EXPORT_TO,
    subjectAltNames: STRINGS,
  },
  {
    required: ['hosts'],
    rules: [
      onlyOneOf('only one of WorkloadSelector or Endpoints can be set', 'workloadSelector', 'endpoints'),
      rule('CIDR addresses are allowed only for NONE/STATIC resolution types', (v) => {
        const ranges = asStrings(field(v, 'addresses')).some((address) => address.includes('/'));
        return !ranges || ['NONE', 'STATIC'].includes(resolutionOf(v));
      }),
      rule('NONE mode cannot set endpoints', (v) => resolutionOf(v) !== 'NONE' || !has(v, 'endpoints')),
      rule(
        'DNS_ROUND_ROBIN mode cannot have multiple endpoints',
        (v) => resolutionOf(v) !== 'DNS_ROUND_ROBIN' || asArray(field(v, 'endpoints')).length <= 1,
      ),
    ],
  },
);

function resolutionOf(spec: Parameters<typeof field>[0]): string {
  return asString(field(spec, 'resolution')) || 'NONE';
}
