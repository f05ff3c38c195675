import { subsetOf } from '../../istio/host-name.js';
import { isServiceVisible } from '../../istio/service-index.js';
import { objectKey, type KubernetesObject } from '../../kubernetes/manifest.js';
import { asObject, asString, asStrings } from '../../kubernetes/json.js';
import { resolveShortNameToFqdn } from '../../istio/host-name.js';
import { editableObject, type Question } from './question.js';
import type { Proposal, Want } from './want.js';

const NETWORKING = 'networking.istio.io';

/** What the caller's namespace does not see, and would have to: the host's Services and ServiceEntries, and the rules for it. */
export function proposeExports(question: Question, causes: readonly KubernetesObject[]): readonly Proposal[] {
  const { mesh, member, destination } = question;
  const { namespace } = member.workload;
  const hidden = mesh
    .servicesOf(destination.host)
    .filter((service) => !isServiceVisible(mesh.push.services, service, namespace))
    .flatMap(({ object }) => editableObject(mesh, object) ?? []);
  const rules = causes.filter((object) => isRuleFor(object, destination.host, mesh.push.clusterDomain));
  const exporting = (objects: readonly KubernetesObject[]): readonly Want[] =>
    objects.map((object) => ({ kind: 'export', key: objectKey(object), namespace }));
  return [
    { strategy: 'export', undoes: 0, wants: exporting(hidden) },
    { strategy: 'export-rule', undoes: 0, wants: exporting(rules) },
  ];
}

/** Whether a VirtualService or DestinationRule is about a host. */
function isRuleFor({ group, kind, body, metadata }: KubernetesObject, host: string, clusterDomain: string): boolean {
  if (group !== NETWORKING || (kind !== 'VirtualService' && kind !== 'DestinationRule')) return false;
  const spec = asObject(body['spec']);
  const hosts = kind === 'VirtualService' ? asStrings(spec['hosts']) : [asString(spec['host'])];
  return hosts.some((each) => subsetOf(host, resolveShortNameToFqdn(each, metadata.namespace, clusterDomain)));
}
