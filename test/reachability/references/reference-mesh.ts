import { buildManifestSet } from '../../../src/kubernetes/build-manifest-set.js';
import type { JsonValue, ManifestSet } from '../../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../../src/kubernetes/parse-manifest-file.js';
import { buildWorkloads } from '../../../src/kubernetes/workload.js';
import {
  collectReferences,
  type NamedDestination,
  type ReferenceContext,
  type WorkloadReferences,
} from '../../../src/reachability/references.js';
import type { ServedPort } from '../../../src/reachability/references/resolve-address.js';

const http = (number: number, name = 'http'): ServedPort => ({ number, name, protocol: ['http'] });
const tcp = (number: number, name = 'tcp'): ServedPort => ({ number, name, protocol: ['tcp'] });
const undeclared = (number: number, name = ''): ServedPort => ({ number, name, protocol: ['http', 'tcp'] });

/** A small mesh around the workload `shop/Deployment/front`. */
const PORTS: Readonly<Record<string, readonly ServedPort[]>> = {
  'front.shop.svc.cluster.local': [http(80)],
  'cart.shop.svc.cluster.local': [http(7070, 'grpc')],
  'db.shop.svc.cluster.local': [tcp(5432, 'tcp-postgres')],
  'redis.shop.svc.cluster.local': [undeclared(6379)],
  'multi.shop.svc.cluster.local': [http(80), { number: 443, name: 'https', protocol: ['tls'] }, tcp(9000, 'admin')],
  'web.shop.svc.cluster.local': [http(8080)],
  'statsd.shop.svc.cluster.local': [],
  'reviews.bookinfo.svc.cluster.local': [http(9080)],
  'web-0.prod.svc.cluster.local': [http(80)],
  'kafka.data.svc.cluster.local': [tcp(9092, 'tcp-kafka')],
  'outside.shop.svc.cluster.local': [],
  'api.payments.example': [{ number: 443, name: 'tls', protocol: ['tls'] }],
};

export function contextFor(set: ManifestSet, clusterDomain = 'cluster.local'): ReferenceContext {
  return {
    clusterDomain,
    portsOf: (host) => (Object.hasOwn(PORTS, host) ? PORTS[host] : undefined),
    isOtherTransport: (host, port) => host.startsWith('statsd.') && port === 8125,
    isHeadless: (host) => host === 'web.shop.svc.cluster.local',
    selectsOwn: (host) => host === 'front.shop.svc.cluster.local',
    hostOfAddress: (address) =>
      ({ '10.96.0.7': 'cart.shop.svc.cluster.local', 'fd00::7': 'cart.shop.svc.cluster.local' })[address],
    configMap: (namespace, name) =>
      set.objects.find((o) => o.kind === 'ConfigMap' && o.metadata.namespace === namespace && o.metadata.name === name),
  };
}

/** What the only workload of some YAML names. */
export function referencesInYaml(yaml: string): WorkloadReferences {
  const set = buildManifestSet([parseManifestFile({ path: 'shop.yaml', content: yaml })]);
  const workload = buildWorkloads(set.objects)[0];
  if (workload === undefined) throw new Error(`no workload: ${JSON.stringify(set.diagnostics)}`);
  return collectReferences(workload, contextFor(set));
}

type Body = Readonly<Record<string, JsonValue>>;

/** What a Deployment `shop/front` names, given its pod's spec and the ConfigMaps of its namespace. */
export function referencesOf(podSpec: Body, configMaps: Readonly<Record<string, Body>> = {}): WorkloadReferences {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'front', namespace: 'shop' },
    spec: { template: { metadata: { labels: { app: 'front', tier: 'cart' } }, spec: podSpec } },
  };
  const maps = Object.entries(configMaps).map(([name, data]) => {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
  });
  return referencesInYaml([deployment, ...maps].map((object) => JSON.stringify(object)).join('\n---\n'));
}

/** What a container `app` of `shop/front` names. */
export function referencesOfContainer(container: Body): WorkloadReferences {
  return referencesOf({ containers: [{ name: 'app', ...container }] });
}

export function referencesOfEnv(env: Readonly<Record<string, string>>): WorkloadReferences {
  return referencesOfContainer({ env: Object.entries(env).map(([name, value]) => ({ name, value })) });
}

/** What `front` names in a file that it mounts from a ConfigMap. */
export function referencesOfFile(name: string, content: string): WorkloadReferences {
  return referencesOf(
    {
      containers: [{ name: 'app', volumeMounts: [{ name: 'config', mountPath: '/etc/app' }] }],
      volumes: [{ name: 'config', configMap: { name: 'settings' } }],
    },
    { settings: { [name]: content } },
  );
}

/** All that can be shown of what is named. */
export function shownText({ named, ...others }: WorkloadReferences): string {
  const shown = named.map(({ host, port, protocol, reference }) => ({ host, port, protocol, reference }));
  return JSON.stringify({ ...others, named: shown });
}

/** `host:port/protocol` of each destination once, `*` for any protocol; the cluster's suffix is cut off. */
export function destinations(references: { readonly named: readonly NamedDestination[] }): string[] {
  const written = references.named.map(({ host, port, protocol }) => {
    return `${host.replace(/\.svc\.cluster\.local$/, '')}:${port}/${protocol ?? '*'}`;
  });
  return [...new Set(written)].sort();
}
