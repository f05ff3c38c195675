import type { Destination, EndpointRef, WorkloadRef } from '../reachability/egress-reachability.js';

/** `namespace/Kind/name`, as the command line takes it. */
export function workloadName(workload: WorkloadRef): string {
  return `${workload.namespace}/${workload.kind}/${workload.name}`;
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostAndPort(destination: { readonly host: string; readonly port: number }): string {
  const host = destination.host.includes(':') ? `[${destination.host}]` : destination.host;
  return `${host}:${destination.port}`;
}

/** `host:port/protocol`, as the command line takes it. */
export function destinationName(destination: Destination): string {
  return `${hostAndPort(destination)}/${destination.protocol}`;
}

/** The workload's name, or the bare address where no workload stands behind it. */
export function endpointName(endpoint: EndpointRef): string {
  return 'address' in endpoint ? endpoint.address : workloadName(endpoint);
}

/** `3 workloads`, `1 workload`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
