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

/** The `Host` headers that belong to a service, each once. */
export interface ServiceDomains {
  readonly domains: readonly string[];
  /** The same in lower case. */
  readonly names: readonly string[];
  /** Those of the domains that are mere alternatives. */
  readonly alternatives: readonly string[];
}

type DomainsOf = WeakMap<Service, ServiceDomains>;

/** By the namespace of callers, or for all others, and the cluster's domain. */
const known = new Map<string, DomainsOf>();

/** For callers of a namespace; the same object for all callers for whom a service has the same domains. */
export function domainFinder(
  namespace: string,
  clusterDomain: string,
): (service: Service, hostname: HostName) => ServiceDomains {
  const ownSuffix = `.${namespace}.svc.${clusterDomain}`;
  const isOwn = ({ hostname }: { readonly hostname: HostName }): boolean => hostname.endsWith(ownSuffix);
  const others = knownFor(` ${clusterDomain}`);
  let own: DomainsOf | null = null;
  return (service, hostname) => {
    const ofCaller = isOwn(service) || service.aliases.some(isOwn) ? (own ??= knownFor(ownSuffix)) : others;
    let found = ofCaller.get(service);
    if (!found) ofCaller.set(service, (found = serviceDomains(service, hostname, namespace, clusterDomain)));
    return found;
  };
}

function knownFor(callers: string): DomainsOf {
  let domains = known.get(callers);
  if (!domains) known.set(callers, (domains = new WeakMap()));
  return domains;
}

/** Istio: generateVirtualHostDomains */
function serviceDomains(
  service: Service,
  hostname: HostName,
  namespace: string,
  clusterDomain: string,
): ServiceDomains {
  const alternatives = alternativeHosts(hostname, namespace, clusterDomain);
  const domains = [hostname, ...alternatives];
  for (const alias of service.aliases) {
    const others = alternativeHosts(alias.hostname, namespace, clusterDomain);
    domains.push(alias.hostname, ...others);
    alternatives.push(...others);
  }
  // Pods of a headless Service are called by their own names.
  if (service.resolution === 'Passthrough' && service.registry === 'Kubernetes') {
    domains.push(...domains.map((domain) => `*.${domain}`));
  }
  domains.push(...service.addresses);
  const names = domains.map((domain) => domain.toLowerCase());
  const isFirst = (_domain: string, index: number): boolean => names.indexOf(names[index]!) === index;
  return { domains: domains.filter(isFirst), names: names.filter(isFirst), alternatives };
}
