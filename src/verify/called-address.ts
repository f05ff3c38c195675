import { isIp } from '../envoy/ip-range.js';
import { collectAddresses } from '../envoy/known-addresses.js';
import type { ProxyDump } from '../envoy/proxy-dump.js';
import { listVirtualServices } from '../istio/virtual-service-index.js';
import type { PushContext } from '../istio/push-context.js';
import type { ProxyConfiguration } from '../reachability/proxy-configuration.js';
import { addressFor, podFor, type CallTarget } from '../reachability/destination.js';
import type { Workload } from '../kubernetes/workload.js';
import { isSameWorkload } from './attribute-endpoints.js';

/** The address that a caller's call has in the cluster of a dump; null where neither the dump nor the manifests know it. */
export type AddressOf = (target: CallTarget, caller: Workload) => string | null;

/** Prefers what the dump tells: manifests seldom have the addresses that a cluster gives. */
export function addressFinder(dump: ProxyDump, { push, scope }: ProxyConfiguration): AddressOf {
  const { byHost, byObject } = collectAddresses(dump);
  const bound = new Map<string, string[]>();
  // Of what a VirtualService routes by address, only its hosts tell whose address it is.
  for (const { namespace, name, spec } of listVirtualServices(push.virtualServices)) {
    for (const { address, port } of byObject.get(`virtual-service ${namespace}/${name}`) ?? []) {
      for (const host of spec.hosts) {
        const key = `${host}:${port}`;
        bound.set(key, [...(bound.get(key) ?? []), address]);
      }
    }
  }
  // A listener that a Sidecar binds to an address takes many services’ calls there.
  const binds = new Set(scope.egressListeners.map(({ listener }) => listener.bind));
  const sent = [...(dump.endpoints?.values() ?? [])].flat();
  const ofPods = new Map<Workload, string | undefined>();
  const addressOfPod = (workload: Workload): string | undefined => {
    if (!ofPods.has(workload)) {
      const own = sent.find((endpoint) => endpoint.workload !== null && isSameWorkload(workload, endpoint.workload));
      ofPods.set(workload, own?.address);
    }
    return ofPods.get(workload);
  };
  return (target, caller) => {
    const pod = podFor(target, caller)?.endpoint.workload;
    const ofPod = pod ? addressOfPod(pod) : undefined;
    if (ofPod !== undefined) return ofPod;
    const written = addressFor(target, caller);
    const { service, host } = target;
    const found = byHost.get(host) ?? bound.get(`${host}:${target.port}`) ?? [];
    // What a ServiceEntry says of addresses manifests have in full, but for those that istiod gives; an ExternalName Service has none.
    if (service !== null && (service.registry === 'External' || service.externalName !== ''))
      return isIp(written) ? written : (found.find(isAllocated) ?? null);
    const ofEntries = entryAddresses(push, host);
    const known = found.filter((each) => !ofEntries.has(each) && !binds.has(each));
    // Of several addresses, the one that the manifests have the caller take.
    if (isIp(written) && (known.length === 0 || known.includes(written))) return written;
    return known[0] ?? null;
  };
}

/** The addresses that ServiceEntries have for a host: a Service of the name is called by another one. */
function entryAddresses({ services }: PushContext, host: string): ReadonlySet<string> {
  const entries = [...(services.byHostname.get(host)?.values() ?? [])].filter(
    ({ registry }) => registry === 'External',
  );
  return new Set(entries.flatMap(({ addresses }) => addresses));
}

/** Whether istiod gave the address, for the proxy's own DNS. Istio: serviceentry.autoAllocateIPs, ipallocate */
function isAllocated(address: string): boolean {
  return address.startsWith('240.240.') || address.startsWith('2001:2::');
}
