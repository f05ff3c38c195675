import { buildTcpFilterChains, conflictKey, type FilterChain, type ListenPort } from './filter-chain.js';
import { isHttp, isTcp, type Protocol } from './protocol.js';
import type { Proxy } from './proxy.js';
import type { PushContext } from './push-context.js';
import { endpointAddress } from './service-endpoints.js';
import { UNSPECIFIED_IP, type Service } from './service.js';
import { servicesOnPort, type EgressListenerScope, type SidecarScope } from './sidecar-scope.js';

/** Ports of the proxy's own listeners. Istio: conflictWithReservedListener */
const ENVOY_STATUS_PORT = 15021;
const ENVOY_PROMETHEUS_PORT = 15090;

/** A listener that a call to `bind:port` meets. Istio: outboundListenerEntry */
export interface OutboundListener {
  readonly bind: string;
  readonly port: number;
  /** A real socket of the proxy's: iptables leads nothing to it. */
  readonly bindToPort: boolean;
  /** `unsupported` where several protocols share the listener. */
  protocol: Protocol;
  readonly chains: FilterChain[];
  /** Made by a listener with a port: the catch-all listener adds nothing. */
  locked: boolean;
}

interface Options {
  readonly service: Service;
  readonly port: ListenPort;
  /** Empty: the service's own address, or the wildcard. */
  readonly bind: string;
  readonly bindToPort: boolean;
  readonly scope: EgressListenerScope;
}

/**
 * The listeners of a proxy for one port, by the address they are bound to. Istio: ListenerBuilder.buildSidecarOutboundListeners
 */
export function buildOutboundListeners(
  push: PushContext,
  scope: SidecarScope,
  proxy: Proxy,
  port: number,
): ReadonlyMap<string, OutboundListener> {
  const listeners = new Map<string, OutboundListener>();
  const add = (options: Options): void => addListener(push, scope, proxy, listeners, options);
  for (const egress of scope.egressListeners) {
    const { listener } = egress;
    const bindToPort = listener.captureNone || listener.bind.startsWith('unix://');
    const bind = listener.bind || (bindToPort ? '127.0.0.1' : '');
    if (listener.port !== null) {
      if (listener.port.number !== port || !canBind(push, bind, port, listener.port.protocol)) continue;
      const listenPort = { port, protocol: listener.port.protocol };
      for (const service of egress.services) add({ service, port: listenPort, bind, bindToPort, scope: egress });
      continue;
    }
    for (const entry of listeners.values()) entry.locked = true;
    for (const service of servicesOnPort(egress, port)) {
      for (const servicePort of service.ports) {
        if (servicePort.port !== port || !canBind(push, bind, port, servicePort.protocol)) continue;
        addCatchAll(push, proxy, { service, port: servicePort, bind, bindToPort, scope: egress }, add);
      }
    }
  }
  return listeners;
}

/** A listener that would take the place of one of the proxy's own is left out. Istio: Proxy.CanBindToPort */
function canBind(push: PushContext, bind: string, port: number, protocol: Protocol): boolean {
  if (bind !== '' ? bind !== UNSPECIFIED_IP : !isHttp(protocol)) return true;
  return ![
    ENVOY_STATUS_PORT,
    ENVOY_PROMETHEUS_PORT,
    push.meshConfig.proxyListenPort,
    push.meshConfig.proxyInboundListenPort,
  ].includes(port);
}

/** A headless TCP service has a listener for each pod, but none for the caller's own. */
function addCatchAll(push: PushContext, proxy: Proxy, options: Options, add: (options: Options) => void): void {
  const { service, port, bind } = options;
  if (bind !== '' || !isPerInstance(service, port) || !hasInstances(push, service, port)) {
    add(options);
    return;
  }
  for (const instance of push.instancesByPort(service, port.port)) {
    const address = endpointAddress(instance);
    if (address === null || instance.workload === proxy.workload) continue;
    add({ ...options, bind: address });
  }
}

/** Which listener a service's port is added to where a catch-all listener imports it. */
export type ListenerPlace = 'none' | 'http' | 'shared' | 'own';

/**
 * `http`: the one for HTTP on all addresses, which the first service makes and the others leave as it is. `shared`: one on all
 * addresses as well, with filter chains of the service's own. `own`: one for the service's addresses alone.
 */
export function listenerPlace(push: PushContext, service: Service, port: ListenPort): ListenerPlace {
  const kind = listenerProtocol(port.protocol);
  if (service.resolution === 'Alias' || kind === 'none') return 'none';
  if (!canBind(push, '', port.port, port.protocol)) return 'none';
  if (kind === 'http') return port.protocol === 'http_proxy' ? 'shared' : 'http';
  if (isPerInstance(service, port)) return hasInstances(push, service, port) ? 'own' : 'shared';
  const { bind, cidrs } = tcpBind({ bind: '', service });
  return bind === UNSPECIFIED_IP || cidrs.length > 0 ? 'shared' : 'own';
}

