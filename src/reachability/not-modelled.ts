import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { flagsNotModelled, shownFlags } from '../istio/feature-flags.js';
import { isGateway } from '../istio/injection.js';
import type { Lineage, PushContext } from '../istio/push-context.js';
import { asObject, stringMap, asArray } from '../kubernetes/json.js';
import { isSubset } from '../kubernetes/label-selector.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import { describeNotRendered, listNotRenderedChanges } from './not-rendered.js';
import { workloadKey } from './evaluate-mesh.js';
import { titleOf } from '../kubernetes/object-title.js';
import { nameFirst } from './words.js';

/** What is present and not modelled: names for the coverage, and diagnostics that name whom it may concern. */
export interface NotModelled {
  readonly names: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const DATAPLANE_MODE = 'istio.io/dataplane-mode';
const AMBIENT = 'ambient';

/** Something that is present, as a name for the coverage (null for what needs none) and a diagnostic. */
interface Finding {
  readonly name: string | null;
  readonly diagnostic: Diagnostic;
}

interface FindContext {
  readonly push: PushContext;
  readonly injected: readonly Workload[];
}

/** What each kind of object hides from the engine; null where an object hides nothing. */
const FINDERS: readonly ((object: KubernetesObject, context: FindContext) => Finding | null)[] = [
  findEnvoyFilter,
  findAmbientNamespace,
  findKnative,
  findWaypoint,
  findIgnoredRoute,
  findFlag,
];

const notModelledIn = new WeakMap<Lineage, NotModelled>();

/** Looks for what the engine must not guess about, in the objects that a mesh is made of. There is no such thing in Sidecars. */
export function findNotModelled(push: PushContext): NotModelled {
  let found = notModelledIn.get(push.lineage);
  if (!found) notModelledIn.set(push.lineage, (found = lookForNotModelled(push)));
  return found;
}

function lookForNotModelled(push: PushContext): NotModelled {
  const objects = push.lineage.others;
  const injected = push.workloads.filter(({ injection }) => injection.injected).map(({ workload }) => workload);
  const context = { push, injected };
  const findings = objects.flatMap((object) => FINDERS.flatMap((find) => find(object, context) ?? []));
  const dns = findDnsCapture(push);
  const all = dns ? [...findings, dns] : findings;
  const rendered = describeNotRendered(objects);
  return {
    names: [...new Set(all.flatMap(({ name }) => name ?? []))].sort(),
    diagnostics: [
      ...all.map((finding) => finding.diagnostic),
      ...findOtherTemplates(injected),
      ...(rendered ? [rendered] : []),
    ],
  };
}

function findEnvoyFilter(object: KubernetesObject, { push, injected }: FindContext): Finding | null {
  if (object.kind !== 'EnvoyFilter') return null;
  const of = envoyFilterWorkloads(object, injected, push.meshConfig.rootNamespace);
  if (of.length === 0) return null;
  const { namespace, name } = object.metadata;
  const message = `EnvoyFilter ${namespace}/${name} rewrites the proxies of ${list(of)}; what it does to their egress is not modelled.`;
  return { name: 'EnvoyFilter', diagnostic: diagnostic('envoy-filter', message, object.origin) };
}

/** Whether pods of a namespace are taken up by ztunnel: where they have no sidecar, nothing is known of their calls. */
export function isAmbient(namespace: string, { namespaceLabels }: PushContext): boolean {
  return namespaceLabels.get(namespace)?.[DATAPLANE_MODE] === AMBIENT;
}

function findAmbientNamespace({ kind, metadata, origin }: KubernetesObject, { push }: FindContext): Finding | null {
  if (kind !== 'Namespace' || metadata.labels[DATAPLANE_MODE] !== AMBIENT) return null;
  const of = push.workloads.map(({ workload }) => workload).filter(({ namespace }) => namespace === metadata.name);
  const whom = of.length > 0 ? list(of) : 'its workloads';
  const message = `Namespace ${metadata.name} is in ambient mode, which is not modelled; the answers for ${whom} may be wrong.`;
  return { name: 'ambient', diagnostic: diagnostic('ambient-namespace', message, origin) };
}

function findKnative({ group, kind, metadata, origin }: KubernetesObject): Finding | null {
  if (group !== 'serving.knative.dev' || !['Service', 'Configuration', 'Revision'].includes(kind)) return null;
  const message = `Knative ${kind} ${metadata.namespace}/${metadata.name} makes workloads and routes that are not modelled.`;
  return { name: 'Knative', diagnostic: diagnostic('knative', message, origin) };
}

function findWaypoint(object: KubernetesObject, { injected }: FindContext): Finding | null {
  if (!isWaypoint(object)) return null;
  const { namespace, name } = object.metadata;
  const where = namespace || name;
  const of = injected.filter((workload) => workload.namespace === where);
  const whom = of.length > 0 ? ` (${list(of)})` : '';
  const message = `${object.kind} ${namespace ? `${namespace}/` : ''}${name} uses a waypoint, which is not modelled; calls to namespace ${where}${whom} may end elsewhere.`;
  return { name: 'waypoint', diagnostic: diagnostic('waypoint', message, object.origin) };
}

/** A route for a Service that the version of Istio does not look at: whoever wrote it thinks that it steers calls. */
function findIgnoredRoute(
  { group, kind, metadata, body, origin }: KubernetesObject,
  { push }: FindContext,
): Finding | null {
  if (group !== 'gateway.networking.k8s.io' || !kind.endsWith('Route')) return null;
  const { behavior } = push;
  const parents = asArray(asObject(body['spec'])['parentRefs']).map(asObject);
  if (!parents.some((parent) => parent['kind'] === 'Service')) return null;
  const isHonored = behavior.honorsMeshRoutes && (kind === 'TLSRoute' ? behavior.honorsTlsRoutes : kind !== 'TCPRoute');
  if (isHonored) return null;
  const why = kind === 'TCPRoute' ? ' unless its alpha support is turned on' : '';
  const message = `${kind} ${metadata.namespace}/${metadata.name} has a Service as its parent, which Istio ${behavior.version} is taken to ignore${why}.`;
  return { name: null, diagnostic: diagnostic('mesh-route-ignored', message, origin) };
}

/** A flag of istiod that decides where calls go, and is not at the value that the engine goes by. */
function findFlag(object: KubernetesObject): Finding | null {
  const [flag, ...others] = flagsNotModelled(shownFlags(object));
  if (!flag) return null;
  const names = [flag, ...others].map(({ name, value }) => `${name}=${value}`).join(', ');
  const message = `${titleOf(object)} starts istiod with ${names}, which is not modelled; answers may be wrong.`;
  return { name: 'istiod flags', diagnostic: diagnostic('istiod-flag', message, object.locate(flag.path)) };
}

/** Flags of istiod that the change moves to, or from, a value that is not modelled: what it does is not known. A sentence each. */
export function findMovedFlags(changes: readonly ChangedObject[]): string[] {
  return changes.flatMap(({ before, after }) => {
    const [old, now] = [before, after].map((object) =>
      object ? flagsNotModelled(shownFlags(object)).map(({ name, value }) => `${name}=${value}`) : [],
    );
    const moved = [...old!.filter((each) => !now!.includes(each)), ...now!.filter((each) => !old!.includes(each))];
    return moved.map((flag) => `${titleOf((after ?? before)!)} changes istiod’s ${flag}, which is not modelled.`);
  });
}

function findDnsCapture(push: PushContext): Finding | null {
  const of = push.workloads
    .filter(({ workload, injection }) => injection.injected && capturesDns(workload, push))
    .map(({ workload }) => workload);
  const isConcerned = push.services.all.some((s) => s.registry === 'External' && s.addresses.length === 0);
  if (of.length === 0 || !isConcerned) return null;
  const message = `DNS capture gives ServiceEntries without an address one of their own, which is not modelled; the answers for ${list(of)} may be wrong.`;
  const origin = push.meshConfig.dnsCapture ? (push.meshConfig.source?.origin ?? null) : of[0]!.object.origin;
  return { name: 'DNS capture', diagnostic: diagnostic('dns-capture', message, origin) };
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
  return nameFirst(workloads.map(workloadKey), MOST_NAMED);
}
