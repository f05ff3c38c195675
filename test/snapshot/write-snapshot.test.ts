import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeMesh } from '../../src/analyze-change.js';
import { admitObjects } from '../../src/istio/admission/admit-objects.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { JsonObject, JsonValue, ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { readYaml } from '../../src/kubernetes/read-yaml.js';
import { readMeshConfig } from '../../src/istio/mesh-config.js';
import { reduceMeshConfig } from '../../src/snapshot/reduce-configuration.js';
import { SNAPSHOT_KINDS } from '../../src/snapshot/snapshot-kinds.js';
import { stringifyYaml } from '../../src/snapshot/stringify-yaml.js';
import { writeSnapshot, type KindReading } from '../../src/snapshot/write-snapshot.js';
import { listCases, readCase } from '../conformance/conformance-case.js';

const ABOUT = { takenAt: '2026-03-10T12:00:00Z', serverVersion: null, resources: [], notInstalled: [] };
const EVERYTHING = { includeEndpoints: true, includeEnv: true };

function manifests(content: string, path = 'all.yaml'): ManifestSet {
  return buildManifestSet([parseManifestFile({ path, content })]);
}

/** What a cluster would answer that has the objects. */
function readingsOf(bodies: readonly JsonObject[]): KindReading[] {
  return SNAPSHOT_KINDS.map((kind) => ({
    kind,
    items: bodies.filter((body) => {
      const apiVersion = body['apiVersion'] as string;
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      return body['kind'] === kind.kind && group === kind.group;
    }),
  }));
}

/** Everything that the engine says of a mesh, but for where it read it. */
function answersOf(set: ManifestSet): unknown {
  const { groups, gateways } = analyzeMesh({ manifests: set, mesh: { istioVersion: '1.30' } });
  return { groups, gateways };
}

describe('a snapshot says as much of a mesh as its objects do', () => {
  it('of the recorded cluster, with every Pod and ReplicaSet', () => {
    const folder = join(import.meta.dirname, '../cli/fixtures/cluster');
    const items = readdirSync(folder)
      .filter((name) => name !== 'version.json')
      .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { items: JsonObject[] }).items);
    const whole = manifests(items.map((item) => `---\n${JSON.stringify(item)}\n`).join(''));
    for (const includeEnv of [true, false]) {
      const text = writeSnapshot(readingsOf(items), ABOUT, { includeEndpoints: true, includeEnv });
      expect(answersOf(manifests(text))).toEqual(answersOf(whole));
    }
  });

  it.each(listCases().filter((_, index) => index % 6 === 0))('of the mesh of the case %s', (name) => {
    const { live } = admitObjects(manifests(readCase(name).beforeText).objects, '1.30');
    const bodies = live.map(({ body, metadata: { namespace } }) => ({
      ...body,
      metadata: { ...(body['metadata'] as JsonObject), ...(namespace === '' ? {} : { namespace }) },
    }));
    const whole = manifests(bodies.map((body) => `---\n${JSON.stringify(body)}\n`).join(''));
    const text = writeSnapshot(readingsOf(bodies), ABOUT, { includeEndpoints: true, includeEnv: false });
    expect(answersOf(manifests(text))).toEqual(answersOf(whole));
  });

  it('of the mesh configuration', () => {
    const written = {
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      rootNamespace: 'mesh',
      defaultServiceExportTo: ['.'],
      defaultVirtualServiceExportTo: ['.'],
      defaultDestinationRuleExportTo: ['~'],
      enableAutoMtls: false,
      discoverySelectors: [{ matchLabels: { mesh: 'on' } }],
      proxyListenPort: 15101,
      proxyInboundListenPort: 15106,
      extensionProviders: [{ name: 'spans', zipkin: { service: 'zipkin.ops.svc.cluster.local', port: 9411 } }],
      defaultProviders: { tracing: ['spans'], accessLogging: ['spans'] },
      defaultConfig: { interceptionMode: 'TPROXY', proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } },
    };
    const configOf = (mesh: JsonObject): object => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'mesh' } };
      const data = { mesh: JSON.stringify(mesh) };
      const { config } = readMeshConfig(manifests(JSON.stringify({ ...object, data })).objects);
      return { ...config, source: null };
    };
    const defaults = configOf({}) as Record<string, unknown>;
    for (const [key, value] of Object.entries(configOf(written))) {
      if (key !== 'source' && key !== 'isUnderstood') expect(value, key).not.toEqual(defaults[key]);
    }
    expect(configOf(reduceMeshConfig(written))).toEqual(configOf(written));
    const defined = { outbound_traffic_policy: { mode: 'REGISTRY_ONLY' }, root_namespace: 'mesh' };
    expect(configOf(reduceMeshConfig(defined))).toEqual(configOf(defined));
    expect(configOf(reduceMeshConfig({ outboundTrafficPolicy: {} }))).toEqual(configOf({ outboundTrafficPolicy: {} }));
  });
});

it('the same objects give the same text, in whatever order they come', () => {
  const bodies = ['c', 'a', 'b'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
  }));
  const [one, other] = [bodies, [...bodies].reverse()].map((all) => writeSnapshot(readingsOf(all), ABOUT, EVERYTHING));
  expect(one).toBe(other);
  expect([...one!.matchAll(/^ {2}name: (.)$/gm)].map((match) => match[1])).toEqual(['a', 'b', 'c']);
});

