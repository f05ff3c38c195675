import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

export interface Operation {
  readonly template: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly method: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly bodyPointer: string | null;
  readonly isBodyRequired: boolean;
  /** Status → where the schema of that answer stands. */
  readonly answers: ReadonlyMap<number, string>;
}

/** An operation of the API, and what a request's path gives for the names in its template. */
export interface FoundOperation {
  readonly operation: Operation;
  /** `GET /repos/{owner}/{repo}` */
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Checks requests against GitHub's own description of its REST API. */
export class OpenApiRequests {
  readonly #operations: readonly Operation[];
  readonly #description: object;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    // The package's entry loads several hundred megabytes; one of its files is enough.
    const manifest = createRequire(import.meta.url).resolve('@octokit/openapi/package.json');
    const file = path.join(path.dirname(manifest), 'generated/api.github.com.json');
    const description = allowNull(JSON.parse(readFileSync(file, 'utf8'))) as {
      readonly paths: Record<string, Record<string, Json>>;
      readonly components: Json;
      readonly 'x-webhooks': Record<string, { readonly post: Json }>;
    };
    this.#description = description;
    (addFormats as unknown as (ajv: Ajv) => void)(this.#ajv);
    this.#ajv.addSchema({ $id: 'github', paths: description.paths, components: description.components });
    this.#operations = Object.entries(description.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, operation]) => operationOf(description, template, method, operation)),
    );
  }

  /** Null for a request that the API has no operation for. */
  find(method: string, pathname: string): FoundOperation | null {
    const [operation] = this.#operations
      .filter((each) => each.method === method && each.pattern.test(pathname))
      .sort((a, b) => a.names.length - b.names.length || b.template.length - a.template.length);
    if (!operation) return null;
    const values = operation.pattern.exec(pathname)?.slice(1) ?? [];
    const parameters = operation.names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')] as const);
    return { operation, name: `${method} ${operation.template}`, parameters: Object.fromEntries(parameters) };
  }

  /** Everything that the description has against a request; empty when it is right. */
  problemsOf(method: string, url: URL, pathname: string, body: unknown): readonly string[] {
    const operation = this.find(method, pathname)?.operation;
    if (!operation) return [`${method} ${pathname} is no operation`];
    const problems: string[] = [];
    for (const name of url.searchParams.keys()) {
      const parameter = operation.parameters.find((each) => each.in === 'query' && each.name === name);
      if (!parameter) problems.push(`${operation.template} knows no query parameter ${name}`);
      else
        problems.push(
          ...this.#check(`query ${name}`, parameter.schema, coerce(url.searchParams.get(name), parameter.schema)),
        );
    }
    if (body === undefined) {
      if (operation.isBodyRequired) problems.push(`${operation.template} needs a body`);
      return problems;
    }
    if (operation.bodyPointer === null) return [...problems, `${method} ${operation.template} takes no body`];
    return [...problems, ...this.#check('body', { $ref: operation.bodyPointer }, body)];
  }

  /** The schema that a pointer such as `Operation.answers` holds stands for. */
  schemaAt(reference: string): Json {
    return resolve(this.#description, { $ref: decodeURIComponent(reference).replace(/^github/, '') });
  }

  /** Everything that the schema at a pointer has against a value. */
  problemsAt(reference: string, value: unknown): readonly string[] {
    return this.#check('', { $ref: reference }, value);
  }

  /** Whether GitHub has a webhook of this name, with whatever actions. */
  sendsEvent(event: string): boolean {
    const { 'x-webhooks': webhooks } = this.#description as { readonly 'x-webhooks': object };
    const name = event.replaceAll('_', '-');
    return Object.keys(webhooks).some((each) => each === name || each.startsWith(`${name}-`));
  }

  /** Where the schema of a webhook's payload stands; null for a webhook that GitHub does not send. */
  payloadPointer(event: string, action: string | null): string | null {
    const name = [event, ...(action === null ? [] : [action])].join('-').replaceAll('_', '-');
    const { 'x-webhooks': webhooks } = this.#description as { readonly 'x-webhooks': Record<string, unknown> };
    if (!(name in webhooks)) return null;
    const place = `#/x-webhooks/${name}/post/requestBody/content/${pointer('application/json')}/schema`;
    const schema = resolve(this.#description, { $ref: decodeURIComponent(place) }, false);
    return typeof schema['$ref'] === 'string' ? `github${schema['$ref']}` : null;
  }

  #check(what: string, schema: Json, value: unknown): readonly string[] {
    const key = JSON.stringify(schema);
    const validate = this.#validators.get(key) ?? this.#ajv.compile(schema);
    this.#validators.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${what}${error.instancePath} ${error.message ?? ''}`);
  }
}

function operationOf(description: object, template: string, method: string, operation: Json): Operation {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  const parameters = ((operation['parameters'] ?? []) as Json[]).map((parameter) => resolve(description, parameter));
  const body = operation['requestBody'] as { readonly required?: boolean; readonly content?: Json } | undefined;
  return {
    template,
    pattern: new RegExp(
      `^${template.replace(/\{(ref|path|basehead|branch)\}/g, '(.+)').replace(/\{[^}]+\}/g, '([^/]+)')}$`,
    ),
    names,
    method: method.toUpperCase(),
    parameters: parameters as unknown as Operation['parameters'],
    bodyPointer: body?.content?.['application/json']
      ? `github#/paths/${pointer(template)}/${method}/requestBody/content/${pointer('application/json')}/schema`
      : null,
    isBodyRequired: body?.required ?? false,
    answers: new Map(answersOf(description, template, method, operation)),
  };
}

function answersOf(
  description: object,
  template: string,
  method: string,
  operation: Json,
): readonly (readonly [number, string])[] {
  return Object.entries((operation['responses'] ?? {}) as Record<string, Json>).flatMap(([status, response]) => {
    const reference = response['$ref'];
    const place =
      typeof reference === 'string'
        ? `github${reference}`
        : `github#/paths/${pointer(template)}/${method}/responses/${status}`;
    const content = resolve(description, response)['content'] as Json | undefined;
    if (!content?.['application/json']) return [];
    return [[Number(status), `${place}/content/${pointer('application/json')}/schema`] as const];
  });
}

function resolve(description: object, value: Json, isDeep = true): Json {
  const reference = value['$ref'];
  if (typeof reference !== 'string') return value;
  const found = reference
    .slice(2)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => (node as Json)[key], description) as Json;
  return isDeep ? resolve(description, found) : found;
}

function pointer(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function coerce(value: string | null, schema: Json): unknown {
  return schema['type'] === 'integer' ? Number(value) : value;
}

/** OpenAPI 3.0 writes `nullable`, at times without a type, where JSON Schema has a type of its own. */
function allowNull(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(allowNull);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as Json;
  const mapped = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, allowNull(value)]));
  return nullable === true ? { anyOf: [mapped, { type: 'null' }] } : mapped;
}
