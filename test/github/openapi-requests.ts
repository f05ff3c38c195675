import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

interface Operation {
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
}

/** Checks requests against GitHub's own description of its REST API. */
export class OpenApiRequests {
  readonly #operations: readonly Operation[];
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    // The package's entry loads several hundred megabytes; one of its files is enough.
    const manifest = createRequire(import.meta.url).resolve('@octokit/openapi/package.json');
    const file = path.join(path.dirname(manifest), 'generated/api.github.com.json');
    const description = allowNull(JSON.parse(readFileSync(file, 'utf8'))) as {
      readonly paths: Record<string, Record<string, Json>>;
      readonly components: Json;
    };
    (addFormats as unknown as (ajv: Ajv) => void)(this.#ajv);
    this.#ajv.addSchema({ $id: 'github', paths: description.paths, components: description.components });
    this.#operations = Object.entries(description.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, operation]) => operationOf(description, template, method, operation)),
    );
  }

  /** Everything that the description has against a request; empty when it is right. */
  problemsOf(method: string, url: URL, pathname: string, body: unknown): readonly string[] {
    const candidates = this.#operations
      .filter((operation) => operation.method === method && operation.pattern.test(pathname))
      .sort((a, b) => a.names.length - b.names.length);
    const operation = candidates[0];
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
    pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '([^/]+)')}$`),
    names,
    method: method.toUpperCase(),
    parameters: parameters as unknown as Operation['parameters'],
    bodyPointer: body?.content?.['application/json']
      ? `github#/paths/${pointer(template)}/${method}/requestBody/content/${pointer('application/json')}/schema`
      : null,
    isBodyRequired: body?.required ?? false,
  };
}

function resolve(description: object, value: Json): Json {
  const reference = value['$ref'];
  if (typeof reference !== 'string') return value;
  const found = reference
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Json)[key], description);
  return found as Json;
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
