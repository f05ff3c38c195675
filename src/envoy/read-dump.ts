import { asObject, isObject } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { JsonPieces, NotJson } from './json-pieces.js';
import { has, messageIn, textIn } from './proto-json.js';
import type {
  DumpCluster,
  DumpEndpoint,
  DumpListener,
  DumpScope,
  ProxyDump,
  ProxyNode,
  RouteConfiguration,
} from './proxy-dump.js';
import { readCluster, readClusterStatus, readLoadAssignment } from './read-cluster.js';
import { readListener } from './read-listener.js';
import { readRouteConfiguration } from './read-routes.js';
import { isScope, readScope } from './read-scope.js';

/** JSON that is nothing of a proxy. */
export class NoProxyDump extends Error {
  override readonly name = 'NoProxyDump';
}

/**
 * What of a proxy's configuration is in JSON: Envoy's `config_dump`, the answers of `istioctl proxy-config … -o json`, istiod's
 * `/debug/sidecarz`; several of them may follow each other.
 *
 * @throws NotJson, NoProxyDump
 */
export function readDump(bytes: Uint8Array): ProxyDump {
  const reader = new DumpReader();
  const pieces = new JsonPieces(inUtf8(bytes));
  if (pieces.isAtEnd()) throw new NotJson('is empty');
  do reader.read(pieces);
  while (!pieces.isAtEnd());
  return reader.finish();
}

/** Without the byte order mark; what a shell on Windows has redirected is in UTF-16. */
function inUtf8(bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3);
  if (first === 0xff && second === 0xfe) return new TextEncoder().encode(new TextDecoder('utf-16le').decode(bytes));
  return bytes;
}

/** The parts of several answers about the same proxy as one. */
export function joinDumps(dumps: readonly ProxyDump[]): ProxyDump {
  const last = <K extends keyof ProxyDump>(part: K): ProxyDump[K] | null =>
    dumps.findLast((dump) => dump[part] !== null)?.[part] ?? null;
  return {
    node: last('node'),
    clusters: last('clusters'),
    endpoints: last('endpoints'),
    listeners: last('listeners'),
    routes: last('routes'),
    scope: last('scope'),
    updatedAt: dumps.reduce((newest: string | null, { updatedAt }) => later(newest, updatedAt), null),
    remarks: [...new Set(dumps.flatMap(({ remarks }) => remarks))],
  };
}

type PartName = 'clusters' | 'endpoints' | 'listeners' | 'routes';

/** What the parts of a config_dump are. Envoy: admin.v3.ConfigDump */
const SECTIONS: Readonly<Record<string, PartName>> = {
  ClustersConfigDump: 'clusters',
  EndpointsConfigDump: 'endpoints',
  ListenersConfigDump: 'listeners',
  RoutesConfigDump: 'routes',
};

class DumpReader {
  readonly #clusters = new Map<string, DumpCluster>();
  readonly #endpoints = new Map<string, readonly DumpEndpoint[]>();
  readonly #listeners: DumpListener[] = [];
  readonly #routes = new Map<string, RouteConfiguration>();
  readonly #remarks = new Set<string>();
  readonly #parts = new Set<PartName>();
  #node: ProxyNode | null = null;
  #scope: DumpScope | null = null;
  #updatedAt: string | null = null;

