import { removeWithMaps, setWithMaps, type EditOperation } from '../../kubernetes/edit-operations.js';
import { objectKey, type KubernetesObject } from '../../kubernetes/manifest.js';
import { valueAt } from '../../kubernetes/object-differences.js';
import { INJECT, NAMESPACE_INJECTION } from '../../istio/injection.js';
import { editableObject, type Question } from './question.js';
import type { Proposal } from './want.js';

/** What gives pods a sidecar: their own label, or the one of their namespace. */
export function proposeInjection({ mesh, member }: Question): readonly Proposal[] {
  if (member.injection.injected) return [];
  const { object, templatePath, namespace } = member.workload;
  const pod = editableObject(mesh, object);
  const space = mesh.editable(`/Namespace//${namespace}`);
  const label = [...templatePath, 'metadata', 'labels', INJECT];
  return [
    ...(pod ? [proposal('inject-pod', pod, setWithMaps(pod.body, label, 'true'))] : []),
    ...(pod ? withoutRefusals(pod, templatePath) : []),
    ...(space
      ? [
          proposal(
            'inject-namespace',
            space,
            setWithMaps(space.body, ['metadata', 'labels', NAMESPACE_INJECTION], 'enabled'),
          ),
        ]
      : []),
  ];
}

/** The pod's own label or annotation that declines goes. */
function withoutRefusals(pod: KubernetesObject, templatePath: readonly string[]): readonly Proposal[] {
  const places = ['labels', 'annotations'].map((field) => [...templatePath, 'metadata', field, INJECT]);
  const refusing = places.filter((path) => valueAt(pod, path) === 'false');
  return refusing.map((path, index) =>
    proposal(`no-refusal-${index}`, pod, removeWithMaps(pod.body, path, templatePath.length + 1)),
  );
}

function proposal(strategy: string, object: KubernetesObject, operation: EditOperation): Proposal {
  return { strategy, undoes: 0, wants: [{ kind: 'operation', key: objectKey(object), operation }] };
}
