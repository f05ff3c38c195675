import { matchChains, type Connection } from './filter-chain-match.js';
import type {
  DumpChain,
  DumpListener,
  DumpRoute,
  DumpVirtualHost,
  MadeOf,
  ProxyDump,
  RouteAction,
  RouteConfiguration,
} from './proxy-dump.js';
import type { AskedRequest } from './route-match.js';
import { findVirtualHost } from './virtual-host-match.js';

/** A call, as the application makes it. */
export interface DumpCall {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'http' | 'tls' | 'tcp';
  /** What the host resolves to; null for an address that nothing in the dump names. */
  readonly address: string | null;
}

/** Where a proxy with the configuration of a dump sends a call. */
export type DumpPath =
  /** By bytes, to one of these clusters. */
  | { readonly kind: 'tcp'; readonly clusters: readonly string[]; readonly madeOf: MadeOf | null }
  /** By the routes of a virtual host. `chosen` is the request's own; null where none takes it. */
  | { readonly kind: 'http'; readonly virtualHost: DumpVirtualHost; readonly chosen: RouteAction | null }
  /** Nothing takes it: the proxy closes the connection, or answers 404. */
  | { readonly kind: 'refused' }
  /** What the proxy does is not understood, or not in the dump. */
  | { readonly kind: 'unknown'; readonly why: string };

const REFUSED: DumpPath = { kind: 'refused' };

/**
 * Follows a call through a dump's listeners and routes, as Envoy does: the listener of the original destination, else the port's on
 * all addresses, else the one that iptables redirect to; its filter chain; its routes.
 */
export function followRequest(dump: ProxyDump, call: DumpCall): DumpPath {
  const listener = dump.listeners && findListener(dump.listeners, call);
  if (listener === null) return { kind: 'unknown', why: 'no listener takes what iptables redirect' };
  if (listener.isInbound) return unknown(listener, 'a listener of the inbound side takes the call');
  if (listener.notUnderstood !== null) return unknown(listener, listener.notUnderstood);
  const found = findChain(listener, call);
  if (found === null) return REFUSED;
  if (typeof found === 'string') return unknown(listener, found);
  const { action, madeOf } = found;
  switch (action.kind) {
    case 'unknown':
      return unknown(listener, action.why);
    case 'tcp':
      return { kind: 'tcp', clusters: action.clusters, madeOf };
    case 'http': {
      // Bytes that are no HTTP are answered 400.
      if (call.protocol !== 'http') return REFUSED;
      const routes = action.inline ?? dump.routes?.get(action.routeName);
      return routes
        ? takeRoute(routes, call)
        : { kind: 'unknown', why: `the routes ${action.routeName} are not in the dump` };
    }
  }
}

function unknown({ name }: DumpListener, why: string): DumpPath {
  return { kind: 'unknown', why: `${why} (listener ${name})` };
}

/** Envoy: ConnectionHandlerImpl::getBalancedHandlerByAddress; ActiveTcpSocket::newConnection for what is redirected */
function findListener(listeners: readonly DumpListener[], { address, port }: DumpCall): DumpListener | null {
  const { byAddress, redirected } = indexListeners(listeners);
  const own = address === null ? undefined : byAddress.get(`${address} ${port}`);
  const anywhere = address?.includes(':') === true ? '::' : '0.0.0.0';
  return own ?? byAddress.get(`${anywhere} ${port}`) ?? redirected;
}

interface ListenerIndex {
  /** By `address port`. */
  readonly byAddress: ReadonlyMap<string, DumpListener>;
  /** Takes what iptables redirect, and no other one has. */
  readonly redirected: DumpListener | null;
}

const indexes = new WeakMap<readonly DumpListener[], ListenerIndex>();

function indexListeners(listeners: readonly DumpListener[]): ListenerIndex {
  const known = indexes.get(listeners);
  if (known) return known;
  const byAddress = new Map<string, DumpListener>();
  for (const listener of listeners) {
    for (const { address, port } of listener.addresses) {
      const key = `${address} ${port}`;
      if (!byAddress.has(key)) byAddress.set(key, listener);
    }
  }
  const index = { byAddress, redirected: listeners.find((each) => each.usesOriginalDestination) ?? null };
  indexes.set(listeners, index);
  return index;
}

/** Null where none takes the connection; a text where that is not understood. */
function findChain(listener: DumpListener, call: DumpCall): DumpChain | string | null {
  const strange = listener.chains.find(({ match }) => match.notUnderstood !== null);
  if (strange) return `the filter chain match ${strange.match.notUnderstood ?? ''}`;
  const left = matchChains(listener.chains, inspect(listener, call));
  if (left.length > 1) return 'several filter chains with one match';
  return left[0] ?? listener.defaultChain;
}

/** What the listener's inspectors find out of the first bytes. */
function inspect({ inspectsTls, inspectsHttp }: DumpListener, call: DumpCall): Connection {
  const isTls = inspectsTls && call.protocol === 'tls';
  return {
    address: call.address,
    port: call.port,
    serverName: isTls ? call.host : '',
    transport: isTls ? 'tls' : 'raw_buffer',
    applications: inspectsHttp && call.protocol === 'http' ? ['http/1.1'] : [],
  };
}

function takeRoute(routes: RouteConfiguration, { host, port }: DumpCall): DumpPath {
  if (routes.notUnderstood !== null) return { kind: 'unknown', why: `${routes.notUnderstood} (routes ${routes.name})` };
  const authority = port === 80 ? host : `${host}:${port}`;
  const virtualHost = findVirtualHost(routes, authority);
  if (virtualHost === null) return REFUSED;
  if (virtualHost.notUnderstood !== null)
    return { kind: 'unknown', why: `${virtualHost.notUnderstood} (virtual host ${virtualHost.name})` };
  const request: AskedRequest = { method: 'GET', path: '/', authority, scheme: 'http' };
  const chosen = chooseRoute(virtualHost.routes, request);
  return typeof chosen === 'string'
    ? { kind: 'unknown', why: `${chosen} (virtual host ${virtualHost.name})` }
    : { kind: 'http', virtualHost, chosen: chosen?.action ?? null };
}

/** The first route that takes the request; a text where one that may is not understood. */
function chooseRoute(routes: readonly DumpRoute[], request: AskedRequest): DumpRoute | string | null {
  for (const route of routes) {
    const answer = route.match(request);
    if (answer === true) return route;
    if (answer !== false) return answer.unknown;
  }
  return null;
}