  read(pieces: JsonPieces): void {
    switch (pieces.peek()) {
      case 'array':
        pieces.forEachItem(() => this.#readMessage(asObject(pieces.value())));
        return;
      case 'object':
        this.#readObject(pieces);
        return;
      case 'other':
        throw new NoProxyDump('is no proxy configuration');
    }
  }

  finish(): ProxyDump {
    const part = <T>(name: PartName, read: T): T | null => (this.#parts.has(name) ? read : null);
    if (this.#parts.size === 0 && this.#scope === null) throw new NoProxyDump('holds no configuration of a proxy');
    return {
      node: this.#node,
      clusters: part('clusters', this.#clusters),
      endpoints: part('endpoints', this.#endpoints),
      listeners: part('listeners', this.#listeners),
      routes: part('routes', this.#routes),
      scope: this.#scope,
      updatedAt: this.#updatedAt,
      remarks: [...this.#remarks],
    };
  }

  #readObject(pieces: JsonPieces): void {
    const rest: Record<string, ReturnType<JsonPieces['value']>> = Object.create(null) as typeof rest;
    for (const key of pieces.keys()) {
      if ((key === 'configs' || key === 'cluster_statuses') && pieces.peek() === 'array') {
        pieces.forEachItem(() => {
          if (key === 'configs' && pieces.peek() === 'object') this.#readSection(pieces);
          else this.#readMessage(asObject(pieces.value()));
        });
      } else rest[key] = pieces.value();
    }
    if (isScope(rest)) this.#scope = readScope(rest);
    else if (Object.keys(rest).length > 0) this.#readMessage(rest);
  }

  /** One element of `configs`: lists of one kind, or, of a dump that was filtered, one of the list's items. */
  #readSection(pieces: JsonPieces): void {
    const rest: Record<string, ReturnType<JsonPieces['value']>> = Object.create(null) as typeof rest;
    for (const key of pieces.keys()) {
      if (pieces.peek() !== 'array') {
        rest[key] = pieces.value();
        this.#noteSection(rest['@type']);
        continue;
      }
      pieces.forEachItem(() => {
        if (pieces.peek() === 'object') this.#readMessage(asObject(pieces.value()), key);
        else pieces.skip();
      });
    }
    this.#readMessage(rest);
  }

  /** That a part is there, also where it is empty. */
  #noteSection(type: unknown): void {
    const section = typeof type === 'string' ? (type.split('.').at(-1) ?? '') : '';
    if (Object.hasOwn(SECTIONS, section)) this.#parts.add(SECTIONS[section]!);
  }

  /** @param list the list of the config_dump that the message is in. */
  #readMessage(message: JsonObject, list = ''): void {
    const isWarming = list.includes('warming');
    this.#updatedAt = later(this.#updatedAt, updateTimeOf(message));
    if (has(message, 'cluster') && isObject(message['cluster'])) this.#addCluster(message['cluster'], isWarming);
    else if (has(message, 'endpoint_config')) this.#addEndpoints(messageIn(message, 'endpoint_config'));
    else if (has(message, 'route_config')) this.#addRoutes(messageIn(message, 'route_config'));
    else if (has(message, 'active_state') || has(message, 'warming_state') || has(message, 'error_state'))
      this.#addListenerState(message);
    else if (has(message, 'listener')) this.#addListener(messageIn(message, 'listener'));
    else if (has(message, 'bootstrap')) this.#node = readNode(messageIn(messageIn(message, 'bootstrap'), 'node'));
    else if (has(message, 'virtual_hosts')) this.#addRoutes(message);
    else if (has(message, 'filter_chains') || has(message, 'traffic_direction')) this.#addListener(message);
    else if (has(message, 'cluster_name')) this.#addEndpoints(message);
    else if (has(message, 'host_statuses') || has(message, 'added_via_api')) this.#addStatus(message);
    else if (has(message, 'connect_timeout') || has(message, 'eds_cluster_config') || has(message, 'lb_policy'))
      this.#addCluster(message, false);
  }

  #addCluster(message: JsonObject, isWarming: boolean): void {
    this.#parts.add('clusters');
    const name = textIn(message, 'name');
    if (name.startsWith('inbound|')) return;
    if (isWarming) this.#remarks.add(`Cluster ${name} is warming: the proxy does not use it yet.`);
    else this.#clusters.set(name, readCluster(message));
  }

  #addEndpoints(message: JsonObject): void {
    this.#parts.add('endpoints');
    const name = textIn(message, 'cluster_name');
    if (name !== '') this.#endpoints.set(name, readLoadAssignment(message));
  }

  #addStatus(message: JsonObject): void {
    this.#parts.add('endpoints');
    this.#endpoints.set(textIn(message, 'name'), readClusterStatus(message));
  }

  #addRoutes(message: JsonObject): void {
    this.#parts.add('routes');
    const routes = readRouteConfiguration(message);
    // Those of the inbound side have no name, or one that nothing outbound has.
    if (routes.name !== '' && !routes.name.startsWith('inbound|')) this.#routes.set(routes.name, routes);
  }

  #addListenerState(message: JsonObject): void {
    this.#parts.add('listeners');
    const name = textIn(message, 'name');
    const error = messageIn(message, 'error_state');
    if (has(message, 'error_state')) {
      this.#remarks.add(`Envoy refused the newest listener ${name}: ${textIn(error, 'details')}`);
    }
    if (has(message, 'warming_state')) this.#remarks.add(`Listener ${name} is warming: the proxy does not use it yet.`);
    const active = messageIn(messageIn(message, 'active_state'), 'listener');
    if (has(active, 'address')) this.#addListener(active);
  }

  #addListener(message: JsonObject): void {
    this.#parts.add('listeners');
    this.#listeners.push(readListener(message));
  }
}

/** Of two times as Envoy writes them, all in UTC. */
function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/** The bootstrap is what the proxy began with. */
function updateTimeOf(message: JsonObject): string | null {
  if (has(message, 'bootstrap')) return null;
  const time = textIn(message, 'last_updated') || textIn(messageIn(message, 'active_state'), 'last_updated');
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time) ? time : null;
}

/** `sidecar~10.244.0.5~cart-7d9f-abcde.shop~shop.svc.cluster.local` */
function readNode(node: JsonObject): ProxyNode {
  const [type = '', , id = ''] = textIn(node, 'id').split('~');
  const dot = id.lastIndexOf('.');
  const metadata = asObject(node['metadata']);
  return {
    type,
    namespace: textIn(metadata, 'NAMESPACE') || id.slice(dot + 1),
    pod: textIn(metadata, 'NAME') || id.slice(0, Math.max(dot, 0)),
    workload: textIn(metadata, 'WORKLOAD_NAME'),
    istioVersion: textIn(metadata, 'ISTIO_VERSION'),
  };
}
