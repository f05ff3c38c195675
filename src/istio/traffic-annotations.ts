import { cidrContains, parseCidr, parseIpv4 } from './filter-chain.js';

const PREFIX = 'traffic.sidecar.istio.io/';

/** What iptables leads through the sidecar, as a pod's annotations say. Istio: the injection template and istio-iptables */
export interface TrafficCapture {
  readonly includeOutboundIpRanges: readonly string[];
  readonly excludeOutboundIpRanges: readonly string[];
  /** Captured whatever their address. */
  readonly includeOutboundPorts: ReadonlySet<number>;
  readonly excludeOutboundPorts: ReadonlySet<number>;
  /** Null: all. */
  readonly includeInboundPorts: ReadonlySet<number> | null;
  readonly excludeInboundPorts: ReadonlySet<number>;
  /** `NONE` sends nothing through iptables. */
  readonly interceptionMode: string;
}

export function readTrafficCapture(
  annotations: Readonly<Record<string, string>>,
  interceptionMode: string,
): TrafficCapture {
  const list = (name: string): string[] | null => {
    const text = annotations[PREFIX + name];
    return text === undefined
      ? null
      : text
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '');
  };
  const ports = (name: string): Set<number> => new Set((list(name) ?? []).map(Number).filter(Number.isInteger));
  const inbound = list('includeInboundPorts');
  return {
    includeOutboundIpRanges: list('includeOutboundIPRanges') ?? ['*'],
    excludeOutboundIpRanges: list('excludeOutboundIPRanges') ?? [],
    includeOutboundPorts: ports('includeOutboundPorts'),
    excludeOutboundPorts: ports('excludeOutboundPorts'),
    includeInboundPorts:
      inbound === null || inbound.includes('*') ? null : new Set(inbound.map(Number).filter(Number.isInteger)),
    excludeInboundPorts: ports('excludeInboundPorts'),
    interceptionMode: annotations['sidecar.istio.io/interceptionMode'] ?? interceptionMode,
  };
}

/**
 * Whether a call goes through the caller's sidecar. An address that the manifests do not give counts as part of the cluster where
 * `inCluster` says so: such addresses are taken to be in the private ranges that are included, and in none
 * that is excluded.
 */
export function isOutboundCaptured(
  capture: TrafficCapture,
  address: string,
  port: number,
  inCluster: boolean,
): boolean {
  if (capture.interceptionMode === 'NONE') return false;
  if (capture.excludeOutboundPorts.has(port)) return false;
  if (capture.excludeOutboundIpRanges.some((range) => inRange(range, address, false))) return false;
  return (
    capture.includeOutboundPorts.has(port) ||
    capture.includeOutboundIpRanges.some((range) => inRange(range, address, inCluster))
  );
}

/** Whether the answer of `isOutboundCaptured` rests on an assumption about an address. */
export function dependsOnUnknownAddress(capture: TrafficCapture, address: string): boolean {
  const ranges = [...capture.includeOutboundIpRanges, ...capture.excludeOutboundIpRanges];
  return parseIpv4(address) === null && ranges.some((range) => range !== '*' && parseCidr(range)?.bits !== 0);
}

/** Whether calls to a port of this pod go through its own sidecar. */
export function isInboundCaptured(capture: TrafficCapture, port: number): boolean {
  if (capture.interceptionMode === 'NONE') return false;
  if (capture.includeInboundPorts !== null) return capture.includeInboundPorts.has(port);
  return !capture.excludeInboundPorts.has(port);
}

function inRange(range: string, address: string, inCluster: boolean): boolean {
  if (range === '*' || parseCidr(range)?.bits === 0) return true;
  if (parseIpv4(address) !== null) return cidrContains(range, address);
  return (
    inCluster && /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(range)
  );
}
