import type { Labels } from '../kubernetes/label-selector.js';
import type { Workload } from '../kubernetes/workload.js';

/** The sidecar of a workload, as far as its configuration depends on whose it is. Istio: model.Proxy */
export interface Proxy {
  readonly namespace: string;
  readonly labels: Labels;
  readonly workload: Workload;
}
