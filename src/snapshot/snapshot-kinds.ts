import { isFeatureFlag } from '../istio/feature-flags.js';
import { asArray, asObject, asString, isObject } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { TEMPLATE_PATHS } from '../kubernetes/workload.js';
import {
  reduceEnvoyFilter,
  reduceGatewayRoute,
  reduceMeshConfig,
  reduceMeshConfigMap,
  reduceVirtualService,
} from './reduce-configuration.js';
import { compact, pick, reduceMetadata } from './reduce-metadata.js';
import { reduceFlags, reduceWorkload } from './reduce-workload.js';

/** What a snapshot is to hold beside the rest. */
export interface SnapshotOptions {
  readonly includeEndpoints: boolean;
  readonly includeEnv: boolean;
}

/** A kind of objects that decide where calls go. */
export interface SnapshotKind {
  /** The name under which the API serves it: `deployments`. */
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Whether every cluster serves it; others have to be installed. */
  readonly isBuiltIn: boolean;
  /** Limits what is asked for. */
  readonly fieldSelector?: string;
  readonly isNamespaced: boolean;
  /** Read in the control plane's namespaces alone. */
  readonly ofControlPlane?: boolean;
  readonly isAskedFor: (options: SnapshotOptions) => boolean;
  /** The metadata and all that decides something; null for an object that decides nothing. */
  readonly reduce: (body: JsonObject, options: SnapshotOptions) => JsonObject | null;
}

type Spec = (spec: JsonObject) => JsonObject | null;

const always = (): boolean => true;

function builtIn(resource: string, group: string, kind: string, reduce: SnapshotKind['reduce']): SnapshotKind {
  return { resource, group, kind, isBuiltIn: true, isNamespaced: true, isAskedFor: always, reduce };
}

function installed(resource: string, group: string, kind: string, reduceSpec: Spec): SnapshotKind {
  return { ...builtIn(resource, group, kind, withSpec(reduceSpec)), isBuiltIn: false };
}

function withSpec(reduceSpec: Spec): SnapshotKind['reduce'] {
  return (body) => {
    const spec = reduceSpec(asObject(body['spec']));
    return spec && compact({ metadata: reduceMetadata(asObject(body['metadata'])), spec });
  };
}

function workloads(resource: string, group: string, kind: string): SnapshotKind {
  const path = TEMPLATE_PATHS[`${group}/${kind}`] ?? [];
  return builtIn(resource, group, kind, (body, options) => reduceWorkload(body, path, options));
}

const whole: Spec = (spec) => spec;

const NETWORKING = 'networking.istio.io';
const GATEWAY_API = 'gateway.networking.k8s.io';
const SAIL = 'sailoperator.io';

/** Everything that a snapshot may hold. Secrets are not among it. */
export const SNAPSHOT_KINDS: readonly SnapshotKind[] = [
  {
    ...builtIn('namespaces', '', 'Namespace', (body) => ({ metadata: reduceMetadata(asObject(body['metadata'])) })),
    isNamespaced: false,
  },
  builtIn('services', '', 'Service', withSpec(reduceService)),
  {
    ...builtIn('endpointslices', 'discovery.k8s.io', 'EndpointSlice', reduceEndpointSlice),
    isAskedFor: ({ includeEndpoints }) => includeEndpoints,
  },
  workloads('deployments', 'apps', 'Deployment'),
  workloads('statefulsets', 'apps', 'StatefulSet'),
  workloads('daemonsets', 'apps', 'DaemonSet'),
  workloads('replicasets', 'apps', 'ReplicaSet'),
  workloads('jobs', 'batch', 'Job'),
  workloads('cronjobs', 'batch', 'CronJob'),
  {
    ...workloads('pods', '', 'Pod'),
    // A pod that has ended calls nothing and serves nothing.
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  },
  { ...workloads('rollouts', 'argoproj.io', 'Rollout'), isBuiltIn: false },
  {
    ...builtIn('configmaps', '', 'ConfigMap', (body) => {
      const reduced = reduceMeshConfigMap(body);
      return reduced && { metadata: reduceMetadata(asObject(body['metadata'])), ...reduced };
    }),
    ofControlPlane: true,
  },
  {
    ...builtIn(
      'mutatingwebhookconfigurations',
      'admissionregistration.k8s.io',
      'MutatingWebhookConfiguration',
      reduceInjector,
    ),
    isNamespaced: false,
  },
  installed('sidecars', NETWORKING, 'Sidecar', whole),
  installed('serviceentries', NETWORKING, 'ServiceEntry', whole),
  installed('workloadentries', NETWORKING, 'WorkloadEntry', whole),
  installed('virtualservices', NETWORKING, 'VirtualService', reduceVirtualService),
  installed('destinationrules', NETWORKING, 'DestinationRule', whole),
  installed('envoyfilters', NETWORKING, 'EnvoyFilter', reduceEnvoyFilter),
  installed('peerauthentications', 'security.istio.io', 'PeerAuthentication', whole),
  installed('httproutes', GATEWAY_API, 'HTTPRoute', reduceGatewayRoute),
  installed('grpcroutes', GATEWAY_API, 'GRPCRoute', reduceGatewayRoute),
  installed('tlsroutes', GATEWAY_API, 'TLSRoute', reduceGatewayRoute),
  installed('tcproutes', GATEWAY_API, 'TCPRoute', reduceGatewayRoute),
  installed('gateways', GATEWAY_API, 'Gateway', reduceWaypoint),
  installed('istiooperators', 'install.istio.io', 'IstioOperator', reduceIstioOperator),
  { ...installed('istios', SAIL, 'Istio', reduceSailIstio), isNamespaced: false },
  { ...installed('istiorevisions', SAIL, 'IstioRevision', reduceSailIstio), isNamespaced: false },
  { ...installed('istiorevisiontags', SAIL, 'IstioRevisionTag', () => ({})), isNamespaced: false },
];

