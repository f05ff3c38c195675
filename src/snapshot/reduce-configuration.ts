import { meshConfigField } from '../istio/mesh-config-fields.js';
import { PROVIDER_KINDS } from '../istio/telemetry-providers.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import { compact, pick, without } from './reduce-metadata.js';
import { stringifyYaml } from './stringify-yaml.js';

/** What a snapshot has in the place of a value that may be a secret, where the field itself has to stay. */
const OMITTED = 'omitted';

/** The fields of Istio's MeshConfig that decide where calls go. */
const MESH_CONFIG_FIELDS = [
  'outboundTrafficPolicy',
  'rootNamespace',
  'defaultServiceExportTo',
  'defaultVirtualServiceExportTo',
  'defaultDestinationRuleExportTo',
  'enableAutoMtls',
  'discoverySelectors',
  'proxyListenPort',
  'proxyInboundListenPort',
] as const;

/** Which service a provider of telemetry is; nothing of a provider that is none. */
function reduceProvider(value: JsonValue): JsonObject[] {
  const services = compact(
    Object.fromEntries(PROVIDER_KINDS.map((kind) => [kind, pick(asObject(value)[kind], 'service', 'port')])),
  );
  return Object.keys(services).length === 0 ? [] : [{ ...pick(value, 'name'), ...services }];
}

/** The fields by their names in camelCase, whichever way they are written. */
function fieldsOf(mesh: JsonObject): JsonObject {
  const named = MESH_CONFIG_FIELDS.map((name) => [name, meshConfigField(mesh, name)] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

/** Without samplers, headers and paths of providers, metadata of proxies and the like, which may hold credentials. */
export function reduceMeshConfig(config: JsonValue | undefined): JsonObject {
  const mesh = asObject(config);
  const proxy = asObject(mesh['defaultConfig']);
  // An empty policy is not the same as none: its mode is the zero value.
  const ownPolicy = meshConfigField(mesh, 'outboundTrafficPolicy');
  const policy = isObject(ownPolicy) ? { outboundTrafficPolicy: pick(ownPolicy, 'mode') } : {};
  return {
    ...compact({
      ...pick(fieldsOf(mesh), ...MESH_CONFIG_FIELDS),
      extensionProviders: asArray(meshConfigField(mesh, 'extensionProviders')).flatMap(reduceProvider),
      defaultProviders: pick(mesh['defaultProviders'], 'tracing', 'accessLogging'),
      defaultConfig: compact({
        ...pick(proxy, 'interceptionMode'),
        proxyMetadata: pick(proxy['proxyMetadata'], 'ISTIO_META_DNS_CAPTURE'),
      }),
    }),
    ...policy,
  };
}

/**
 * The data of a mesh ConfigMap (`istio`, `istio-REVISION`) without what decides nothing; null for another ConfigMap.
 *
 * @throws UnreadableMeshConfig where the text is no YAML: what istiod goes by then is not to be seen.
 */
export function reduceMeshConfigMap(body: JsonObject): JsonObject | null {
  const { name, namespace } = asObject(body['metadata']);
  const mesh = asObject(body['data'])['mesh'];
  if (typeof mesh !== 'string' || !/^istio(?:-|$)/.test(asString(name))) return null;
  const { value } = readYaml(mesh);
  if (value !== null && !isObject(value)) {
    throw new UnreadableMeshConfig(
      `the mesh configuration in ConfigMap ${asString(namespace)}/${asString(name)} is not valid YAML, so what istiod goes by cannot be told`,
    );
  }
  return { data: { mesh: stringifyYaml(reduceMeshConfig(value)) } };
}

/** The mesh configuration of a cluster is no YAML. */
export class UnreadableMeshConfig extends Error {
  override readonly name = 'UnreadableMeshConfig';
}

/** Where no selector stands, and what a filter is for; not what it puts in. */
export function reduceEnvoyFilter(spec: JsonObject): JsonObject {
  return compact({
    ...pick(spec, 'workloadSelector', 'targetRefs'),
    configPatches: asArray(spec['configPatches']).map((patch) => ({
      match: pick(asObject(patch)['match'], 'context'),
    })),
  });
}

/** Without the headers that routes write and the bodies that they answer, which decide nothing. */
export function reduceVirtualService(spec: JsonObject): JsonObject {
  const http = asArray(spec['http']).map((item) => {
    const route = without(asObject(item), 'headers');
    return compactRoute({
      ...route,
      route: asArray(route['route']).map((destination) => without(asObject(destination), 'headers')),
      ...(isObject(route['directResponse']) ? { directResponse: pick(route['directResponse'], 'status') } : {}),
    });
  });
  return { ...spec, ...(http.length === 0 ? {} : { http }) };
}

/** Of a Gateway API route, the values of headers that its filters write. */
export function reduceGatewayRoute(spec: JsonObject): JsonObject {
  const rules = asArray(spec['rules']).map((item) => {
    const rule = withoutFilterValues(asObject(item));
    const backends = asArray(rule['backendRefs']).map((backend) => withoutFilterValues(asObject(backend)));
    return { ...rule, ...(backends.length === 0 ? {} : { backendRefs: backends }) };
  });
  return { ...spec, ...(rules.length === 0 ? {} : { rules }) };
}

const HEADER_FILTERS = ['requestHeaderModifier', 'responseHeaderModifier'] as const;

function withoutFilterValues(owner: JsonObject): JsonObject {
  if (owner['filters'] === undefined) return owner;
  const filters = asArray(owner['filters']).map((item) => {
    const filter = asObject(item);
    const modifiers = HEADER_FILTERS.filter((name) => isObject(filter[name])).map((name) => [
      name,
      withoutHeaderValues(asObject(filter[name])),
    ]);
    return { ...filter, ...(Object.fromEntries(modifiers) as JsonObject) };
  });
  return { ...owner, filters };
}

function withoutHeaderValues(modifier: JsonObject): JsonObject {
  const written = (['set', 'add'] as const).filter((field) => modifier[field] !== undefined);
  const lists = written.map((field): [string, JsonValue] => [
    field,
    asArray(modifier[field]).map((header) => ({ ...asObject(header), value: OMITTED })),
  ]);
  return { ...modifier, ...Object.fromEntries(lists) };
}

/** A route that had no destinations gets no empty list of them. */
function compactRoute(route: JsonObject): JsonObject {
  return asArray(route['route']).length === 0 ? without(route, 'route') : route;
}
