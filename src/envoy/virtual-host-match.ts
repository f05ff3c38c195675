import type { DumpVirtualHost, RouteConfiguration } from './proxy-dump.js';

/**
 * The virtual host of a request's authority: by the whole name, else the longest `*suffix`, else the longest `prefix*`, else `*`.
 * Envoy: RouteMatcher::findVirtualHost
 */
export function findVirtualHost(routes: RouteConfiguration, authority: string): DumpVirtualHost | null {
  const host = (routes.ignoresPort ? authority.replace(/:\d+$/, '') : authority).toLowerCase();
  const { whole, suffixes, prefixes, any } = indexDomains(routes);
  return (
    whole.get(host) ??
    longest(suffixes, (part) => host.length > part.length && host.endsWith(part)) ??
    longest(prefixes, (part) => host.length > part.length && host.startsWith(part)) ??
    any
  );
}

/** The virtual hosts by what their domains ask for, without the star. */
interface DomainIndex {
  readonly whole: ReadonlyMap<string, DumpVirtualHost>;
  readonly suffixes: ReadonlyMap<string, DumpVirtualHost>;
  readonly prefixes: ReadonlyMap<string, DumpVirtualHost>;
  readonly any: DumpVirtualHost | null;
}

const indexes = new WeakMap<RouteConfiguration, DomainIndex>();

function indexDomains(routes: RouteConfiguration): DomainIndex {
  const known = indexes.get(routes);
  if (known) return known;
  const whole = new Map<string, DumpVirtualHost>();
  const suffixes = new Map<string, DumpVirtualHost>();
  const prefixes = new Map<string, DumpVirtualHost>();
  let any: DumpVirtualHost | null = null;
  for (const virtualHost of routes.virtualHosts) {
    for (const domain of virtualHost.domains) {
      if (domain === '*') any ??= virtualHost;
      else if (domain.startsWith('*')) suffixes.set(domain.slice(1), virtualHost);
      else if (domain.endsWith('*')) prefixes.set(domain.slice(0, -1), virtualHost);
      else whole.set(domain, virtualHost);
    }
  }
  const index = { whole, suffixes, prefixes, any };
  indexes.set(routes, index);
  return index;
}

function longest(
  parts: ReadonlyMap<string, DumpVirtualHost>,
  fits: (part: string) => boolean,
): DumpVirtualHost | undefined {
  let best: string | null = null;
  for (const part of parts.keys()) if (fits(part) && part.length > (best?.length ?? -1)) best = part;
  return best === null ? undefined : parts.get(best);
}
