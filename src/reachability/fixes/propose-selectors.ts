import type { ChangedObject } from '../../kubernetes/changed-objects.js';
import { isSubset } from '../../kubernetes/label-selector.js';
import { asObject, stringMap } from '../../kubernetes/json.js';
import { objectKey } from '../../kubernetes/manifest.js';
import { valueAt } from '../../kubernetes/object-differences.js';
import type { Question } from './question.js';
import type { Proposal, Want } from './want.js';

/**
 * Where pods get another value of a label that a Sidecar selects by, the Sidecar's selector follows. One that selects other
 * workloads still stays as it is.
 */
export function proposeSelectors({ mesh, member }: Question, causes: readonly ChangedObject[]): readonly Proposal[] {
  const { object, templatePath, namespace, labels } = member.workload;
  const before = causes.find(({ key }) => key === objectKey(object))?.before;
  if (!before) return [];
  const old = stringMap(asObject(valueAt(before, [...templatePath, 'metadata', 'labels'])));
  const former = { ...labels, ...old };
  const wants = (mesh.push.sidecars.byNamespace.get(namespace) ?? []).flatMap((sidecar): readonly Want[] => {
    const { selector } = sidecar.spec;
    const key = objectKey(sidecar.object);
    if (selector === null || !isSubset(selector, former) || isSubset(selector, labels) || !mesh.editable(key))
      return [];
    const isShared = mesh.push.workloads.some(
      ({ workload }) => workload.namespace === namespace && isSubset(selector, workload.labels),
    );
    if (isShared) return [];
    return Object.keys(selector).flatMap((label): readonly Want[] => {
      const value = labels[label];
      if (value === undefined || value === selector[label]) return [];
      const path = ['spec', 'workloadSelector', 'labels', label];
      return [{ kind: 'operation', key, operation: { kind: 'set', path, value } }];
    });
  });
  return wants.length === 0 ? [] : [{ strategy: 'selector', undoes: 0, wants }];
}
