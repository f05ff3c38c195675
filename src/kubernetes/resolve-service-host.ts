import type { KubernetesObject } from './manifest.js';

/** The full name of a host as a pod's DNS would find it: `reviews`, `reviews.bookinfo` and `reviews.bookinfo.svc` are short
 * for a Service of the pod's namespace, or of the one named. A name that is short for no Service stays as it is. */
export function resolveServiceHost(
  host: string,
  {
    namespace,
    clusterDomain,
    objects,
  }: { readonly namespace: string; readonly clusterDomain: string; readonly objects: readonly KubernetesObject[] },
): string {
  const [name, ownNamespace = namespace, svc = 'svc', ...rest] = host.split('.');
  if (name === undefined || svc !== 'svc' || rest.length > 0) return host;
  const isService = objects.some(
    ({ group, kind, metadata }) =>
      group === '' && kind === 'Service' && metadata.namespace === ownNamespace && metadata.name === name,
  );
  return isService ? `${name}.${ownNamespace}.svc.${clusterDomain}` : host;
}
