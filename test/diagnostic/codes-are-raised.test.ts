import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { CATALOGUE, type DiagnosticCode } from '../../src/diagnostic/catalogue.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { readDirectory } from '../../src/source/read-directory.js';
import { deployment, namespace, service, sidecar } from '../reachability/change-mesh.js';

/** Codes that take more than manifests to raise, with the folders of the tests that raise them. */
const RAISED_WITH_INPUT_AND_OUTPUT: Partial<Record<DiagnosticCode, readonly string[]>> = {
  'symlink-not-followed': ['source', 'github'],
  'submodule-not-read': ['source', 'github'],
  'lfs-pointer': ['source', 'github'],
  'too-much-content': ['source', 'github'],
  'file-too-large': ['source', 'github', 'kubernetes'],
  'renderer-missing': ['source/render'],
  'rendering-refused': ['source/render'],
  'rendering-failed': ['source/render'],
  'rendering-limit': ['source/render'],
  'source-not-in-tree': ['source'],
  'generator-not-known': ['source'],
  'configured-path-unmatched': ['source'],
  'contract-unmatched': ['policy'],
  'variable-without-value': ['source'],
  'snapshot-age': ['snapshot'],
  'snapshot-too-old': ['snapshot'],
  'evidence-stale': ['evidence'],
  'evidence-incomplete': ['evidence'],
  'evidence-unusable': ['evidence', 'github'],
  'differs-in-cluster': ['snapshot'],
  'not-in-cluster': ['snapshot'],
  'not-in-manifests': ['snapshot'],
};

