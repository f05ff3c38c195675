import { describe, expect, it } from 'vitest';
import { joinDumps, readDump } from '../../src/envoy/read-dump.js';
import type { ProxyDump } from '../../src/envoy/proxy-dump.js';
import type { Verification } from '../../src/verify/verification.js';
import { meshToVerify, verifyWorkload } from '../../src/verify/verify-workload.js';
import { parseText } from '../conformance/conformance-case.js';
import { MY_SHELL, SEED, dumpOf, dumpText, seedText } from '../verify/seed-dumps.js';

interface Section {
  readonly '@type': string;
  readonly [list: string]: unknown;
}

interface EndpointConfig {
  readonly cluster_name: string;
  readonly endpoints: readonly { readonly lb_endpoints: readonly { readonly endpoint: unknown }[] }[];
}

const CONFIGS = (JSON.parse(dumpText('before')) as { configs: Section[] }).configs;

/** As istioctl writes messages: fields in lower camel case, and no zero values. */
function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, content]) => !(key === 'type' && content === 'STATIC'))
      .map(([key, content]) => [
        // Keys of a map are no fields.
        key.includes('.') ? key : key.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
        inCamelCase(content),
      ]),
  );
}

function section(type: string): Section {
  return CONFIGS.find((each) => each['@type'].endsWith(type))!;
}

function listOf(type: string, list: string, message: (item: Record<string, never>) => unknown): string {
  const items = section(type)[list] as Record<string, never>[];
  return JSON.stringify(
    items.map((item) => inCamelCase(message(item))),
    null,
    4,
  );
}

const ISTIOCTL = {
  clusters: listOf('ClustersConfigDump', 'dynamic_active_clusters', ({ cluster }) => cluster),
  listeners: listOf('ListenersConfigDump', 'dynamic_listeners', ({ active_state }) => active_state?.['listener']),
  routes: listOf('RoutesConfigDump', 'dynamic_route_configs', ({ route_config }) => route_config),
  endpoints: listOf('EndpointsConfigDump', 'dynamic_endpoint_configs', ({ endpoint_config }) => endpoint_config),
};

/** As `istioctl proxy-config endpoints` writes the answer of Envoy's page of clusters. */
const STATUSES = JSON.stringify(
  (section('EndpointsConfigDump')['dynamic_endpoint_configs'] as { endpoint_config: EndpointConfig }[]).map(
    ({ endpoint_config: { cluster_name: name, endpoints } }) => ({
      name,
      addedViaApi: true,
      hostStatuses: endpoints
        .flatMap(({ lb_endpoints: all }) => all)
        .map(({ endpoint }) => ({
          ...(inCamelCase(endpoint) as object),
          healthStatus: { edsHealthStatus: 'HEALTHY' },
        })),
    }),
  ),
);

function verifyDump(dump: ProxyDump): Verification {
  const mesh = meshToVerify({
    manifests: parseText(seedText('before')),
    mesh: { istioVersion: '1.30', probes: SEED.probes },
  });
  return verifyWorkload(mesh, MY_SHELL, dump, '');
}

