import type { Workload } from '../../kubernetes/workload.js';
import type { EdgeProtocol } from '../egress-reachability.js';
import type { WrittenReference } from './reference-sources.js';
import { resolveHost } from './resolve-host.js';
import { urlScheme, type UrlScheme } from './url-scheme.js';
import { parsePort } from './written-address.js';

/** A TCP port of a host of the mesh. */
export interface ServedPort {
  readonly number: number;
  readonly name: string;
  /** The protocols of its edges. */
  readonly protocol: readonly EdgeProtocol[];
}

/** What resolving needs to know of the mesh. */
export interface ResolveContext {
  readonly clusterDomain: string;
  /** The TCP ports of a host of the mesh; undefined for a host that the mesh does not have. */
  readonly portsOf: (host: string) => readonly ServedPort[] | undefined;
  /** Whether the port is served by another transport (UDP), so that naming it names no TCP call. */
  readonly isOtherTransport?: (host: string, port: number) => boolean;
  readonly isHeadless: (host: string) => boolean;
  /** Whether the host is that of a Service whose selector selects the workload. */
  readonly selectsOwn: (host: string, workload: Workload) => boolean;
  /** The host of the Service or ServiceEntry that has this address. */
  readonly hostOfAddress: (address: string) => string | undefined;
}

export interface ResolvedAddress {
  readonly destinations: readonly {
    readonly host: string;
    readonly port: number;
    readonly protocol: EdgeProtocol | null;
  }[];
  /** What is named and not served, as the end of a sentence; null where all is well. */
  readonly unserved: string | null;
  /** The host, where the mesh does not have it. */
  readonly unknownHost?: string;
}

const NOTHING: ResolvedAddress = { destinations: [], unserved: null };
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
/** This host, loopback, link-local (the clouds' metadata), multicast and beyond. */
const NOT_CALLED_IPV4 = /^(?:0|127|22[4-9]|23[0-9]|24[0-9]|25[0-5])\.|^169\.254\./;
const NOT_CALLED_NAME = /^(?:localhost|.*\.localhost|localhost\.localdomain|metadata\.google\.internal)\.?$/i;
const SRV_NAME = /^_([A-Za-z0-9-]{1,63})\._(tcp|udp)\.(.+)$/i;

/** What a written address names: the host as the pod's DNS reads it, and the ports that it means there. */
export function resolveAddress(
  written: WrittenReference,
  workload: Workload,
  context: ResolveContext,
): ResolvedAddress {
  const { address } = written;
  const scheme = address.scheme === null ? null : urlScheme(address.scheme);
  if ((address.scheme !== null && scheme === null) || NOT_CALLED_NAME.test(address.host)) return NOTHING;
  // `_grpc._tcp.reviews` asks DNS for the Service's port of that name.
  const srv = SRV_NAME.exec(address.host);
  if (srv?.[2]?.toLowerCase() === 'udp') return NOTHING;
  const host = findHost(srv?.[3] ?? address.host, workload, context);
  if (host === null || context.selectsOwn(host.host, workload)) return NOTHING;
  const asked = { address, pairedPort: written.pairedPort, port: srv?.[1]?.toLowerCase() ?? address.port, scheme };
  const ports = context.portsOf(host.host);
  if (ports !== undefined) return resolveInMesh(host.host, ports, asked, context);
  if (address.evidence === 'slight' || (address.evidence === 'fair' && !host.unmistakable)) return NOTHING;
  return { ...resolveOutside(host.host, asked), unknownHost: host.host };
}

interface Asked extends Pick<WrittenReference, 'address' | 'pairedPort'> {
  readonly port: number | string | null;
  readonly scheme: UrlScheme | null;
}

function findHost(
  written: string,
  workload: Workload,
  context: ResolveContext,
): { host: string; unmistakable: boolean } | null {
  const isIpv4 = IPV4.test(written);
  if (isIpv4 || written.includes(':')) {
    if (isIpv4 && NOT_CALLED_IPV4.test(written)) return null;
    const host = context.hostOfAddress(written.toLowerCase());
    if (host !== undefined) return { host, unmistakable: true };
    // A probe is written `HOST:PORT`, which has no place for the colons of an IPv6 address.
    return isIpv4 ? { host: written, unmistakable: true } : null;
  }
  return resolveHost(written, {
    namespace: workload.namespace,
    clusterDomain: context.clusterDomain,
    isKnown: (host) => context.portsOf(host) !== undefined,
    isHeadless: context.isHeadless,
  });
}

