import { isWildcarded, subsetOf, type HostName } from './host-name.js';

/** The hosts that an egress listener names for one namespace. Istio: model.hostClassification */
export interface HostClassification {
  readonly exactHosts: ReadonlySet<HostName>;
  readonly allHosts: readonly HostName[];
  readonly excludedHosts: readonly HostName[];
}

/** A listener's hosts by namespace, and whether every one is exact and in a named namespace. */
export interface ClassifiedHosts {
  readonly byNamespace: ReadonlyMap<string, HostClassification>;
  readonly allExact: boolean;
}

interface Building {
  exactHosts: Set<HostName>;
  allHosts: HostName[];
  excludedHosts: HostName[];
}

/**
 * Sorts `namespace/dnsName` hosts by namespace. `.` is the consumer's namespace. Where the version excludes, `~ns/host` takes away
 * from that namespace and `~/host` from all; where it does not, `~` is a namespace of its own that holds nothing.
 * Istio: convertIstioListenerToWrapper
 */
export function classifyHosts(
  hosts: readonly string[],
  configNamespace: string,
  excludesHosts: boolean,
): ClassifiedHosts {
  const byNamespace = new Map<string, Building>();
  let allExact = true;
  for (const host of hosts) {
    const [prefix, name, rest] = host.split('/');
    if (prefix === undefined || name === undefined || rest !== undefined) continue;
    const excluded = excludesHosts && prefix.startsWith('~');
    let namespace = excluded ? prefix.slice(1) || '*' : prefix;
    if (namespace === '.') namespace = configNamespace;
    let building = byNamespace.get(namespace);
    if (!building) byNamespace.set(namespace, (building = { exactHosts: new Set(), allHosts: [], excludedHosts: [] }));
    if (excluded) {
      building.excludedHosts.push(name);
      continue;
    }
    if (isWildcarded(name) || namespace === '*') allExact = false;
    if (!isWildcarded(name)) building.exactHosts.add(name);
    building.allHosts.push(name);
  }
  return { byNamespace, allExact };
}

/** Whether the hosts include a service's name. Istio: hostClassification.Matches */
export function includes(hosts: HostClassification | undefined, name: HostName): boolean {
  if (hosts === undefined) return false;
  if (hosts.exactHosts.has(name)) return true;
  const wildcarded = isWildcarded(name);
  // Each scope asks about each service.
  for (const imported of hosts.allHosts) {
    if ((wildcarded || isWildcarded(imported)) && subsetOf(name, imported)) return true;
  }
  return false;
}

/** Istio: hostClassification.Excluded */
export function excludes(hosts: HostClassification | undefined, name: HostName): boolean {
  if (hosts === undefined || hosts.excludedHosts.length === 0) return false;
  return hosts.excludedHosts.some((excluded) => subsetOf(name, excluded));
}
