/** A host name as Istio's configuration writes it: fully qualified, or with one leading `*`. */
export type HostName = string;

/** Istio: host.Name.IsWildCarded */
export function isWildcarded(host: HostName): boolean {
  return host.startsWith('*');
}

/**
 * Whether two host names overlap: equal, or one covered by the other's wildcard. Symmetric.
 * Istio: host.Name.Matches
 */
export function matches(a: HostName, b: HostName): boolean {
  if (isWildcarded(a)) {
    if (!isWildcarded(b)) return b.endsWith(a.slice(1));
    return a.length < b.length ? b.slice(1).endsWith(a.slice(1)) : a.slice(1).endsWith(b.slice(1));
  }
  return isWildcarded(b) ? a.endsWith(b.slice(1)) : a === b;
}

/** Whether every name that `a` stands for is one that `b` stands for. Istio: host.Name.SubsetOf */
export function subsetOf(a: HostName, b: HostName): boolean {
  if (isWildcarded(a)) {
    return isWildcarded(b) && a.length >= b.length && a.slice(1).endsWith(b.slice(1));
  }
  return isWildcarded(b) ? a.endsWith(b.slice(1)) : a === b;
}

/** The order of specificity: exact names before wildcards, longer before shorter, then by text. Istio: host.MoreSpecific */
export function moreSpecific(a: HostName, b: HostName): boolean {
  if (isWildcarded(a) !== isWildcarded(b)) return isWildcarded(b);
  return a.length === b.length ? a < b : a.length > b.length;
}

/** The entry of the most specific host that covers the needle. Istio: MostSpecificHostMatch */
export function mostSpecificHostMatch<V>(
  needle: HostName,
  specific: ReadonlyMap<HostName, V>,
  wildcard: ReadonlyMap<HostName, V>,
): V | undefined {
  const exact = isWildcarded(needle) ? wildcard.get(needle) : specific.get(needle);
  if (exact !== undefined) return exact;
  const suffix = isWildcarded(needle) ? needle.slice(1) : needle;
  let bestHost: HostName | undefined;
  let best: V | undefined;
  for (const [host, value] of wildcard) {
    if (suffix.endsWith(host.slice(1)) && (bestHost === undefined || moreSpecific(host, bestHost))) {
      bestHost = host;
      best = value;
    }
  }
  return best;
}

const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** Whether the text is an IPv4 or IPv6 address. */
export function isIpAddress(text: string): boolean {
  return IPV4.test(text) || (text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text));
}

/**
 * A host of a VirtualService, DestinationRule or route destination, completed in its object's namespace where it is short.
 * Istio: ResolveShortnameToFQDN
 */
export function resolveShortNameToFqdn(host: string, namespace: string, clusterDomain: string): HostName {
  if (host === '' || host === '*' || host.includes('.') || isIpAddress(host)) return host;
  return `${host}.${namespace}.svc.${clusterDomain}`;
}
