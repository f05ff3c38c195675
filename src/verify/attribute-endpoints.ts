import type { Endpoint } from '../istio/endpoint.js';
import type { DumpEndpoint, DumpWorkload } from '../envoy/proxy-dump.js';
import type { Workload } from '../kubernetes/workload.js';

/**
 * Whether an endpoint of a proxy is one that the manifests make: by its address, or by its workload, as the pods that manifests list come
 * and go, and with them their addresses.
 */
export function isSameEndpoint(endpoint: Endpoint, sent: DumpEndpoint): boolean {
  if (endpoint.port !== sent.port) return false;
  if (endpoint.address !== '' && endpoint.address === sent.address) return true;
  return endpoint.workload !== null && sent.workload !== null && isSameWorkload(endpoint.workload, sent.workload);
}

/**
 * By the name of what makes the pods; a pod that nothing Istio knows has made goes by its own name, in which its workload's stands, and
 * by its canonical service. Istio: kube.GetDeployMetaFromPod, labels.CanonicalService
 */
export function isSameWorkload({ namespace, name, labels }: Workload, sent: DumpWorkload): boolean {
  if (namespace !== sent.namespace) return false;
  if (name === sent.name) return true;
  const service =
    labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? sent.name;
  const revision =
    labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels['version'] ?? '';
  return (
    service === sent.canonicalName &&
    (revision === sent.canonicalRevision || (revision === '' && sent.canonicalRevision === 'latest')) &&
    `-${sent.name}-`.includes(`-${name}-`)
  );
}

/** `10.244.1.5:9080 (reviews-v1.bookinfo)` */
export function sentEndpointName({ address, port, workload }: DumpEndpoint): string {
  const at = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return workload === null ? at : `${at} (${workload.name}.${workload.namespace})`;
}

/** `bookinfo/Deployment/reviews-v1:9080`, or an address with its port. */
export function endpointName({ address, port, workload }: Endpoint): string {
  const host = address || (workload ? `${workload.namespace}/${workload.kind}/${workload.name}` : 'unknown');
  return `${host}:${port}`;
}