describe('reading a dump', () => {
  it('reads the lists that istioctl prints as it reads Envoy’s own page', () => {
    const joined = joinDumps(Object.values(ISTIOCTL).map(dumpOf));
    expect(joined.clusters?.get('BlackHoleCluster')).toMatchObject({ type: 'STATIC' });
    expect(verifyDump(joined)).toEqual(verifyDump(dumpOf(dumpText('before'))));
    expect(verifyDump(joined).result).toBe('equal');
  });

  it('reads several answers that follow each other', () => {
    expect(verifyDump(dumpOf(Object.values(ISTIOCTL).join('\n')))).toEqual(verifyDump(dumpOf(dumpText('before'))));
  });

  it('compares what is there, and says what is not', () => {
    const onlyClusters = verifyDump(dumpOf(ISTIOCTL.clusters));
    expect(onlyClusters).toMatchObject({ result: 'equal', compared: { clusters: 17, endpoints: 0, edges: 0 } });
    expect(onlyClusters.notCompared).toEqual([
      'The egress mode: nothing that was read tells it.',
      'Endpoints: they are not in what was read; config_dump has them with include_eds.',
      'Edges: without listeners and routes nothing can be followed.',
    ]);
    const withoutClusters = verifyDump(joinDumps([ISTIOCTL.listeners, ISTIOCTL.routes].map(dumpOf)));
    expect(withoutClusters).toMatchObject({ result: 'equal', compared: { clusters: 0, edges: 22 } });
    expect(withoutClusters.notCompared).toEqual([
      'Clusters: they are not in what was read.',
      'Endpoints: they are not in what was read; config_dump has them with include_eds.',
    ]);
  });

  it('says of addresses without their workloads that they were not compared', () => {
    const dump = joinDumps([ISTIOCTL.clusters, STATUSES, ISTIOCTL.listeners, ISTIOCTL.routes].map(dumpOf));
    const verification = verifyDump(dump);
    expect(verification).toMatchObject({ differences: [], compared: { endpoints: 0, edges: 22 } });
    expect(verification.notCompared).toEqual([
      '19 endpoints, of which neither the dump tells the workload nor the manifests the address.',
    ]);
  });

  it('reads what Windows’ shells have redirected', () => {
    const text = Buffer.from(`\ufeff${ISTIOCTL.clusters}`, 'utf16le');
    expect(dumpOf(`\ufeff${ISTIOCTL.clusters}`).clusters?.size).toBe(20);
    expect(readDump(text).clusters?.size).toBe(20);
  });

  it('knows whose proxy it is, and when it last took something over', () => {
    const bootstrap = {
      '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump',
      bootstrap: {
        node: {
          id: 'sidecar~10.244.0.5~cart-7d9f-abcde.shop~shop.svc.cluster.local',
          metadata: { NAMESPACE: 'shop', WORKLOAD_NAME: 'cart', ISTIO_VERSION: '1.29.3' },
        },
      },
      last_updated: '2031-01-01T00:00:00Z',
    };
    const clusters = [{ last_updated: '2030-05-06T07:08:09.123Z', cluster: { name: 'a', type: 'EDS' } }];
    const refused = [{ name: '0.0.0.0_80', error_state: { details: 'no such filter' } }];
    const warming = [{ cluster: { name: 'outbound|80||b', type: 'EDS' } }];
    const {
      node,
      updatedAt,
      remarks,
      clusters: read,
    } = dumpOf(
      JSON.stringify({
        configs: [
          bootstrap,
          { dynamic_active_clusters: clusters, dynamic_warming_clusters: warming, dynamic_listeners: refused },
        ],
      }),
    );
    expect(node).toEqual({
      type: 'sidecar',
      namespace: 'shop',
      pod: 'cart-7d9f-abcde',
      workload: 'cart',
      istioVersion: '1.29.3',
    });
    expect(updatedAt).toBe('2030-05-06T07:08:09.123Z');
    expect([...read!.keys()]).toEqual(['a']);
    expect(remarks).toEqual([
      'Cluster outbound|80||b is warming: the proxy does not use it yet.',
      'Envoy refused the newest listener 0.0.0.0_80: no such filter',
    ]);
  });

  it.each([
    ['an empty file', '', 'is empty'],
    ['a message', 'error: pod not found', 'is no proxy configuration'],
    ['a Kubernetes object', '{"kind": "Pod"}', 'holds no configuration of a proxy'],
    ['an empty list', '[]', 'holds no configuration of a proxy'],
    ['a dump that is cut off', dumpText('before').slice(0, 100_000), 'ends in the middle, after 100000 bytes'],
    ['a dump with a hole', dumpText('before').replace('"EDS",', '"EDS"'), 'is not JSON at byte'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => dumpOf(text)).toThrow(message);
  });
});
