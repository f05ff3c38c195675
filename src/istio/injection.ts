import { asArray, asObject, asString } from '../kubernetes/json.js';
import type { Labels } from '../kubernetes/label-selector.js';
import type { Workload } from '../kubernetes/workload.js';

/** Istio: inject.IgnoredNamespaces */
const IGNORED_NAMESPACES: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);

export const INJECT = 'sidecar.istio.io/inject';
const REVISION = 'istio.io/rev';
export const NAMESPACE_INJECTION = 'istio-injection';

/** Whether, and why, a workload's pods get a sidecar. */
export interface Injection {
  readonly injected: boolean;
  readonly reason: string;
  /** The revision that is asked for and that the manifests do not install, where that is why there is no sidecar. */
  readonly missingRevision?: string;
}

/** What is known of the mesh's injectors. */
export interface InjectionWebhooks {
  readonly installs: (revision: string) => boolean;
  /** Whether a namespace that the manifests do not declare counts as injected. */
  readonly injectionDefault: boolean;
}

/**
 * Whether a workload's pods get a sidecar: a webhook must select the pod (by its namespace's labels and its own), and the injector
 * must not decline (host network, system namespaces, an annotation). A sidecar that is written in the manifest needs neither.
 * `namespaceLabels` is null for a namespace that the manifests do not declare.
 * Istio: mutatingwebhook.yaml, inject.injectRequired
 */
export function decideInjection(
  workload: Pick<Workload, 'namespace' | 'labels' | 'annotations' | 'hostNetwork' | 'podSpec'>,
  namespaceLabels: Labels | null,
  webhooks: InjectionWebhooks,
): Injection {
  const no = (reason: string): Injection => ({ injected: false, reason });
  if (workload.hostNetwork) return no('the pod uses the host network');
  if (hasOwnSidecar(workload)) return { injected: true, reason: 'its manifest has the container istio-proxy' };
  if (isNeverInjected(workload.namespace)) return no(`namespace ${workload.namespace} is never injected`);
  const podLabel = workload.labels[INJECT];
  const asked = podLabel ?? workload.annotations[INJECT];
  if (podLabel === 'false') return no(`the pod's label ${INJECT} is "false"`);
  const selected = selectedByWebhook(workload.labels, namespaceLabels, webhooks);
  if (!selected.injected) return selected;
  if (asked === 'false') return no(`the pod's annotation ${INJECT} is "false"`);
  return selected;
}

export function isNeverInjected(namespace: string): boolean {
  return IGNORED_NAMESPACES.has(namespace);
}

/** A proxy as `istioctl kube-inject` writes it into a manifest. Without its arguments, it only adjusts the one that is injected. */
function hasOwnSidecar({ podSpec }: Pick<Workload, 'podSpec'>): boolean {
  return [...asArray(podSpec['containers']), ...asArray(podSpec['initContainers'])].map(asObject).some((container) => {
    const [command, role] = asArray(container['args']).map(asString);
    return container['name'] === 'istio-proxy' && command === 'proxy' && role === 'sidecar';
  });
}

/** The webhooks' namespace and object selectors. */
function selectedByWebhook(
  podLabels: Labels,
  namespaceLabels: Labels | null,
  { installs, injectionDefault }: InjectionWebhooks,
): Injection {
  const injection = namespaceLabels?.[NAMESPACE_INJECTION];
  if (injection !== undefined) {
    // The legacy label outranks the revision's.
    return injection === 'enabled'
      ? { injected: true, reason: `the namespace's label ${NAMESPACE_INJECTION} is "enabled"` }
      : { injected: false, reason: `the namespace's label ${NAMESPACE_INJECTION} is "${injection}"` };
  }
  const revision = namespaceLabels?.[REVISION];
  if (revision !== undefined)
    return byRevision(`the namespace's label ${REVISION} is "${revision}"`, revision, installs);
  const podRevision = podLabels[REVISION];
  if (podRevision !== undefined)
    return byRevision(`the pod's label ${REVISION} is "${podRevision}"`, podRevision, installs);
  if (podLabels[INJECT] === 'true') return { injected: true, reason: `the pod's label ${INJECT} is "true"` };
  if (namespaceLabels === null && injectionDefault) {
    return { injected: true, reason: 'the manifests do not declare the namespace; it is assumed to be injected' };
  }
  return {
    injected: false,
    reason:
      namespaceLabels === null
        ? 'the manifests do not declare the namespace; it is assumed not to be injected'
        : 'neither the namespace nor the pod asks for injection',
  };
}

function byRevision(reason: string, revision: string, installs: InjectionWebhooks['installs']): Injection {
  if (installs(revision)) return { injected: true, reason };
  return {
    injected: false,
    reason: `${reason}, a revision that the manifests do not install`,
    missingRevision: revision,
  };
}

/** A pod made from the `gateway` injection template is a gateway, not an application with a sidecar. */
export function isGateway(workload: Pick<Workload, 'annotations'>): boolean {
  const templates = workload.annotations['inject.istio.io/templates'];
  return templates?.split(',').some((template) => template.trim() === 'gateway') ?? false;
}