/** `deployments.apps`, as kubectl takes it. */
export function resourceName({ resource, group }: Pick<SnapshotKind, 'resource' | 'group'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function reduceService(spec: JsonObject): JsonObject {
  const ports = asArray(spec['ports']).map((port) =>
    pick(port, 'name', 'port', 'protocol', 'targetPort', 'appProtocol'),
  );
  return compact({ ...pick(spec, 'type', 'clusterIP', 'externalName', 'selector'), ports });
}

function reduceEndpointSlice(body: JsonObject): JsonObject {
  const endpoints = asArray(body['endpoints']).map((item) => {
    const endpoint = asObject(item);
    return compact({
      ...pick(endpoint, 'addresses'),
      conditions: pick(endpoint['conditions'], 'ready'),
      targetRef: pick(endpoint['targetRef'], 'kind', 'name'),
    });
  });
  const ports = asArray(body['ports']).map((port) => pick(port, 'name', 'port', 'protocol', 'appProtocol'));
  return compact({
    metadata: reduceMetadata(asObject(body['metadata'])),
    ...pick(body, 'addressType'),
    endpoints,
    ports,
  });
}

/** The webhooks of Istio's injectors tell which revisions and tags there are; those of others tell nothing. */
function reduceInjector(body: JsonObject): JsonObject | null {
  const metadata = reduceMetadata(asObject(body['metadata']));
  const labels = asObject(metadata['labels']);
  return labels['istio.io/rev'] === undefined && labels['istio.io/tag'] === undefined ? null : { metadata };
}

/** What other Gateways let in is not looked at. */
function reduceWaypoint(spec: JsonObject): JsonObject | null {
  return spec['gatewayClassName'] === 'istio-waypoint' ? pick(spec, 'gatewayClassName') : null;
}

function reduceIstioOperator(spec: JsonObject): JsonObject {
  const values = asObject(spec['values']);
  return compact({
    ...pick(spec, 'namespace', 'revision', 'tag', 'compatibilityVersion'),
    ...reducedMesh(spec),
    components: compact({
      pilot: compact({
        k8s: compact({ env: reduceFlags(asObject(asObject(asObject(spec['components'])['pilot'])['k8s'])['env']) }),
      }),
    }),
    values: compact({
      global: pick(values['global'], 'istioNamespace'),
      ...reducedMesh(values),
      ...reducedFlags(values),
    }),
  });
}

function reduceSailIstio(spec: JsonObject): JsonObject {
  return compact({
    ...pick(spec, 'namespace', 'version'),
    values: compact({ ...reducedMesh(asObject(spec['values'])), ...reducedFlags(asObject(spec['values'])) }),
  });
}

/** The flags of istiod that decide where calls go, and its compatibility version. */
function reducedFlags(values: JsonObject): JsonObject {
  const flagsOf = (env: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(env).filter(([name]) => isFeatureFlag(name)));
  return compact({
    ...pick(values, 'compatibilityVersion'),
    env: flagsOf(asObject(values['env'])),
    pilot: compact({ env: flagsOf(asObject(asObject(values['pilot'])['env'])) }),
  });
}

function reducedMesh({ meshConfig }: JsonObject): JsonObject {
  return isObject(meshConfig) ? compact({ meshConfig: reduceMeshConfig(meshConfig) }) : {};
}

/**
 * The namespaces that may hold a mesh configuration: wherever an istiod runs, and `istio-system`, where a managed one
 * looks for it too.
 */
export function controlPlaneNamespaces(deployments: readonly JsonObject[]): readonly string[] {
  const found = deployments.flatMap((body) => {
    const { name, namespace, labels } = asObject(body['metadata']);
    const isIstiod = asObject(labels)['app'] === 'istiod' || /^istiod(?:-|$)/.test(asString(name));
    return isIstiod ? [asString(namespace)] : [];
  });
  return [...new Set([...found, 'istio-system'])].sort();
}
