import { compareDiagnostics, diagnostic, type Diagnostic } from './diagnostic/diagnostic.js';
import { admitObjects, type AdmittedObjects } from './istio/admission/admit-objects.js';
import type { AgeOf } from './istio/istio-object.js';
import { buildPushContext } from './istio/push-context.js';
import { behaviorOf, DEFAULT_ISTIO_VERSION } from './istio/versions.js';
import type { KubernetesObject, ManifestSet } from './kubernetes/manifest.js';
import type { Policy } from './policy/policy.js';
import type { ChangeAnalysis } from './reachability/change.js';
import type { Destination, MeshReach } from './reachability/egress-reachability.js';
import { evaluateMesh } from './reachability/evaluate-mesh.js';
import { buildMeshReach } from './reachability/mesh-reach.js';

/** What is known about the mesh beside its manifests. */
export interface MeshOptions {
  /** `1.30`, or undefined to take what the manifests show. */
  readonly istioVersion?: string;
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Whether a namespace without a Namespace object counts as injected. Default true. */
  readonly injectionDefault?: boolean;
  /** Unregistered hosts to ask about for every workload. */
  readonly probes?: readonly Destination[];
}

export interface ChangeInput {
  readonly before: ManifestSet;
  readonly after: ManifestSet;
  readonly mesh: MeshOptions;
  readonly policy: Policy;
}

export interface MeshInput {
  readonly manifests: ManifestSet;
  readonly mesh: MeshOptions;
}

export function analyzeMesh({ manifests, mesh }: MeshInput): MeshReach {
  const behavior = behaviorOf(mesh.istioVersion ?? DEFAULT_ISTIO_VERSION);
  const admitted = admitObjects(manifests.objects, behavior.version);
  const push = buildPushContext(admitted.live, {
    behavior,
    clusterDomain: mesh.clusterDomain ?? 'cluster.local',
    injectionDefault: mesh.injectionDefault ?? true,
    ageOf: (object) => object.metadata.creationTimestamp ?? 0,
  });
  const evaluated = evaluateMesh(push, mesh.probes ?? []);
  return buildMeshReach(evaluated, admitted.refused, [...manifests.diagnostics, ...push.diagnostics].sort(compareDiagnostics));
}

export function analyzeChange(_input: ChangeInput): ChangeAnalysis {
  throw new Error('not built yet');
}
