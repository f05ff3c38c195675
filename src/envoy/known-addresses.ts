import { isIp } from './ip-range.js';
import type { MadeOf, ProxyDump } from './proxy-dump.js';

/** What a dump tells of the addresses that hosts have. */
export interface KnownAddresses {
  /** By host, in the order in which they were found. */
  readonly byHost: ReadonlyMap<string, readonly string[]>;
  /** By `kind namespace/name` of the object that a listener's chain was made of: the addresses that the listener is bound to. */
  readonly byObject: ReadonlyMap<string, readonly { readonly address: string; readonly port: number }[]>;
}

/**
 * Collects addresses: from virtual hosts, whose domains are a service's names and addresses; from the listeners that are bound to an
 * address, whose routes or clusters name the service; from istiod's record.
 */
export function collectAddresses({ listeners, routes, scope }: ProxyDump): KnownAddresses {
  const byHost = new Map<string, string[]>();
  const byObject = new Map<string, { address: string; port: number }[]>();
  const add = (host: string, address: string): void => {
    const known = byHost.get(host);
    if (!known) byHost.set(host, [address]);
    else if (!known.includes(address)) known.push(address);
  };
  for (const [host, addresses] of scope?.addresses ?? []) for (const address of addresses) add(host, address);
  for (const { virtualHosts } of routes?.values() ?? []) {
    for (const { domains } of virtualHosts) {
      const names = domains.map((domain) => (isIp(domain) ? domain : domain.replace(/:\d+$/, '')));
      const found = names.filter(isIp);
      if (found.length === 0) continue;
      for (const name of names) if (!isIp(name)) for (const address of found) add(name, address);
    }
  }
  for (const { addresses, isInbound, chains, defaultChain } of listeners ?? []) {
    if (isInbound) continue;
    for (const { address, port } of addresses) {
      if (address === '0.0.0.0' || address === '::') continue;
      for (const { action, madeOf } of [...chains, ...(defaultChain ? [defaultChain] : [])]) {
        if (madeOf !== null) push(byObject, objectName(madeOf), { address, port });
        else if (action.kind === 'http') addRouteName(action.routeName, port, (host) => add(host, address));
        else if (action.kind === 'tcp') {
          const [, ofPort, , host] = (action.clusters[0] ?? '').split('|');
          if (host !== undefined && ofPort === String(port)) add(host, address);
        }
      }
    }
  }
  return { byHost, byObject };
}

export function objectName({ kind, namespace, name }: MadeOf): string {
  return `${kind} ${namespace}/${name}`;
}

/** Routes that are a service's own are called `host:port`. */
function addRouteName(routeName: string, port: number, add: (host: string) => void): void {
  const suffix = `:${port}`;
  if (routeName.endsWith(suffix)) add(routeName.slice(0, -suffix.length));
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
