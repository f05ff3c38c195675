import type { DumpVirtualHost, RouteConfiguration } from './proxy-dump.js';

/**
 * The virtual host of a request's authority: by the whole name, else the longest `*.suffix`, else the longest `prefix.*`, else `*`.
 * Envoy: RouteMatcher::findVirtualHost
 */
export function findVirtualHost(
  { virtualHosts, ignoresPort }: RouteConfiguration,
  authority: string,
): DumpVirtualHost | null {
  const host = (ignoresPort ? authority.replace(/:\d+$/, '') : authority).toLowerCase();
  let best: DumpVirtualHost | null = null;
  let bestRank = 0;
  for (const virtualHost of virtualHosts) {
    for (const domain of virtualHost.domains) {
      const rank = rankOf(domain, host);
      if (rank > bestRank) [best, bestRank] = [virtualHost, rank];
    }
  }
  return best;
}

/** Names are far shorter than this. */
const STEP = 2 ** 20;

/** 0 for a domain that does not fit. */
function rankOf(domain: string, host: string): number {
  if (domain === host) return 4 * STEP;
  if (domain === '*') return 1;
  if (domain.startsWith('*'))
    return host.length > domain.length - 1 && host.endsWith(domain.slice(1)) ? 2 * STEP + domain.length : 0;
  if (domain.endsWith('*'))
    return host.length > domain.length - 1 && host.startsWith(domain.slice(0, -1)) ? STEP + domain.length : 0;
  return 0;
}
