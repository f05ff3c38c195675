import { destinationRulesFor, selectDestinationRule, subsetByName } from '../../istio/destination-rule-index.js';
import { parseClusterName } from '../../istio/destination-cluster.js';
import { asArray, asObject } from '../../kubernetes/json.js';
import { objectKey } from '../../kubernetes/manifest.js';
import { editableObject, type Question } from './question.js';
import type { Proposal, Want } from './want.js';

/** A subset that a route names and no DestinationRule defines, where a label of the pods has its name. */
export function proposeSubsets({ mesh, member, outcome }: Question): readonly Proposal[] {
  const { namespace, labels } = member.workload;
  const names = [...(outcome?.clusters ?? []), ...(outcome?.branches ?? []).flatMap(({ clusters }) => clusters)];
  const wants = [...new Set(names)].flatMap((name): readonly Want[] => {
    const cluster = parseClusterName(name);
    if (cluster === null || cluster.subset === '') return [];
    return mesh.servicesOf(cluster.hostname).flatMap((service): readonly Want[] => {
      const rules = destinationRulesFor(mesh.push.destinationRules, namespace, service);
      const rule = selectDestinationRule(rules, namespace, labels);
      if (rule === null || subsetByName(rule.rule, cluster.subset)) return [];
      const object = rule.from.flatMap((each) => editableObject(mesh, each.object) ?? [])[0];
      const label = mesh.push
        .podsBehind(service)
        .flatMap((pod) => Object.entries(pod.labels))
        .find(([, value]) => value === cluster.subset);
      if (!object || !label) return [];
      const value = { name: cluster.subset, labels: { [label[0]]: label[1] } };
      const subsets = asArray(asObject(object.body['spec'])['subsets']);
      const operation =
        subsets.length === 0
          ? ({ kind: 'set', path: ['spec', 'subsets'], value: [value] } as const)
          : ({ kind: 'insert', path: ['spec', 'subsets'], index: subsets.length, value } as const);
      return [{ kind: 'operation', key: objectKey(object), operation }];
    });
  });
  return [{ strategy: 'subset', undoes: 0, wants }];
}
