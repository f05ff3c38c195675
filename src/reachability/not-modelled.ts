import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { isGateway } from '../istio/injection.js';
import type { PushContext } from '../istio/push-context.js';
import { asObject, stringMap, asArray } from '../kubernetes/json.js';
import { isSubset } from '../kubernetes/label-selector.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import { describeNotRendered, listNotRenderedChanges } from './not-rendered.js';

/** What is present and not modelled: names for the coverage, and diagnostics that name whom it may concern. */
export interface NotModelled {
  readonly names: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Looks for what the engine must not guess about. */
export function findNotModelled(objects: readonly KubernetesObject[], push: PushContext): NotModelled {
  const names = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const found = (
    name: string,
    code: Parameters<typeof diagnostic>[0],
    message: string,
    object: KubernetesObject,
  ): void => {
    names.add(name);
    diagnostics.push(diagnostic(code, message, object.origin));
  };
  const workloads = push.workloads.filter(({ injection }) => injection.injected).map(({ workload }) => workload);
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    if (object.kind === 'EnvoyFilter') {
      const of = envoyFilterWorkloads(object, workloads, push.meshConfig.rootNamespace);
      if (of.length > 0) {
        found(
          'EnvoyFilter',
          'envoy-filter',
          `EnvoyFilter ${namespace}/${name} rewrites the proxies of ${list(of)}; what it does to their egress is not modelled.`,
          object,
        );
      }
    } else if (object.kind === 'Namespace' && object.metadata.labels['istio.io/dataplane-mode'] === 'ambient') {
      const of = push.workloads.map(({ workload }) => workload).filter((workload) => workload.namespace === name);
      found(
        'ambient',
        'ambient-namespace',
        `Namespace ${name} is in ambient mode, which is not modelled; the answers for ${of.length > 0 ? list(of) : 'its workloads'} may be wrong.`,
        object,
      );
    } else if (
      object.group === 'serving.knative.dev' &&
      ['Service', 'Configuration', 'Revision'].includes(object.kind)
    ) {
      found(
        'Knative',
        'knative',
        `Knative ${object.kind} ${namespace}/${name} makes workloads and routes that are not modelled.`,
        object,
      );
    } else if (isWaypoint(object)) {
      const where = namespace || name;
      const of = workloads.filter((workload) => workload.namespace === where);
      const whom = of.length > 0 ? ` (${list(of)})` : '';
      found(
        'waypoint',
        'waypoint',
        `${object.kind} ${namespace ? `${namespace}/` : ''}${name} uses a waypoint, which is not modelled; calls to namespace ${where}${whom} may end elsewhere.`,
        object,
      );
    }
  }
  const dns = push.workloads.filter(({ workload, injection }) => injection.injected && capturesDns(workload, push));
  if (dns.length > 0 && push.services.all.some((s) => s.registry === 'External' && s.addresses.length === 0)) {
    names.add('DNS capture');
    diagnostics.push(
      diagnostic(
        'dns-capture',
        `DNS capture gives ServiceEntries without an address one of their own, which is not modelled; the answers for ${list(dns.map(({ workload }) => workload))} may be wrong.`,
        push.meshConfig.dnsCapture ? (push.meshConfig.source?.origin ?? null) : dns[0]!.workload.object.origin,
      ),
    );
  }
  const rendered = describeNotRendered(objects);
  return {
    names: [...names].sort(),
    diagnostics: [...diagnostics, ...findOtherTemplates(workloads), ...(rendered ? [rendered] : [])],
  };
}

/** Pods of another injection template, such as that of gRPC without a proxy: what of their traffic a proxy sees is not known. */
function findOtherTemplates(injected: readonly Workload[]): Diagnostic[] {
  const byTemplate = new Map<string, Workload[]>();
  for (const workload of injected) {
    const templates = workload.annotations['inject.istio.io/templates']?.split(',').map((name) => name.trim());
    if (!templates || templates.includes('sidecar') || isGateway(workload)) continue;
    const key = templates.join(',');
    byTemplate.set(key, [...(byTemplate.get(key) ?? []), workload]);
  }
  return [...byTemplate].map(([template, of]) =>
    diagnostic(
      'injection-template',
      `The injection template "${template}" is not modelled; the answers for ${list(of)} may be wrong.`,
      of[0]!.object.origin,
    ),
  );
}

/**
 * What a change touches and nothing here answers for: policies that decide whether a call is allowed, which is another question
 * than where it goes, and objects out of which a controller renders manifests.
 */
export function findTouchedPolicies(changes: readonly ChangedObject[]): NotModelled {
  const touched = changes.filter(({ before, after }) =>
    ['AuthorizationPolicy', 'NetworkPolicy'].includes((after ?? before)!.kind),
  );
  const policies = touched.map(({ before, after }) => {
    const object = (after ?? before)!;
    const { namespace, name } = object.metadata;
    const message = `${object.kind} ${namespace}/${name} is changed; whom it lets through is not modelled.`;
    return { kind: object.kind, diagnostic: diagnostic('policy-not-modelled', message, object.origin) };
  });
  const all = [...policies, ...listNotRenderedChanges(changes)];
  return {
    names: [...new Set(all.map(({ kind }) => kind))].sort(),
    diagnostics: all.map((entry) => entry.diagnostic),
  };
}

/** The injected workloads that an EnvoyFilter applies to. Istio: PushContext.getMatchedEnvoyFilters */
function envoyFilterWorkloads(
  object: KubernetesObject,
  workloads: readonly Workload[],
  rootNamespace: string,
): Workload[] {
  const spec = asObject(object.body['spec']);
  const selector = stringMap(asObject(spec['workloadSelector'])['labels']);
  const outbound = asArray(spec['configPatches']).some((patch) => {
    const context = asObject(asObject(patch)['match'])['context'];
    return context !== 'GATEWAY' && context !== 'SIDECAR_INBOUND';
  });
  // Filters with targets are those of waypoints and gateways.
  if (!outbound || asArray(spec['targetRefs']).length > 0) return [];
  const { namespace } = object.metadata;
  return workloads.filter(
    (workload) =>
      (namespace === rootNamespace || workload.namespace === namespace) && isSubset(selector, workload.labels),
  );
}

function isWaypoint({ kind, metadata, body }: KubernetesObject): boolean {
  if (kind === 'Gateway') return asObject(body['spec'])['gatewayClassName'] === 'istio-waypoint';
  const used = metadata.labels['istio.io/use-waypoint'];
  return (
    (kind === 'Namespace' || kind === 'Service' || kind === 'ServiceEntry') && used !== undefined && used !== 'none'
  );
}

function capturesDns(workload: Workload, push: PushContext): boolean {
  const own = workload.annotations['proxy.istio.io/config'];
  return push.meshConfig.dnsCapture || (own?.includes('ISTIO_META_DNS_CAPTURE') ?? false);
}

const MOST_NAMED = 10;

function list(workloads: readonly Workload[]): string {
  if (workloads.length === 0) return 'no workload of the manifests';
  const named = workloads.slice(0, MOST_NAMED).map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`);
  const more = workloads.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
