import type { HostName } from './host-name.js';
import { isIpAddress } from './host-name.js';
import type { Service } from './service.js';

/**
 * Other names by which a client in a namespace may call a Kubernetes host: shorter ones, and the absolute one with its dot.
 * Istio: GenerateAltVirtualHosts
 */
export function alternativeHosts(hostname: HostName, namespace: string, clusterDomain: string): string[] {
  const out = isIpAddress(hostname) ? [] : [`${hostname}.`];
  const suffix = `.svc.${clusterDomain}`;
  if (!hostname.endsWith(suffix)) return out;
  const short = hostname.slice(0, -suffix.length);
  const dot = short.indexOf('.');
  if (dot < 0) return out;
  if (short.slice(dot + 1) === namespace) out.push(short.slice(0, dot));
  out.push(short, `${short}.svc`);
  return out;
}

/** The `Host` headers that belong to a service, and which of them are mere alternatives. Istio: generateVirtualHostDomains */
export function serviceDomains(
  service: Service,
  namespace: string,
  clusterDomain: string,
): { domains: string[]; alternatives: ReadonlySet<string> } {
  const domains: string[] = [];
  const alternatives = new Set<string>();
  for (const host of [service.hostname, ...service.aliases.map((alias) => alias.hostname)]) {
    const others = alternativeHosts(host, namespace, clusterDomain);
    domains.push(host, ...others);
    for (const other of others) alternatives.add(other);
  }
  // Pods of a headless Service are called by their own names.
  if (service.resolution === 'Passthrough' && service.registry === 'Kubernetes') {
    domains.push(...domains.map((domain) => `*.${domain}`));
  }
  domains.push(...service.addresses);
  return { domains, alternatives };
}
