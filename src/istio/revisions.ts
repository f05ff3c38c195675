import { asObject, asString } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';

const REVISION = 'istio.io/rev';

/**
 * Which revisions of Istio a mesh has. Manifests that show a revision (its mesh configuration, its istiod, its webhook, an
 * installer's object) or use the default one (`istio-injection: enabled`, a ConfigMap `istio`) are taken to show all there are;
 * where they show nothing of the kind, Istio is installed from elsewhere, and every revision that is named is taken to exist.
 */
export function readRevisions(objects: readonly KubernetesObject[]): (revision: string) => boolean {
  const shown = new Set(objects.flatMap(revisionOf));
  return shown.size === 0 ? () => true : (revision) => shown.has(revision === '' ? 'default' : revision);
}

/** Whether the one shows the revisions that the other shows. */
export function showsSameRevisions(a: KubernetesObject, b: KubernetesObject): boolean {
  return revisionOf(a).join() === revisionOf(b).join();
}

function revisionOf(object: KubernetesObject): string[] {
  const { name, labels } = object.metadata;
  const spec = asObject(object.body['spec']);
  switch (object.kind) {
    case 'Namespace':
      return labels['istio-injection'] === 'enabled' ? ['default'] : [];
    case 'ConfigMap':
      if (asObject(object.body['data'])['mesh'] === undefined) return [];
      return name === 'istio' ? ['default'] : name.startsWith('istio-') ? [name.slice('istio-'.length)] : [];
    case 'Deployment':
      if (labels['app'] !== 'istiod' && name !== 'istiod' && !name.startsWith('istiod-')) return [];
      return [labels[REVISION] ?? (name.startsWith('istiod-') ? name.slice('istiod-'.length) : 'default')];
    case 'MutatingWebhookConfiguration': {
      // A revision tag is a webhook of its own, with the tag as its revision.
      const tag = labels['istio.io/tag'] ?? labels[REVISION];
      return tag === undefined ? [] : [tag];
    }
    case 'IstioOperator':
      return [asString(spec['revision']) || 'default'];
    case 'Istio':
    case 'IstioRevision':
    case 'IstioRevisionTag':
      return object.group === 'sailoperator.io' ? [name, asString(spec['version'])] : [];
    default:
      return [];
  }
}
