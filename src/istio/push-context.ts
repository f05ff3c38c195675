import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { matchesSelector, type Labels } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { memoize } from '../kubernetes/memoize.js';
import { buildWorkloads, type Workload } from '../kubernetes/workload.js';
import { buildDestinationRuleIndex, type DestinationRuleIndex } from './destination-rule-index.js';
import { parseDestinationRule } from './destination-rule.js';
import type { Endpoint } from './endpoint.js';
import { decideInjection, isGateway, isNeverInjected, type Injection } from './injection.js';
import type { AgeOf } from './istio-object.js';
import { convertService, endpointOfPod, selectedPods } from './kubernetes-service.js';
import { mergeDelegates } from './merge-delegates.js';
import { readMeshConfig, type MeshConfig } from './mesh-config.js';
import { convertMeshRoutes } from './mesh-route.js';
import {
  buildAuthenticationPolicies,
  parsePeerAuthentication,
  type AuthenticationPolicies,
} from './peer-authentication.js';
import { readRevisions } from './revisions.js';
import { buildEndpointIndex, buildInstanceIndex, type EndpointIndex } from './service-endpoints.js';
import { convertServiceEntry, parseServiceEntry, parseWorkloadEntry, type ServiceEntry } from './service-entry.js';
import { buildServiceIndex, type ServiceIndex } from './service-index.js';
import { endpointsKey, portByNumber, type Service } from './service.js';
import { buildSidecarIndex, parseSidecar, type SidecarIndex } from './sidecar.js';
import { readTrafficCapture, type TrafficCapture } from './traffic-annotations.js';
import type { IstioBehavior } from './versions.js';
import { defaultExportTo, type ExportTo } from './visibility.js';
import { buildVirtualServiceIndex, type VirtualServiceIndex } from './virtual-service-index.js';
import { parseVirtualService } from './virtual-service.js';

/** A workload with what the mesh makes of it. */
export interface MeshWorkload {
  readonly workload: Workload;
  readonly injection: Injection;
  readonly capture: TrafficCapture;
}

