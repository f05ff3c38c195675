import { parseClusterName } from '../istio/destination-cluster.js';

/** The hosts and ports that a call's clusters stand for; none for those that stand for no host. */
export function routedHosts(clusters: readonly string[]): readonly { readonly host: string; readonly port: number }[] {
  return clusters.flatMap((cluster) => {
    const { hostname, port } = parseClusterName(cluster) ?? {};
    return hostname === undefined || port === undefined ? [] : [{ host: hostname, port }];
  });
}