const MESH = [
  namespace('shop'),
  service('shop/web'),
  deployment('shop/web', ['http://web']),
  service('shop/cart'),
  deployment('shop/cart', ['http://web']),
].join('---\n');
const meshConfig = (text: string, name = 'istio'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: istio-system}\ndata:\n  mesh: |\n${text.replace(/^/gm, '    ')}\n`;
const annotated = (annotation: string): string =>
  deployment('shop/api').replace('metadata: {labels', `metadata: {annotations: {${annotation}}, labels`);
const istiod = (name: string, tag: string): string =>
  deployment(`istio-system/${name}`).replace('image: app', `image: istio/pilot:${tag}`);
const object = (apiVersion: string, kind: string, rest = ''): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x, namespace: shop}\n${rest}`;
const aliases = (): string => {
  const levels = 'abcdefgh'.split('').map((key, i, all) => {
    const item = i === 0 ? 'x' : `*${all[i - 1]!}`;
    return `${key}: &${key} [${Array.from({ length: 10 }, () => item).join(', ')}]\n`;
  });
  return `${object('v1', 'ConfigMap')}${levels.join('')}`;
};

/** The least that raises each code, beside the mesh above. A side that is left out is the mesh alone. */
const INPUTS: Partial<
  Record<DiagnosticCode, { readonly before?: string | Uint8Array; readonly after: string | Uint8Array }>
> = {
  'yaml-syntax': { after: 'apiVersion: v1\nkind: Service\nmetadata: {name: a\n' },
  'duplicate-key': { after: object('v1', 'ConfigMap', 'data: {a: "1", a: "2"}\n') },
  'unknown-alias': { after: object('v1', 'ConfigMap', 'data: *nowhere\n') },
  'alias-bomb': { after: aliases() },
  'nesting-too-deep': { after: object('v1', 'ConfigMap', `data: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`) },
  'document-too-large': { after: object('v1', 'ConfigMap', `data: {a: "${'x'.repeat(17 * 2 ** 20)}"}\n`) },
  'empty-file': { after: '\n' },
  'binary-file': { after: new Uint8Array([97, 0, 98]) },
  'invalid-encoding': {
    after: new Uint8Array([...new TextEncoder().encode(object('v1', 'ConfigMap')), 0xff, 0xfe, 10]),
  },
  'helm-template': { after: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n' },
  'foreign-syntax': { after: 'a: [1\n' },
  'not-an-object': { after: 'kind: Service\n' },
  'wrong-type': { after: 'apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {b: 1}}\n' },
  'missing-name': { after: 'apiVersion: v1\nkind: Service\nmetadata: {namespace: shop}\n' },
  'duplicate-object': { after: service('shop/web') },
  'ignored-after-document-end': { after: `${object('v1', 'ConfigMap')}...\nkind: Service\n` },
  'several-mesh-configs': { after: [meshConfig('{}'), meshConfig('{}', 'istio-canary')].join('---\n') },
  'mesh-config-unreadable': { after: meshConfig('a: [1') },
  'mesh-config-mode-unknown': { after: meshConfig('outboundTrafficPolicy: {mode: NOTHING}') },
  'unknown-istio-version': { after: istiod('istiod', '1.10.0') },
  'several-istio-versions': { after: [istiod('istiod', '1.30.0'), istiod('istiod-old', '1.29.0')].join('---\n') },
  'undeclared-namespace': { after: deployment('pay/card') },
  'unknown-address': { after: annotated('traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8') },
  'envoy-filter': {
    after: object(
      'networking.istio.io/v1alpha3',
      'EnvoyFilter',
      'spec: {configPatches: [{applyTo: CLUSTER, match: {context: ANY}}]}\n',
    ),
  },
  'ambient-namespace': { after: namespace('calm', 'istio.io/dataplane-mode: ambient') },
  waypoint: { after: object('gateway.networking.k8s.io/v1', 'Gateway', 'spec: {gatewayClassName: istio-waypoint}\n') },
  'mesh-route-ignored': {
    after: object(
      'gateway.networking.k8s.io/v1alpha2',
      'TCPRoute',
      'spec: {parentRefs: [{kind: Service, group: "", name: web}], rules: [{backendRefs: [{name: web, port: 80}]}]}\n',
    ),
  },
  'istiod-flag': {
    after: object(
      'sailoperator.io/v1',
      'Istio',
      'spec: {version: v1.30.1, values: {pilot: {env: {PILOT_UNIFIED_SIDECAR_SCOPE: "false"}}}}\n',
    ),
  },
  knative: { after: object('serving.knative.dev/v1', 'Service') },
  'dns-capture': {
    after: [
      meshConfig('defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}}'),
      object(
        'networking.istio.io/v1',
        'ServiceEntry',
        'spec: {hosts: [a.example.com], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}\n',
      ),
    ].join('---\n'),
  },
  'not-rendered': { after: object('argoproj.io/v1alpha1', 'Application') },
  'change-not-rendered': { after: object('helm.toolkit.fluxcd.io/v2', 'HelmRelease') },
  'injection-template': { after: annotated('inject.istio.io/templates: grpc-agent') },
  'missing-revision': { after: [namespace('pay', 'istio.io/rev: other'), deployment('pay/card')].join('---\n') },
  'policy-not-modelled': { after: object('networking.k8s.io/v1', 'NetworkPolicy', 'spec: {podSelector: {}}\n') },
  'depends-on-age': {
    before: sidecar('shop/b', ['./*']),
    after: [sidecar('shop/b', ['./*']), sidecar('shop/a', ['~/*'])].join('---\n'),
  },
  'host-matches-nothing': { after: sidecar('shop/x', ['./*', 'web/*']) },
  'selector-matches-nothing': {
    after: sidecar('shop/x', ['./*'], '  workloadSelector: {labels: {app: wep}}\n'),
  },
  'sidecar-without-effect': {
    before: sidecar('shop/b', ['./*']),
    after: [sidecar('shop/b', ['./*']), sidecar('shop/c', ['./*'])].join('---\n'),
  },
  'reference-port-not-served': { after: deployment('shop/api', ['http://web:81']) },
  'configmap-not-found': {
    after: deployment('shop/api').replace(
      'image: app\n',
      'image: app\n          envFrom: [{configMapRef: {name: none}}]\n',
    ),
  },
  'too-many-references': {
    after: deployment(
      'shop/api',
      Array.from({ length: 2001 }, (_, i) => `http://h${i}.example.com`),
    ),
  },
  'sidecar-without-workloads': { after: [namespace('mesh'), sidecar('mesh/default', ['./*'])].join('---\n') },
  'annotation-without-effect': {
    after: deployment('shop/api').replace(
      'namespace: shop}',
      'namespace: shop, annotations: {proxy.istio.io/config: a}}',
    ),
  },
  'served-elsewhere': {
    after:
      service('pay/web') +
      '---\n' +
      object(
        'networking.istio.io/v1',
        'ServiceEntry',
        'spec: {hosts: [web.pay.svc.cluster.local], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}\n',
      ),
    before: service('pay/web'),
  },
  'telemetry-not-imported': {
    after: [
      meshConfig(
        'extensionProviders: [{name: spans, zipkin: {service: cart.shop.svc.cluster.local, port: 80}}]\ndefaultProviders: {tracing: [spans]}',
      ),
      sidecar('shop/default', ['pay/*']),
    ].join('---\n'),
  },
  'unknown-field': { after: object('networking.istio.io/v1', 'Sidecar', 'spec: {egres: []}\n') },
  'kustomize-patches': {
    after: `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: [{patch: 'kind: Service'}]\n`,
  },
  'selector-mismatch': { after: deployment('shop/api').replace('matchLabels: {app: api}', 'matchLabels: {app: web}') },
  'admission-warning': { after: sidecar('shop/x', ['./*', './*']) },
};

function withMesh(content: string | Uint8Array | undefined): ManifestSet {
  const extra = content === undefined ? [] : [parseManifestFile({ path: 'extra.yaml', content })];
  return buildManifestSet([parseManifestFile({ path: 'mesh.yaml', content: MESH }), ...extra]);
}

describe('every code of the catalogue', () => {
  const codes = Object.keys(CATALOGUE) as DiagnosticCode[];
  const apart: readonly string[] = [
    ...Object.keys(RAISED_WITH_INPUT_AND_OUTPUT),
    'configuration-invalid',
    'file-unreadable',
  ];
  const pure = codes.filter((code) => !apart.includes(code));

  it.each(pure)('%s is raised', (code) => {
    const input = INPUTS[code];
    expect(input, `no input raises ${code}`).toBeDefined();
    const before = withMesh(input?.before);
    const after = withMesh(input?.after);
    const { diagnostics } = analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY });
    const found = diagnostics.filter((each) => each.code === code);
    expect(found.length, `raised ${diagnostics.map((each) => each.code).join(', ')}`).toBeGreaterThan(0);
    for (const each of found) expect(each.severity).toBe(CATALOGUE[code].severity);
  });

  it('configuration-invalid is raised', () => {
    const { problems } = parsePolicyFile('p.yml', 'failOn: nothing\n');
    expect(problems.map(({ code }) => code)).toEqual(['configuration-invalid']);
  });

  it('file-unreadable is raised', () => {
    const folder = mkdtempSync(join(tmpdir(), 'unreadable-'));
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
    try {
      const { unread } = readDirectory(join(folder, 'pipe.yaml'));
      expect(unread.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))).toEqual(['file-unreadable']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(Object.entries(RAISED_WITH_INPUT_AND_OUTPUT))('%s is raised in the tests of what reads', (code, folders) => {
    expect(isNamedInTests(code, folders)).toBe(true);
  });
});

/** Whether a test of one of the folders names the code. */
function isNamedInTests(code: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const root = join(import.meta.dirname, '..', folder);
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith('.test.ts') && name !== 'codes-are-raised.test.ts')
      .some(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').includes(`'${code}'`));
  });
}