/** Everything istiod knows of one mesh at one time: an immutable snapshot of the admitted objects. Istio: model.PushContext */
export interface PushContext {
  readonly lineage: Lineage;
  readonly behavior: IstioBehavior;
  readonly clusterDomain: string;
  readonly meshConfig: MeshConfig;
  readonly workloads: readonly MeshWorkload[];
  readonly gateways: readonly Workload[];
  readonly services: ServiceIndex;
  readonly virtualServices: VirtualServiceIndex;
  readonly destinationRules: DestinationRuleIndex;
  readonly authentication: AuthenticationPolicies;
  readonly sidecars: SidecarIndex;
  /** The endpoints that istiod sends for a cluster. Istio: EndpointBuilder.BuildClusterLoadAssignment */
  readonly endpointsByPort: (service: Service, port: number) => readonly Endpoint[];
  /** The pods that Kubernetes leads calls of a Service's address to. */
  readonly servedByPort: (service: Service, port: number) => readonly Endpoint[];
  /** The endpoints that istiod makes clusters and listeners of. Istio: PushContext.ServiceEndpointsByPort */
  readonly instancesByPort: (service: Service, port: number) => readonly Endpoint[];
  /** The running pods that a Service's selector picks, whatever their ports. */
  readonly podsBehind: (service: Service) => readonly Endpoint[];
  readonly captureOf: (workload: Workload) => TrafficCapture | undefined;
  /** Of the namespaces that the manifests declare. */
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
  /** Namespaces of workloads that the manifests do not declare, and of which it matters whether they are injected. */
  readonly undeclaredNamespaces: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PushContextOptions {
  readonly behavior: IstioBehavior;
  readonly clusterDomain: string;
  readonly injectionDefault: boolean;
  readonly ageOf: AgeOf;
  /** Outranks the mesh configuration's own. */
  readonly rootNamespace?: string;
}

/** What contexts have in common that differ in their Sidecars alone: whatever does not depend on these is made once for all of them. */
export interface Lineage {
  /** The objects that are no Sidecars, in order. */
  readonly others: readonly KubernetesObject[];
  readonly options: PushContextOptions;
  /** The same for lineages that Istio cannot tell apart: see `asKin`. */
  readonly kin: object;
  /**
   * The same for lineages of which all but the mesh configuration is the very same, and of that all but what becomes of unmatched
   * traffic, so that a Sidecar with a policy of its own means the same in them.
   */
  readonly stock: Stock;
}

export type Stock = object;

const NETWORKING = 'networking.istio.io';

export function isSidecar({ group, kind }: KubernetesObject): boolean {
  return group === NETWORKING && kind === 'Sidecar';
}

/** Takes objects that admission let pass. Istio: PushContext.InitContext */
export function buildPushContext(objects: readonly KubernetesObject[], options: PushContextOptions): PushContext {
  const { ageOf, clusterDomain, behavior } = options;
  const { config, diagnostics } = readMeshConfig(objects);
  const meshConfig = withRootNamespace(config, options);
  const namespaces = namespaceLabels(objects);
  const workloads = buildWorkloads(objects);
  const webhooks = { installs: readRevisions(objects), injectionDefault: options.injectionDefault };
  const meshWorkloads = workloads.map((workload) => ({
    workload,
    injection: decideInjection(workload, namespaces.get(workload.namespace) ?? null, webhooks),
    capture: readTrafficCapture(workload.annotations, meshConfig.interceptionMode),
  }));
  const discovered = objects.filter((object) => isDiscovered(object.metadata.namespace, namespaces, meshConfig));
  const ofKind = (group: string, kind: string): KubernetesObject[] =>
    discovered.filter((object) => object.group === group && object.kind === kind);

  const serviceEntries = ofKind(NETWORKING, 'ServiceEntry').map((object) => parseServiceEntry(object, ageOf));
  const kubernetesServices = ofKind('', 'Service').map((object) => convertService(object, clusterDomain, ageOf));
  const exportDefault = (configured: ExportTo): ExportTo =>
    defaultExportTo(configured, behavior.exportsToNamespacesByDefault);
  const virtualServiceDefault = exportDefault(meshConfig.defaultVirtualServiceExportTo);
  const services = buildServiceIndex(
    [...kubernetesServices, ...serviceEntries.flatMap(convertServiceEntry)],
    exportDefault(meshConfig.defaultServiceExportTo),
  );
  const selectable = {
    pods: meshWorkloads
      .filter(({ workload }) => workload.runs && isDiscovered(workload.namespace, namespaces, meshConfig))
      .map(({ workload, injection }) => ({ workload, tlsMode: podTlsMode(workload, injection) })),
    entries: ofKind(NETWORKING, 'WorkloadEntry').map(parseWorkloadEntry),
  };
  const endpoints = buildEndpointIndex(
    kubernetesServices,
    serviceEntries,
    discovered.filter((object) => object.kind === 'EndpointSlice' || object.kind === 'Endpoints'),
    selectable,
  );
  const instances = buildInstanceIndex(services.all, endpoints.known);
  const instancesOf = memoize((service: Service) => instances.get(endpointsKey(service)));
  const captures = new Map(meshWorkloads.map(({ workload, capture }) => [workload, capture]));
  return {
    lineage: { others: objects.filter((object) => !isSidecar(object)), options, kin: {}, stock: {} },
    behavior,
    clusterDomain,
    meshConfig,
    workloads: meshWorkloads.filter(({ workload }) => !isGateway(workload)),
    gateways: workloads.filter(isGateway),
    services,
    virtualServices: buildVirtualServiceIndex(
      [
        ...mergeDelegates(
          ofKind(NETWORKING, 'VirtualService').map((object) => parseVirtualService(object, clusterDomain, ageOf)),
          virtualServiceDefault,
        ),
        ...(behavior.honorsMeshRoutes ? meshRoutes(discovered, kubernetesServices, serviceEntries, options) : []),
      ],
      virtualServiceDefault,
    ),
    destinationRules: buildDestinationRuleIndex(
      ofKind(NETWORKING, 'DestinationRule').map((object) => parseDestinationRule(object, clusterDomain, ageOf)),
      meshConfig.rootNamespace,
      meshConfig.defaultDestinationRuleExportTo,
    ),
    authentication: buildAuthenticationPolicies(
      ofKind('security.istio.io', 'PeerAuthentication').map((object) => parsePeerAuthentication(object, ageOf)),
      meshConfig.rootNamespace,
    ),
    sidecars: buildSidecarIndex(
      discovered.filter(isSidecar).map((object) => parseSidecar(object, ageOf)),
      meshConfig.rootNamespace,
    ),
    endpointsByPort: endpointsOfPort(endpoints.known),
    servedByPort: endpointsOfPort(endpoints.served),
    instancesByPort: (service, port) => instancesOf(service)?.get(port) ?? [],
    podsBehind: (service) => selectedPods(service, selectable.pods).map((pod) => endpointOfPod(pod)),
    captureOf: (workload) => captures.get(workload),
    namespaceLabels: namespaces,
    undeclaredNamespaces: new Set(
      workloads.map((w) => w.namespace).filter((name) => !namespaces.has(name) && !isNeverInjected(name)),
    ),
    diagnostics,
  };
}

/** What whoever asks says of the root namespace outranks what the objects say. */
export function withRootNamespace(config: MeshConfig, { rootNamespace }: PushContextOptions): MeshConfig {
  return rootNamespace === undefined ? config : { ...config, rootNamespace };
}

/** Making a key costs more than finding a service that was asked about before. */
function endpointsOfPort(index: EndpointIndex): (service: Service, port: number) => readonly Endpoint[] {
  const endpointsOf = memoize((service: Service) => index.get(endpointsKey(service)) ?? []);
  return (service, port) => {
    const name = portByNumber(service, port)?.name;
    return endpointsOf(service).filter((endpoint) => endpoint.servicePortName === name);
  };
}

function namespaceLabels(objects: readonly KubernetesObject[]): Map<string, Labels> {
  const namespaces = new Map<string, Labels>();
  for (const { kind, group, metadata } of objects) {
    if (kind === 'Namespace' && group === '') namespaces.set(metadata.name, metadata.labels);
  }
  return namespaces;
}

function isDiscovered(namespace: string, namespaces: ReadonlyMap<string, Labels>, meshConfig: MeshConfig): boolean {
  return looksAt(meshConfig, namespace, namespaces.get(namespace) ?? {});
}

/** Whether istiod looks at a namespace of these labels at all. Istio: discoveryNamespacesFilter */
export function looksAt({ discoverySelectors }: MeshConfig, namespace: string, own: Labels): boolean {
  if (discoverySelectors.length === 0 || namespace === '') return true;
  const labels = { ...own, 'kubernetes.io/metadata.name': namespace };
  return discoverySelectors.some((selector) => matchesSelector(selector, labels));
}

/** Istio: kube.PodTLSMode */
function podTlsMode(workload: Workload, injection: Injection): 'istio' | 'disabled' {
  const declared = workload.labels['security.istio.io/tlsMode'];
  if (declared !== undefined) return declared === 'istio' ? 'istio' : 'disabled';
  return injection.injected ? 'istio' : 'disabled';
}

function meshRoutes(
  objects: readonly KubernetesObject[],
  services: readonly Service[],
  serviceEntries: readonly ServiceEntry[],
  { behavior, clusterDomain, ageOf }: PushContextOptions,
) {
  const names = new Set(services.map((service) => `${service.namespace}/${service.name}`));
  const entries = new Map(serviceEntries.map((entry) => [`${entry.namespace}/${entry.name}`, entry]));
  return convertMeshRoutes(
    objects,
    {
      behavior,
      clusterDomain,
      hasService: (namespace, name) => names.has(`${namespace}/${name}`),
      serviceEntry: (namespace, name) => entries.get(`${namespace}/${name}`),
    },
    ageOf,
  );
}