it('what is written as YAML is read as it was, by the reader that reads as Kubernetes does', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '\u0085',
      'a\u2028b',
      '\ufeff',
      'yes',
      'off',
      'y',
      '~',
      'null',
      '012',
      '0o7',
      '1_000',
      '12:30:45',
      '1e3',
      '.5',
      '2026-03-01',
      '=',
      '<<',
    ),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.boolean(),
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        tie('tree'),
        { maxKeys: 3 },
      ),
    ),
  }));
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        tree,
        { minKeys: 1, maxKeys: 4 },
      ),
      (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as JsonObject;
        const { value: read, problems } = readYaml(stringifyYaml(plain));
        expect(problems).toEqual([]);
        expect(JSON.parse(JSON.stringify(read))).toEqual(plain);
      },
    ),
    { numRuns: 1000 },
  );
});

describe('a snapshot holds no secret', () => {
  const SECRET = 'S3CRET';
  const container = {
    name: 'app',
    image: SECRET,
    env: [{ name: 'A', value: SECRET }],
    command: [SECRET],
    args: [SECRET],
    livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a', value: SECRET }] }, exec: { command: [SECRET] } },
    lifecycle: { preStop: { exec: { command: [SECRET] } } },
    securityContext: { a: SECRET },
  };
  const template = {
    metadata: {
      labels: { app: 'a' },
      annotations: { a: SECRET, 'proxy.istio.io/config': `ISTIO_META_DNS_CAPTURE ${SECRET}` },
    },
    spec: { containers: [container], initContainers: [container], volumes: [{ name: SECRET, secret: {} }] },
  };
  /** The kinds whose spec is kept as it is, since it holds hosts, ports and names alone. */
  const WHOLE = ['Sidecar', 'ServiceEntry', 'WorkloadEntry', 'DestinationRule', 'PeerAuthentication'];
  /** Fields that decide something, and hold what anybody may read who may read the manifest. */
  const PUBLIC =
    /^(?:name|namespace|creationTimestamp|labels|apiVersion|kind|hosts|match|matches|selector|workloadRef)$/;

  /** Puts the secret into every map under a key of its own, and into every text whose key is not that of a public value. */
  function plant(value: JsonValue, key: string): JsonValue {
    if (PUBLIC.test(key)) return value;
    if (Array.isArray(value)) return value.map((item: JsonValue) => plant(item, key));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, item]) => [name, plant(item ?? null, name)] as const);
    return Object.fromEntries([...entries, [`${SECRET}Field`, SECRET], ['token', { value: SECRET }]]);
  }

  const HTTP = [
    {
      headers: { request: { set: { a: SECRET } } },
      route: [{ destination: { host: 'a' }, headers: { request: { add: { a: SECRET } } } }],
    },
    { directResponse: { status: 200, body: { string: SECRET } } },
  ];
  const header = { name: 'a', value: SECRET };
  const RULES = [
    {
      filters: [{ requestHeaderModifier: { set: [header], add: [header] } }],
      backendRefs: [{ filters: [{ responseHeaderModifier: { add: [header] } }] }],
    },
  ];

  /** The API server drops what a kind's schema does not know, so nothing can be planted into a spec that is kept. */
  function specOf(kind: string): JsonValue {
    if (WHOLE.includes(kind)) return {};
    if (kind === 'VirtualService') return { http: HTTP };
    if (kind.endsWith('Route')) return { rules: RULES };
    const values = { meshConfig: { defaultConfig: { tracing: { a: SECRET } } }, global: { proxy: SECRET } };
    const configPatches = [{ patch: { value: SECRET }, match: { context: 'ANY', a: SECRET } }];
    return plant(
      {
        template,
        jobTemplate: { spec: { template } },
        ...template.spec,
        values,
        meshConfig: { a: SECRET },
        configPatches,
        gatewayClassName: 'istio-waypoint',
      },
      '',
    );
  }

  it.each(SNAPSHOT_KINDS.map((kind) => [kind.kind, kind] as const))('of a %s', (name, kind) => {
    const body = {
      apiVersion: 'v1',
      kind: name,
      metadata: plant(
        {
          name: 'istio',
          namespace: 'shop',
          labels: { 'istio.io/rev': 'default' },
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': SECRET },
          managedFields: [{ manager: SECRET }],
        },
        '',
      ) as JsonObject,
      spec: specOf(name),
      data: {
        mesh: `defaultConfig: {tracing: {a: ${SECRET}}, proxyMetadata: {A: ${SECRET}}}\na: ${SECRET}\n`,
        a: SECRET,
      },
      stringData: { a: SECRET },
      status: { a: SECRET },
      webhooks: [{ clientConfig: { caBundle: SECRET } }],
      endpoints: [{ addresses: ['10.0.0.1'], hints: SECRET, nodeName: SECRET, targetRef: { uid: SECRET } }],
      ports: [{ port: 80, a: SECRET }],
    };
    const readings: KindReading[] = [{ kind, items: [body] }];
    const text = writeSnapshot(readings, ABOUT, { includeEndpoints: true, includeEnv: false });
    expect(text).toContain(`kind: ${name}\n`);
    expect(text).not.toContain(SECRET);
  });
});
