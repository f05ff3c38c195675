import type { Labels } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';

/** One address behind one port of a service. Istio: model.IstioEndpoint */
export interface Endpoint {
  /** What makes the pods, where the manifests have it; a virtual machine's WorkloadEntry counts as none. */
  readonly workload: Workload | null;
  /** An IP address, a DNS name, or empty for a pod whose address the manifests can't know. */
  readonly address: string;
  /** The port of the workload, not of the service. */
  readonly port: number;
  /** The name of the service's port that it serves. */
  readonly servicePortName: string;
  /** That port's number, of a ServiceEntry's endpoint; null for a Service's. Istio: IstioEndpoint.LegacyClusterPortKey */
  readonly servicePort: number | null;
  readonly labels: Labels;
  readonly namespace: string;
  /** `istio` where a sidecar terminates mutual TLS. Istio: IstioEndpoint.TLSMode */
  readonly tlsMode: 'istio' | 'disabled';
  /** The WorkloadEntry, for reports. */
  readonly entry: KubernetesObject | null;
}
