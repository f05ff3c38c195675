import type { PushContext } from '../istio/push-context.js';
import { selectSidecar } from '../istio/sidecar.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ExplainedDifference } from './explained-difference.js';

/** The Sidecar that governs the callers in a mesh; null where none does. */
export function governingIn({ sidecars }: PushContext, { workloads }: ExplainedDifference): KubernetesObject | null {
  const caller = workloads[0];
  return caller ? (selectSidecar(sidecars, caller.namespace, caller.labels)?.object ?? null) : null;
}
