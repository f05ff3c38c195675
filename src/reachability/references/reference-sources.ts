import type { Origin } from '../../diagnostic/diagnostic.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { asArray, asObject, asString } from '../../kubernetes/json.js';
import type { Workload } from '../../kubernetes/workload.js';
import { addressesInValue } from './address-in-value.js';
import { canonicalName, looksLikeAddressName, portNamesFor } from './address-name.js';
import { addressesInCommandLine, type PortOf } from './command-line.js';
import { addressesInConfigMap } from './config-text.js';
import {
  buildContainerEnvironment,
  type ContainerEnvironment,
  type EnvironmentContext,
  type MissingConfigMap,
} from './container-environment.js';
import { expandVariables } from './expand-variables.js';
import { addressOfHandler, HANDLERS } from './handler-address.js';
import { collectMountedConfig } from './mounted-config.js';
import { locateLine, type BodyPath } from './value-lines.js';
import type { WrittenAddress } from './written-address.js';

/** A port that stands beside a host in a variable or flag of its own. */
export interface PairedPort {
  readonly port: string;
  /** False where it may as well be the port that the container listens on. */
  readonly isSure: boolean;
}

export interface WrittenReference {
  readonly address: WrittenAddress;
  readonly pairedPort: PairedPort | null;
  readonly where: string;
  /** The object that names it. */
  readonly holder: KubernetesObject;
  /** Asked only for what turns out to be a destination: finding a line is dear. */
  readonly locate: () => Origin;
}

export interface ReferenceSources {
  /** In the order of the manifest. */
  readonly references: readonly WrittenReference[];
  readonly takesAddressesFromSecret: boolean;
  readonly missing: readonly MissingConfigMap[];
}

interface Container {
  readonly body: JsonObject;
  readonly path: BodyPath;
  readonly title: string;
}

/** The proxy's own containers, where a template spells them out: their calls do not pass the sidecar. */
const PROXY_CONTAINERS: ReadonlySet<string> = new Set(['istio-proxy', 'istio-init', 'istio-validation']);

/** Everything in a workload's manifest, and in the ConfigMaps it uses, that reads like an address. */
export function collectReferenceSources(workload: Workload, context: EnvironmentContext): ReferenceSources {
  const specPath = [...workload.templatePath, 'spec'];
  const containers = listContainers(workload, specPath);
  const references: WrittenReference[] = [];
  const missing: MissingConfigMap[] = [];
  let takesAddressesFromSecret = false;
  for (const container of containers) {
    const environment = buildContainerEnvironment(container.body, container.path, container.title, context);
    missing.push(...environment.missing);
    takesAddressesFromSecret ||=
      environment.takesAddressesFromSecret || placesSecretInHost(container.body, environment);
    references.push(
      ...variableReferences(environment),
      ...commandReferences(workload, container, environment),
      ...handlerReferences(workload, container, environment),
    );
  }
  const bodies = containers.map((container) => container.body);
  const mounted = collectMountedConfig(workload, bodies, specPath, context.configMap);
  for (const { configMap, key } of mounted.files) references.push(...fileReferences(configMap, key));
  return { references, takesAddressesFromSecret, missing: [...missing, ...mounted.missing] };
}

function listContainers(workload: Workload, specPath: BodyPath): Container[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    asArray(workload.podSpec[list]).flatMap((entry, index) => {
      const body = asObject(entry);
      const name = asString(body['name']);
      if (PROXY_CONTAINERS.has(name)) return [];
      const title = `${list === 'containers' ? 'container' : 'init container'} ${name || String(index + 1)}`;
      return [{ body, path: [...specPath, list, index], title }];
    }),
  );
}

function variableReferences(environment: ContainerEnvironment): WrittenReference[] {
  const portOf = variablePorts(environment);
  return [...environment.variables.values()].flatMap((variable) =>
    variable.value === null
      ? []
      : addressesInValue(variable.name, variable.value).map((address) => ({
          address,
          pairedPort: pairedPort(variable.name, portOf),
          where: variable.where,
          holder: variable.holder,
          locate: () => variable.locate(address.line),
        })),
  );
}

function variablePorts(environment: ContainerEnvironment): PortOf {
  const values = new Map<string, string>();
  for (const { name, value } of environment.variables.values()) {
    if (value !== null && /^[A-Za-z0-9-]{1,63}$/.test(value)) values.set(canonicalName(name), value);
  }
  return (name) => values.get(name);
}