function resolveInMesh(
  host: string,
  ports: readonly ServedPort[],
  asked: Asked,
  context: ResolveContext,
): ResolvedAddress {
  const wanted = wantedPort(ports, asked);
  const { evidence } = asked.address;
  // `_` and bare words within prose: only what a Service really serves.
  const isDoubtful = evidence === 'slight' || (evidence === 'fair' && !asked.address.host.includes('.'));
  if (wanted === null) {
    if (isDoubtful) return NOTHING;
    return { destinations: ports.map((port) => destination(host, port.number, port, asked.scheme)), unserved: null };
  }
  const served = findServed(ports, wanted);
  if (served !== undefined) {
    return { destinations: [destination(host, served.number, served, asked.scheme)], unserved: null };
  }
  if (isDoubtful || (typeof wanted === 'number' && context.isOtherTransport?.(host, wanted) === true)) return NOTHING;
  // A host without ports of its own (an ExternalName Service, say) answers for none and refuses none.
  const unserved = ports.length === 0 ? null : `${host}:${wanted}, but that host serves only ${listPorts(ports)}`;
  const destinations = typeof wanted === 'number' ? [destination(host, wanted, undefined, asked.scheme)] : [];
  return { destinations, unserved };
}

/** The port that is meant: as written, from the sister variable, or the scheme's own. Null for none in particular. */
function wantedPort(ports: readonly ServedPort[], { port, pairedPort, scheme }: Asked): number | string | null {
  if (port !== null) return port;
  const paired = parsePort(pairedPort?.port ?? '') ?? null;
  const isServed = paired !== null && findServed(ports, paired) !== undefined;
  if (scheme !== null && scheme.port !== null) {
    // `URL=http://reviews` with `PORT=9080` is put together by the program, if 80 leads nowhere.
    return isServed && findServed(ports, scheme.port) === undefined ? paired : scheme.port;
  }
  return isServed || pairedPort?.isSure === true ? paired : null;
}

function findServed(ports: readonly ServedPort[], wanted: number | string): ServedPort | undefined {
  const byName = ports.find((port) => (typeof wanted === 'number' ? port.number : port.name) === wanted);
  if (byName !== undefined || typeof wanted === 'number') return byName;
  // `reviews:http` is port 80 to every resolver of service names.
  const usual = urlScheme(wanted)?.port;
  return ports.find((port) => port.number === usual);
}

function destination(
  host: string,
  port: number,
  served: ServedPort | undefined,
  scheme: UrlScheme | null,
): ResolvedAddress['destinations'][number] {
  const spoken = scheme?.protocol ?? null;
  if (spoken === null || served === undefined || served.protocol.includes(spoken))
    return { host, port, protocol: spoken };
  // TLS to a port whose protocol nobody declared is one of its plain TCP calls.
  const isTlsAsTcp = spoken === 'tls' && served.protocol.includes('tcp');
  return { host, port, protocol: isTlsAsTcp ? 'tcp' : null };
}

function resolveOutside(host: string, { port, pairedPort, scheme }: Asked): ResolvedAddress {
  const paired = pairedPort?.isSure === true ? parsePort(pairedPort.port) : null;
  const wanted = port ?? scheme?.port ?? paired ?? null;
  const number = typeof wanted === 'string' ? (urlScheme(wanted)?.port ?? null) : wanted;
  return number === null ? NOTHING : { destinations: [destination(host, number, undefined, scheme)], unserved: null };
}

function listPorts(ports: readonly ServedPort[]): string {
  const shown = ports
    .slice(0, 8)
    .map((port) => (port.name === '' ? String(port.number) : `${port.number} (${port.name})`));
  return shown.join(', ') + (ports.length > shown.length ? ` and ${ports.length - shown.length} more` : '');
}
