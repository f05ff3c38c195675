import { destinationRulesFor, selectDestinationRule } from '../../istio/destination-rule-index.js';
import { parseClusterName } from '../../istio/destination-cluster.js';
import { effectiveMode } from '../../istio/peer-authentication.js';
import { removeWithMaps, setWithMaps } from '../../kubernetes/edit-operations.js';
import { asArray, asObject, isObject } from '../../kubernetes/json.js';
import { objectKey, type KubernetesObject } from '../../kubernetes/manifest.js';
import { valueAt, type ValuePath } from '../../kubernetes/object-differences.js';
import { editableObject, type Question } from './question.js';
import type { Proposal, Want } from './want.js';

/** What makes client and server agree on TLS: the mode of the DestinationRule that the client goes by, or that of a server's port. */
export function proposeTls(question: Question, causes: readonly KubernetesObject[]): readonly Proposal[] {
  const { outcome } = question;
  if (outcome?.verdict !== 'refused') return [];
  return [...clientProposals(question), ...serverProposals(question, causes)];
}

function clientProposals({ mesh, member, outcome }: Question): readonly Proposal[] {
  const { namespace, labels } = member.workload;
  const hosts = new Set((outcome?.clusters ?? []).flatMap((name) => parseClusterName(name)?.hostname ?? []));
  const objects = [...hosts]
    .flatMap((host) => mesh.servicesOf(host))
    .flatMap((service) => {
      const rules = destinationRulesFor(mesh.push.destinationRules, namespace, service);
      return selectDestinationRule(rules, namespace, labels)?.from ?? [];
    })
    .flatMap(({ object }) => editableObject(mesh, object) ?? []);
  const places = [...new Set(objects)].flatMap((object) =>
    tlsPlaces(object).map((path) => ({ key: objectKey(object), object, path })),
  );
  const removed = places.map(({ key, object, path }): Want => ({
    kind: 'operation',
    key,
    operation: removeWithMaps(object.body, path, 1),
  }));
  const set = (mode: string): readonly Want[] =>
    places.map(({ key, path }) => ({
      kind: 'operation',
      key,
      operation: { kind: 'set', path: [...path, 'mode'], value: mode },
    }));
  return [
    { strategy: 'client-tls-mutual', undoes: 0, wants: set('ISTIO_MUTUAL') },
    { strategy: 'client-tls-none', undoes: 0, wants: set('DISABLE') },
    { strategy: 'client-tls-automatic', undoes: 0, wants: removed },
  ];
}

/** The ways to all TLS settings of a DestinationRule. */
function tlsPlaces({ body }: KubernetesObject): readonly ValuePath[] {
  const spec = asObject(body['spec']);
  const policies: readonly ValuePath[] = [
    ['spec', 'trafficPolicy'],
    ...asArray(spec['subsets']).map((_unused, index) => ['spec', 'subsets', index, 'trafficPolicy']),
  ];
  return policies.flatMap((path) => {
    const policy = asObject(valueAt({ body }, path));
    const own = isObject(policy['tls']) ? [[...path, 'tls']] : [];
    const ports = asArray(policy['portLevelSettings']).flatMap((setting, index) =>
      isObject(asObject(setting)['tls']) ? [[...path, 'portLevelSettings', index, 'tls']] : [],
    );
    return [...own, ...ports];
  });
}

/** A policy that the change makes strict is left strict but for the port that is called, where it can be. */
function serverProposals({ mesh, outcome }: Question, causes: readonly KubernetesObject[]): readonly Proposal[] {
  const policies = new Set(causes.filter(({ kind }) => kind === 'PeerAuthentication').map(objectKey));
  const wants = (outcome?.endpoints ?? []).flatMap(({ workload, port }): readonly Want[] => {
    if (workload === null) return [];
    const { policy } = effectiveMode(mesh.push.authentication, workload.namespace, workload.labels, port);
    const object = policy && mesh.editable(objectKey(policy.object));
    if (!object || !policies.has(objectKey(object))) return [];
    const operation = setWithMaps(object.body, ['spec', 'portLevelMtls', String(port), 'mode'], 'PERMISSIVE');
    return [{ kind: 'operation', key: objectKey(object), operation }];
  });
  return [{ strategy: 'port-mode', undoes: 0, wants }];
}