/** Whether the service has a listener for each of its pods. */
function isPerInstance({ resolution, address }: Service, { protocol }: ListenPort): boolean {
  return resolution === 'Passthrough' && address === UNSPECIFIED_IP && (isTcp(protocol) || protocol === 'unsupported');
}

/** Whether the pods are what the listeners are made for; a ServiceEntry that cannot have any gets one of the usual kind. */
function hasInstances(push: PushContext, service: Service, { port }: ListenPort): boolean {
  return (
    service.registry === 'Kubernetes' ||
    service.labelSelectors !== null ||
    push.instancesByPort(service, port).length > 0
  );
}

const NO_CIDRS: readonly string[] = [];

type ListenerProtocol = 'http' | 'tcp' | 'auto' | 'none';

/** Istio: ModelProtocolToListenerProtocol */
function listenerProtocol(protocol: Protocol): ListenerProtocol {
  if (isHttp(protocol)) return 'http';
  if (isTcp(protocol)) return 'tcp';
  return protocol === 'udp' ? 'none' : 'auto';
}

/** Istio: ListenerBuilder.buildSidecarOutboundListener */
function addListener(
  push: PushContext,
  scope: SidecarScope,
  proxy: Proxy,
  listeners: Map<string, OutboundListener>,
  options: Options,
): void {
  const { service, port } = options;
  const kind = listenerProtocol(port.protocol);
  if (service.resolution === 'Alias' || kind === 'none') return;
  const { bind, cidrs } =
    kind === 'http' ? { bind: options.bind || UNSPECIFIED_IP, cidrs: NO_CIDRS } : tcpBind(options);
  const current = listeners.get(bind);
  if (current?.locked) return;
  if (port.protocol === 'http_proxy' && current !== undefined) return;
  if (current !== undefined && kind !== 'tcp' && !isHttp(current.protocol) && !isTcp(current.protocol)) return;
  if (current !== undefined && kind === 'http' && isHttp(current.protocol)) return;
  if (current !== undefined && isServerFirstConflict(port.protocol, current.protocol)) return;

  const tcpChains = (): FilterChain[] =>
    buildTcpFilterChains(
      { scope, proxy, service, bind, port, destinationCidrs: cidrs, clusterDomain: push.clusterDomain },
      options.scope.virtualServices,
    );
  const httpChain = (inspected: boolean): FilterChain => ({
    sniHosts: [],
    destinationCidrs: [],
    http: { routeName: routeName(kind, bind, service, port.port), inspected },
    clusters: [],
    service,
    virtualService: null,
  });
  const entry = (protocol: Protocol, chains: FilterChain[]): void => {
    listeners.set(bind, { bind, port: port.port, bindToPort: options.bindToPort, protocol, chains, locked: false });
  };

  if (port.protocol === 'http_proxy') {
    entry(port.protocol, [httpChain(false)]);
    return;
  }
  const wildcard = bind === UNSPECIFIED_IP;
  // On the wildcard address an HTTP listener inspects, so that other traffic of the port can fall through.
  const protocol = kind === 'http' && wildcard ? 'unsupported' : port.protocol;
  const chains =
    kind === 'http' ? [httpChain(wildcard)] : kind === 'tcp' ? tcpChains() : [...tcpChains(), httpChain(true)];
  if (current === undefined || (kind === 'auto' && isHttp(current.protocol))) {
    entry(protocol, chains);
    return;
  }
  mergeChains(current.chains, chains);
  const bothTcp = kind === 'tcp' && isTcp(current.protocol);
  if (!bothTcp) current.protocol = 'unsupported';
}

function tcpBind({ bind, service }: Pick<Options, 'bind' | 'service'>): { bind: string; cidrs: readonly string[] } {
  if (bind !== '') return { bind, cidrs: NO_CIDRS };
  return service.address.includes('/')
    ? { bind: UNSPECIFIED_IP, cidrs: [service.address] }
    : { bind: service.address, cidrs: NO_CIDRS };
}

/** A detected service on an address of its own has routes of its own; all others of a port share them. */
function routeName(kind: ListenerProtocol, bind: string, service: Service, port: number): string {
  return kind === 'auto' && bind !== UNSPECIFIED_IP ? `${service.hostname}:${port}` : String(port);
}

/** MySQL and MongoDB speak first, which inspection would break. Istio: isConflictWithWellKnownPort */
function isServerFirstConflict(incoming: Protocol, existing: Protocol): boolean {
  return incoming !== existing && [incoming, existing].some((p) => p === 'mongo' || p === 'mysql');
}

const conflictKeys = new WeakMap<readonly FilterChain[], Set<string>>();

/** Adds the chains that do not conflict with those that are there, while the listener is being built. Istio: mergeTCPFilterChains */
function mergeChains(chains: FilterChain[], incoming: readonly FilterChain[]): void {
  let keys = conflictKeys.get(chains);
  if (!keys) conflictKeys.set(chains, (keys = new Set(chains.map(conflictKey))));
  for (const chain of incoming) {
    const key = conflictKey(chain);
    if (keys.has(key)) continue;
    keys.add(key);
    chains.push(chain);
  }
}
