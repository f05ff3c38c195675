import { asArray, asString } from '../../../kubernetes/json.js';
import type { JsonValue } from '../../../kubernetes/manifest.js';
import { parseGoDuration } from '../go-duration.js';
import {
  ANY,
  list,
  nullable,
  object,
  rule,
  text,
  type EnumSchema,
  type NumberSchema,
  type ObjectSchema,
  type Rule,
  type StringSchema,
} from '../schema.js';
import { field, has } from './common-schema.js';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const HOSTNAME = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DURATION = text({ pattern: /^([0-9]{1,5}(h|m|s|ms)){1,4}$/ });

const NAME = text({ minLength: 1, maxLength: 253 });
const SECTION_NAME = text({ minLength: 1, maxLength: 253, pattern: SUBDOMAIN });
const HOST = text({ minLength: 1, maxLength: 253, pattern: SUBDOMAIN });
const HEADER_NAME = text({ minLength: 1, maxLength: 256, pattern: /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/ });
const PORT: NumberSchema = { type: 'integer', goType: 'int32', minimum: 1, maximum: 65535 };

/** What a reference to another object has, whatever the object is for. */
const REFERENCE = {
  group: nullable(
    text({ maxLength: 253, pattern: /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/ }),
  ),
  kind: nullable(text({ minLength: 1, maxLength: 63, pattern: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/ })),
  namespace: text({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/ }),
  name: NAME,
  port: PORT,
};

const DISTINCT_PARENTS = rule(
  'sectionName or port must be unique when parentRefs includes 2 or more references to the same parent',
  (v) => {
    const parents = asArray(v).map((parent) => {
      const [group, kind] = [field(parent, 'group') ?? 'gateway.networking.k8s.io', field(parent, 'kind') ?? 'Gateway'];
      const rest = ['namespace', 'name', 'sectionName', 'port'].map((name) => field(parent, name));
      return JSON.stringify([group, kind, ...rest]);
    });
    return new Set(parents).size === parents.length;
  },
);

const PARENT_REFS = list(object({ ...REFERENCE, sectionName: SECTION_NAME }, { required: ['name'] }), {
  maxItems: 32,
  rules: [DISTINCT_PARENTS],
});

const NEEDS_PORT = rule('Must have port for Service reference', (v) => {
  const isService = asString(field(v, 'group')) === '' && (asString(field(v, 'kind')) || 'Service') === 'Service';
  return !isService || has(v, 'port');
});

const WEIGHT: NumberSchema = { type: 'integer', goType: 'int32', minimum: 0, maximum: 1000000 };
const BACKEND = { ...REFERENCE, weight: nullable(WEIGHT) };
const BACKEND_OPTIONS = { required: ['name'], rules: [NEEDS_PORT] };

function choice(...values: readonly string[]): EnumSchema {
  return { type: 'enum', name: '', values };
}

const FILTER_FIELDS: Readonly<Record<string, string>> = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
};

/** What leads calls elsewhere; of other filters, what they say is not looked into. */
const FILTER_SCHEMAS: Readonly<Record<string, ObjectSchema>> = {
  RequestMirror: object(
    { backendRef: object(REFERENCE, BACKEND_OPTIONS), percent: ANY, fraction: ANY },
    { required: ['backendRef'] },
  ),
  RequestRedirect: object({ scheme: choice('http', 'https'), hostname: HOST, path: ANY, port: PORT, statusCode: ANY }),
  URLRewrite: object({ hostname: HOST, path: ANY }),
};

/** These may stand beside one another more than once. */
const REPEATABLE: readonly string[] = ['RequestMirror', 'ExtensionRef', 'ExternalAuth'];

/** A filter has the one field that its type names. */
function filters(...types: readonly string[]): ReturnType<typeof list> {
  const fields = Object.fromEntries(types.map((type) => [FILTER_FIELDS[type]!, FILTER_SCHEMAS[type] ?? ANY]));
  const rules = types.flatMap((type) => {
    const name = FILTER_FIELDS[type]!;
    return [
      rule(`filter.${name} must be nil if the filter.type is not ${type}`, (v) => isOfType(v, type) || !has(v, name)),
      rule(`filter.${name} must be specified for ${type} filter.type`, (v) => !isOfType(v, type) || has(v, name)),
    ];
  });
  const once = types.filter((type) => !REPEATABLE.includes(type)).map(notRepeated);
  return list(object({ ...fields, type: choice(...types) }, { required: ['type'], rules }), {
    maxItems: 16,
    rules: once,
  });
}

function notRepeated(type: string): Rule {
  return rule(`${type} filter cannot be repeated`, (v) => asArray(v).filter((f) => isOfType(f, type)).length <= 1);
}

function isOfType(filter: JsonValue, type: string): boolean {
  return field(filter, 'type') === type;
}

const HTTP_FILTERS = filters(...Object.keys(FILTER_FIELDS));
const GRPC_FILTERS = filters('RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef');

/** One or more printable words. */
const HEADER_VALUE = /^[!-~]+(?:[\t ][!-~]+)*$/;

function namedValues(value: StringSchema): ReturnType<typeof list> {
  return list(
    object(
      { type: nullable(choice('Exact', 'RegularExpression')), name: HEADER_NAME, value },
      { required: ['name', 'value'] },
    ),
    { maxItems: 16, key: 'name' },
  );
}

