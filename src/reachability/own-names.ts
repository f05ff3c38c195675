import type { PushContext } from '../istio/push-context.js';
import type { DestinationTable } from './destination-table.js';

/**
 * By namespace, the destinations for which its own callers can be led elsewhere than everybody else, since they may call their
 * namespace's services by the first part of the name. Istio: GenerateAltVirtualHosts
 */
export function ownNames(push: PushContext, table: DestinationTable): (namespace: string) => readonly number[] {
  let names: ReadonlyMap<string, readonly string[]> | null = null;
  return (namespace) => {
    names ??= shortNames(push);
    const own = names.get(namespace) ?? [];
    return own.flatMap((name) => table.named(name));
  };
}

/** By namespace, the short names of its services, and of the pods behind those that are headless. */
function shortNames({ services, clusterDomain }: PushContext): ReadonlyMap<string, readonly string[]> {
  const suffix = `.svc.${clusterDomain}`;
  const isAnyHeadless = services.all.some(({ resolution }) => resolution === 'Passthrough');
  const names = new Map<string, string[]>();
  for (const hostname of services.byHostname.keys()) {
    const short = hostname.endsWith(suffix) ? hostname.slice(0, -suffix.length) : '';
    const dot = short.indexOf('.');
    if (dot < 0) continue;
    const name = short.slice(0, dot);
    const own = isAnyHeadless ? [name, `*.${name}`] : [name];
    const namespace = short.slice(dot + 1);
    const known = names.get(namespace);
    if (known) known.push(...own);
    else names.set(namespace, own);
  }
  return names;
}
