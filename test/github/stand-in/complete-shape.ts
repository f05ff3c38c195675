import type { OpenApiRequests } from './openapi-requests.js';

type Json = Record<string, unknown>;

const DEFAULTS_BY_FORMAT: Readonly<Record<string, string>> = {
  uri: 'https://github.example/',
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  email: 'nobody@github.example',
};

/**
 * Gives an answer GitHub's full shape: what its schema requires and the value leaves out is filled in with the emptiest
 * value that the schema allows. What the value holds stays as it is, also where the schema has never heard of it.
 */
export function completeShape(api: OpenApiRequests, schema: Json, value: unknown): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') return completeShape(api, api.schemaAt(reference), value);
  if (value === undefined) return emptiest(api, schema);
  if (Array.isArray(schema['allOf'])) {
    return (schema['allOf'] as Json[]).reduce<unknown>((each, part) => completeShape(api, part, each), value);
  }
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Json[] | undefined;
  const completed = choices ? completeChoice(api, choices, value) : value;
  if (Array.isArray(completed)) {
    const items = schema['items'] as Json | undefined;
    return items ? completed.map((item) => completeShape(api, items, item)) : completed;
  }
  return isObject(completed) ? completeObject(api, schema, completed) : completed;
}

function completeObject(api: OpenApiRequests, schema: Json, value: Json): Json {
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const required = (schema['required'] ?? []) as readonly string[];
  const completed: Json = { ...value };
  for (const name of required) if (!(name in completed)) completed[name] = undefined;
  for (const [name, content] of Object.entries(completed)) {
    const property = properties[name];
    if (property) completed[name] = completeShape(api, property, content);
  }
  return completed;
}

/** Of several shapes, the one that knows most of what the value holds. */
function completeChoice(api: OpenApiRequests, choices: readonly Json[], value: unknown): unknown {
  if (!isObject(value) && !Array.isArray(value)) return value;
  const wanted = Array.isArray(value) ? 'array' : 'object';
  const keys = Object.keys(value);
  const ranked = choices
    .map((choice) => (typeof choice['$ref'] === 'string' ? api.schemaAt(choice['$ref']) : choice))
    .filter((choice) => (choice['type'] ?? wanted) === wanted)
    .map((choice) => ({ choice, known: keys.filter((key) => key in ((choice['properties'] ?? {}) as Json)).length }))
    .sort((a, b) => b.known - a.known);
  const best = ranked[0]?.choice;
  return best ? completeShape(api, best, value) : value;
}

function emptiest(api: OpenApiRequests, schema: Json): unknown {
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Json[] | undefined;
  if (choices)
    return choices.some(({ type }) => type === 'null') ? null : completeShape(api, choices[0] ?? {}, undefined);
  if (Array.isArray(schema['allOf'])) return completeShape(api, schema, {});
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  switch (schema['type']) {
    case 'string':
      return DEFAULTS_BY_FORMAT[String(schema['format'])] ?? '';
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return 'properties' in schema || schema['type'] === 'object' ? completeShape(api, schema, {}) : null;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