const PATH = object(
  { type: nullable(choice('Exact', 'PathPrefix', 'RegularExpression')), value: nullable(text({ maxLength: 1024 })) },
  {
    rules: [
      rule("value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']", (v) =>
        pathOf(v).startsWith('/'),
      ),
      rule("must not contain '//' when type one of ['Exact', 'PathPrefix']", (v) => !pathOf(v).includes('//')),
      rule(
        "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
        (v) => /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/.test(pathOf(v)),
      ),
    ],
  },
);

/** The path that a match is about; the root where it is a regular expression, or is not there. */
function pathOf(match: JsonValue): string {
  if (field(match, 'type') === 'RegularExpression' || !has(match, 'value')) return '/';
  return asString(field(match, 'value'));
}

const REQUEST_TIMEOUT = rule('backendRequest timeout cannot be longer than request timeout', (v) => {
  const request = parseGoDuration(asString(field(v, 'request'))) ?? 0;
  return request === 0 || (parseGoDuration(asString(field(v, 'backendRequest'))) ?? 0) <= request;
});

const NO_REDIRECT_WITH_BACKENDS = rule(
  'RequestRedirect filter must not be used together with backendRefs',
  (v) =>
    asArray(field(v, 'backendRefs')).length === 0 ||
    !asArray(field(v, 'filters')).some((filter) => has(filter, 'requestRedirect')),
);

const HTTP_RULE = object(
  {
    name: SECTION_NAME,
    matches: list(
      object({
        path: nullable(PATH),
        headers: namedValues(text({ minLength: 1, maxLength: 4096, pattern: HEADER_VALUE })),
        queryParams: namedValues(text({ minLength: 1, maxLength: 1024 })),
        method: choice('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'),
      }),
      { maxItems: 64 },
    ),
    filters: HTTP_FILTERS,
    backendRefs: list(object({ ...BACKEND, filters: HTTP_FILTERS }, BACKEND_OPTIONS), { maxItems: 16 }),
    timeouts: object({ request: DURATION, backendRequest: DURATION }, { rules: [REQUEST_TIMEOUT] }),
    retry: ANY,
    sessionPersistence: ANY,
  },
  { rules: [NO_REDIRECT_WITH_BACKENDS] },
);

const METHOD_RULES = [
  rule("One or both of 'service' or 'method' must be specified", (v) => has(v, 'service') || has(v, 'method')),
  rule(
    'service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)',
    (v) =>
      !isExact(v, 'service') || /^\.?[a-z_][a-z_0-9]*(?:\.[a-z_][a-z_0-9]*)*$/i.test(asString(field(v, 'service'))),
  ),
  rule(
    'method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)',
    (v) => !isExact(v, 'method') || /^[A-Za-z_][A-Za-z_0-9]*$/.test(asString(field(v, 'method'))),
  ),
];

/** Whether the field is there, and is to be met as it is written. */
function isExact(match: JsonValue, name: string): boolean {
  return has(match, name) && field(match, 'type') !== 'RegularExpression';
}

const GRPC_RULE = object({
  name: SECTION_NAME,
  matches: list(
    object({
      method: object(
        {
          type: nullable(choice('Exact', 'RegularExpression')),
          service: text({ maxLength: 1024 }),
          method: text({ maxLength: 1024 }),
        },
        {
          rules: METHOD_RULES,
        },
      ),
      headers: namedValues(text({ minLength: 1, maxLength: 4096 })),
    }),
    { maxItems: 64 },
  ),
  filters: GRPC_FILTERS,
  backendRefs: list(object({ ...BACKEND, filters: GRPC_FILTERS }, BACKEND_OPTIONS), { maxItems: 16 }),
  sessionPersistence: ANY,
});

const TCP_RULE = object(
  {
    name: SECTION_NAME,
    backendRefs: list(object(BACKEND, BACKEND_OPTIONS), { minItems: 1, maxItems: 16 }),
  },
  { required: ['backendRefs'] },
);

const RULES_LIMIT = 16;
const HOSTNAMES = list(text({ minLength: 1, maxLength: 253, pattern: HOSTNAME }), { maxItems: 16 });
const DEFAULT_GATEWAYS = choice('All', 'None');

function route(fields: ObjectSchema['fields'], required: readonly string[]): ObjectSchema {
  return object({ parentRefs: PARENT_REFS, useDefaultGateways: DEFAULT_GATEWAYS, ...fields }, { required });
}

/** The specs of the routes of the Gateway API, as far as they are not about what filters do. */
export const HTTP_ROUTE_SCHEMA = route(
  { hostnames: HOSTNAMES, rules: list(HTTP_RULE, { minItems: 1, maxItems: RULES_LIMIT }) },
  [],
);
export const GRPC_ROUTE_SCHEMA = route({ hostnames: HOSTNAMES, rules: list(GRPC_RULE, { maxItems: RULES_LIMIT }) }, []);
export const TCP_ROUTE_SCHEMA = route({ rules: list(TCP_RULE, { minItems: 1, maxItems: RULES_LIMIT }) }, ['rules']);
