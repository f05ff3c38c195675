import { matchesWildcard } from '../kubernetes/wildcard.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';

/** Pairs of a workload and a host, as people write them. */
export interface PairScope {
  /** `namespace/name` or `namespace/Kind/name` with `*`. */
  readonly workload: string;
  /** `host` or `host:port` with `*`. */
  readonly host: string;
}

export function fitsWorkload(pattern: string, { namespace, kind, name }: WorkloadRef): boolean {
  const parts = pattern.split('/');
  const named = parts.length === 2 ? [namespace, name] : [namespace, kind, name];
  return parts.length === named.length && parts.every((part, index) => matchesWildcard(part, named[index]!));
}

export function fitsHost(pattern: string, { host, port }: { readonly host: string; readonly port: number }): boolean {
  const [hostPattern = '', portPattern = '*'] = pattern.split(':');
  return matchesWildcard(hostPattern, host) && matchesWildcard(portPattern, String(port));
}
