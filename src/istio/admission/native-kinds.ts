import type { KubernetesObject } from '../../kubernetes/manifest.js';
import { checkService } from './check-service.js';
import { checkController, checkJob, checkPod, warnOfSelectorMismatch } from './check-workload.js';
import type { Finding } from './outcome.js';
import type { ObjectSchema } from './schema.js';
import { GRPC_ROUTE_SCHEMA, HTTP_ROUTE_SCHEMA, TCP_ROUTE_SCHEMA } from './schemas/gateway-route-schema.js';

/** What is known about the admission of a kind that istiod's webhook is not asked about. */
export interface NativeKind {
  /** The API versions that are served. */
  readonly versions: readonly string[];
  /** The schema of the kind's spec, where it has a CustomResourceDefinition. */
  readonly schema?: ObjectSchema;
  readonly check?: (object: KubernetesObject) => readonly Finding[];
  /** What is admitted here, but may not be by a cluster. */
  readonly warn?: (object: KubernetesObject) => readonly Finding[];
}

const METADATA_ONLY: NativeKind = { versions: ['v1'] };
const CONTROLLER: NativeKind = { versions: ['v1'], check: checkController, warn: warnOfSelectorMismatch };
const JOB: NativeKind = { versions: ['v1'], check: checkJob };

/** By group and kind. Objects of other kinds are admitted unread. */
export const NATIVE_KINDS: Readonly<Record<string, NativeKind>> = {
  '/Namespace': METADATA_ONLY,
  '/ConfigMap': METADATA_ONLY,
  '/Secret': METADATA_ONLY,
  '/Service': { versions: ['v1'], check: checkService },
  '/Pod': { versions: ['v1'], check: checkPod },
  'apps/Deployment': CONTROLLER,
  'apps/StatefulSet': CONTROLLER,
  'apps/DaemonSet': CONTROLLER,
  'apps/ReplicaSet': CONTROLLER,
  'batch/Job': JOB,
  'batch/CronJob': JOB,
  'gateway.networking.k8s.io/HTTPRoute': { versions: ['v1', 'v1beta1'], schema: HTTP_ROUTE_SCHEMA },
  'gateway.networking.k8s.io/GRPCRoute': { versions: ['v1'], schema: GRPC_ROUTE_SCHEMA },
  'gateway.networking.k8s.io/TCPRoute': { versions: ['v1alpha2'], schema: TCP_ROUTE_SCHEMA },
};