function pairedPort(name: string | null, portOf: PortOf): PairedPort | null {
  if (name === null) return null;
  for (const candidate of portNamesFor(name)) {
    const port = portOf(candidate.name);
    if (port !== undefined) return { port, isSure: candidate.isSure };
  }
  return null;
}

function commandReferences(workload: Workload, container: Container, env: ContainerEnvironment): WrittenReference[] {
  // A command without `args` and with is one line to the program: flags and ports are read across both.
  const words = (['command', 'args'] as const).flatMap((list) =>
    stringsOf(container.body[list]).map((written, index) => ({
      written,
      text: expandVariables(written, env.valueOf),
      path: [...container.path, list, index],
      where: `${list === 'args' ? 'argument' : 'command word'} ${index + 1} of ${container.title}`,
    })),
  );
  if (words.length === 0) return [];
  const { found, flagValue } = addressesInCommandLine(words.map((word) => word.text));
  const variables = variablePorts(env);
  return found.map(({ address, word, name }) => ({
    address,
    pairedPort: pairedPort(name, (port) => flagValue(port) ?? variables(port)),
    where: words[word]!.where,
    holder: workload.object,
    locate: () => locateLine(workload.object, words[word]!.path, words[word]!.written, address.line),
  }));
}

function stringsOf(list: JsonValue | undefined): string[] {
  // Places count: an entry of another type keeps its own.
  return asArray(list).map((entry) => asString(entry));
}

function handlerReferences(workload: Workload, container: Container, env: ContainerEnvironment): WrittenReference[] {
  return HANDLERS.flatMap(({ path, title, expands }) => {
    if (container.body[path[0]!] === undefined) return [];
    const handler = path.reduce<JsonObject>((at, key) => asObject(at[key]), container.body);
    const where = `${title} of ${container.title}`;
    const at = [...container.path, ...path];
    const named = addressOfHandler(handler, container.body).map(({ address, path: field }) => {
      const locate = (): Origin => workload.object.locate([...at, ...field]);
      return { address, pairedPort: null, where, holder: workload.object, locate };
    });
    const words = stringsOf(asObject(handler['exec'])['command']);
    const texts = words.map((word) => (expands ? expandVariables(word, env.valueOf) : word));
    const executed = addressesInCommandLine(texts).found.map(({ address, word }) => ({
      address,
      pairedPort: null,
      where,
      holder: workload.object,
      locate: () => locateLine(workload.object, [...at, 'exec', 'command', word], words[word]!, address.line),
    }));
    return [...named, ...executed];
  });
}

function fileReferences(configMap: KubernetesObject, key: string): WrittenReference[] {
  const { namespace, name } = configMap.metadata;
  const text = asString(asObject(configMap.body['data'])[key]);
  return addressesInConfigMap(configMap, key).map((address) => ({
    address,
    pairedPort: null,
    where: `key ${key} of ConfigMap ${namespace}/${name}`,
    holder: configMap,
    locate: () => locateLine(configMap, ['data', key], text, address.line),
  }));
}

/** `http://$(NAME)/`, `user@$(NAME)`, or a whole value under an address-like name, with NAME from a Secret. */
function placesSecretInHost(container: JsonObject, environment: ContainerEnvironment): boolean {
  if (![...environment.variables.values()].some(({ fromSecret }) => fromSecret)) return false;
  const isSecret = (name: string | undefined): boolean => environment.variables.get(name ?? '')?.fromSecret === true;
  const variables = asArray(container['env']).map((entry) => asObject(entry));
  if (
    variables.some((v) => looksLikeAddressName(asString(v['name'])) && isSecret(wholeReference(asString(v['value']))))
  ) {
    return true;
  }
  const texts = [
    ...variables.map((v) => asString(v['value'])),
    ...stringsOf(container['command']),
    ...stringsOf(container['args']),
  ];
  return texts.some((text) =>
    [...text.matchAll(/(?:\/\/|@)\$\(([^()$]{1,128})\)([^\s/?#"']{0,256})/g)].some(
      // What is followed by an `@` is a user's name.
      (match) => isSecret(match[1]) && !match[2]!.includes('@'),
    ),
  );
}

function wholeReference(value: string): string | undefined {
  return /^\$\(([^()$]{1,128})\)$/.exec(value)?.[1];
}
