import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.js';
import { bodiesOf, byHand, find, placeOf, testRenderer, toolsOf, treeOf } from './rendering.js';

const FILES = {
  'base/kustomization.yaml': `resources:
  - sidecar.yaml
  - apps.yaml
configMapGenerator:
  - name: settings
    files:
      - mesh=mesh.yaml
      - other.txt
    literals:
      - level=high
    envs:
      - app.env
`,
  'base/mesh.yaml': 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n',
  'base/other.txt': 'other\n',
  'base/app.env': '# the host\nHOST=payments\n',
  'base/sidecar.yaml': `# who may call whom
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata:
  name: default
spec:
  egress:
    - hosts:
        - ./*
        - istio-system/*
  outboundTrafficPolicy:
    mode: ALLOW_ANY
`,
  'base/apps.yaml': `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - name: http
      port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: web:1
          env:
            - name: HOST
              value: payments
`,
  'parts/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - path: port.yaml
`,
  'parts/port.yaml': `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - port: 80
      targetPort: 8080
`,
  'prod/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: prod
namePrefix: p-
resources: [../base]
components: [../parts]
commonLabels:
  team: shop
images:
  - name: web
    newTag: "7"
replicas:
  - name: web
    count: 3
patches:
  - path: sidecar-patch.yaml
  - target: {kind: Sidecar, name: default}
    patch: |-
      - op: replace
        path: /spec/outboundTrafficPolicy/mode
        value: REGISTRY_ONLY
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
              - name: main
                env:
                  - name: EXTRA
                    value: one
`,
  'prod/sidecar-patch.yaml': `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata:
  name: default
spec:
  egress:
    - hosts:
        - ./*
        - shop/*
`,
};

const PROD = { kind: 'kustomization', path: 'prod' } as const;

describe.each(['current', 'previous'] as const)('a kustomization, by the %s release', (release) => {
  const env = toolsOf(release);
  const renderer = testRenderer({ env });

  it('renders to what the tool gives by hand', async () => {
    const rendering = await renderer.render(treeOf({ ...FILES, 'unused.yaml': 'x' }), PROD);
    expect(rendering).toMatchObject({ isComplete: true, diagnostics: [], unreadable: [] });
    expect(bodiesOf(rendering.objects)).toEqual(
      byHand(temporaryFolder(FILES), env['KUSTOMIZE_BIN']!, ['kustomize', 'prod']),
    );
    expect(rendering.objects).toHaveLength(4);
    expect(rendering.inputs).toEqual(Object.keys(FILES).sort());
    expect(find(rendering.objects, 'Service').metadata).toMatchObject({ namespace: 'prod', annotations: {} });
  });

  it('tells where a value is edited: in the base, a patch or the kustomization', async () => {
    const { objects } = await renderer.render(treeOf(FILES), PROD);
    const at = (kind: string, ...path: (string | number)[]): string => placeOf(find(objects, kind).locate(path));
    expect(placeOf(find(objects, 'Sidecar').origin)).toBe('base/sidecar.yaml:2');
    expect(at('Sidecar', 'metadata', 'name')).toBe('base/sidecar.yaml:5');
    expect(at('Sidecar', 'spec', 'egress', 0, 'hosts', 1)).toBe('prod/sidecar-patch.yaml:9');
    expect(at('Sidecar', 'spec', 'egress')).toBe('prod/sidecar-patch.yaml:7');
    expect(at('Sidecar', 'spec', 'outboundTrafficPolicy', 'mode')).toBe('prod/kustomization.yaml:21');
    expect(at('Sidecar', 'metadata', 'namespace')).toBe('prod/kustomization.yaml:3');
    expect(at('Service', 'spec', 'ports', 0, 'port')).toBe('parts/port.yaml:7');
    expect(at('Service', 'spec', 'ports', 0, 'targetPort')).toBe('parts/port.yaml:8');
    expect(at('Service', 'spec', 'ports', 0, 'name')).toBe('base/apps.yaml:7');
    expect(at('Service', 'metadata', 'labels', 'team')).toBe('prod/kustomization.yaml:8');
    expect(placeOf(find(objects, 'Deployment').origin)).toBe('base/apps.yaml:10');
    expect(at('Deployment', 'spec', 'replicas')).toBe('prod/kustomization.yaml:14');
    const { body } = find(objects, 'Deployment');
    const container = ['spec', 'template', 'spec', 'containers', 0];
    expect(at('Deployment', ...container, 'image')).toBe('prod/kustomization.yaml:11');
    const env = (body as { spec: { template: { spec: { containers: { env: { name: string }[] }[] } } } }).spec.template
      .spec.containers[0]!.env;
    const [extra, host] = ['EXTRA', 'HOST'].map((name) => env.findIndex((item) => item.name === name)) as [
      number,
      number,
    ];
    expect(at('Deployment', ...container, 'env', extra, 'value')).toBe('prod/kustomization.yaml:34');
    expect(at('Deployment', ...container, 'env', host, 'value')).toBe('base/apps.yaml:25');
    expect(at('ConfigMap', 'data', 'mesh')).toBe('base/mesh.yaml:1');
    expect(at('ConfigMap', 'data', 'other.txt')).toBe('base/other.txt:1');
    expect(at('ConfigMap', 'data', 'level')).toBe('base/kustomization.yaml:10');
    expect(at('ConfigMap', 'data', 'HOST')).toBe('base/app.env:2');
    expect(placeOf(find(objects, 'ConfigMap').origin)).toBe('base/kustomization.yaml:5');
  });
});

describe('a kustomization', () => {
  const renderer = testRenderer();

  it('takes what a controller adds, and says that its place is not exact', async () => {
    const root = {
      ...PROD,
      overrides: {
        nameSuffix: '-x',
        images: [{ name: 'web', newName: 'mirror/web' }],
        components: ['../more'],
        patches: [
          { path: 'sidecar-patch.yaml' },
          { patch: '[{"op": "add", "path": "/spec/type", "value": "ClusterIP"}]', target: { kind: 'Service' } },
        ],
      },
      origin: { path: 'argo/app.yaml', line: 12 },
    };
    const files = {
      ...FILES,
      'more/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {a: b}\n',
    };
    const { objects, diagnostics, inputs } = await renderer.render(treeOf(files), root);
    expect(diagnostics).toEqual([]);
    expect(inputs).toContain('more/kustomization.yaml');
    const deployment = find(objects, 'Deployment');
    expect(deployment.metadata).toMatchObject({ name: 'p-web-x', annotations: { a: 'b' } });
    expect(JSON.stringify(deployment.body)).toContain('mirror/web:7');
    const service = find(objects, 'Service');
    expect(placeOf(service.locate(['spec', 'type']))).toBe('~argo/app.yaml:12');
    expect(placeOf(service.locate(['metadata', 'annotations', 'a']))).toBe('more/kustomization.yaml:3');
  });

  it('says where a place is only near', async () => {
    const files = {
      'kustomization.yaml':
        'resources: [a.yaml, b.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: b, fieldPath: data.x}\n  targets:\n  - select: {kind: ConfigMap, name: a}\n    fieldPaths: [data.x]\n',
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: old\n',
      'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\ndata:\n  x: new\n',
    };
    const { objects } = await renderer.render(treeOf(files), { kind: 'kustomization', path: '' });
    expect(placeOf(find(objects, 'ConfigMap', 'a').locate(['data', 'x']))).toBe('~a.yaml:6');
    expect(placeOf(find(objects, 'ConfigMap', 'b').locate(['data', 'x']))).toBe('b.yaml:6');
  });

  it('inflates charts of the repository', async () => {
    const files = {
      'kustomization.yaml': 'helmCharts:\n- name: web\n  releaseName: shop\n  valuesFile: values-prod.yaml\n',
      'values-prod.yaml': '# prod\nhost: payments\n',
      'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
      'charts/web/values.yaml': 'host: none\n',
      'charts/web/templates/cm.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  host: {{ .Values.host }}\n',
    };
    for (const release of ['current', 'previous'] as const) {
      const { objects, diagnostics } = await testRenderer({ env: toolsOf(release) }).render(treeOf(files), {
        kind: 'kustomization',
        path: '',
      });
      expect(diagnostics).toEqual([]);
      const config = find(objects, 'ConfigMap');
      expect(config.body).toMatchObject({ metadata: { name: 'shop' }, data: { host: 'payments' } });
      expect(placeOf(config.origin)).toBe('charts/web/templates/cm.yaml:1');
      expect(placeOf(config.locate(['data', 'host']))).toBe('values-prod.yaml:2');
    }
  });

  it('reads files outside of its folder only where that is allowed', async () => {
    const files = {
      'a/kustomization.yaml': 'resources: [../b.yaml]\n',
      'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n',
    };
    const root = { kind: 'kustomization', path: 'a' } as const;
    expect(await renderer.render(treeOf(files), root)).toMatchObject({
      isComplete: false,
      diagnostics: [{ code: 'rendering-failed' }],
    });
    expect(await renderer.render(treeOf(files), { ...root, isUnrestricted: true })).toMatchObject({
      isComplete: true,
      objects: [{ kind: 'ConfigMap' }],
    });
  });

  it('gives the words of the tool where it fails, without its folders', async () => {
    const files = { 'a/kustomization.yaml': 'resources: [b.yaml]\nnoSuchField: 1\n', 'a/b.yaml': 'kind: X\n' };
    const { diagnostics, unreadable, isComplete } = await renderer.render(treeOf(files), {
      kind: 'kustomization',
      path: 'a',
    });
    expect({ isComplete, unreadable }).toMatchObject({
      isComplete: false,
      unreadable: [{ path: 'a/kustomization.yaml', line: 1, kind: null }],
    });
    expect(diagnostics).toMatchObject([{ code: 'rendering-failed', path: 'a/kustomization.yaml' }]);
    expect(diagnostics[0]?.message).toContain('noSuchField');
    expect(diagnostics[0]?.message).not.toContain('/tmp');
  });

  it('says what is missing', async () => {
    const files = { 'kustomization.yaml': 'resources:\n- a.yaml\nconfigMapGenerator:\n- name: x\n  envs: [no.env]\n' };
    const { diagnostics } = await renderer.render(treeOf(files), { kind: 'kustomization', path: '' });
    expect(diagnostics.map(({ code, line, message }) => [code, line, message])).toEqual([
      ['rendering-failed', 2, 'The resource `a.yaml` is not in the repository'],
      ['rendering-failed', 4, 'The file `no.env` is not in the repository'],
    ]);
  });
});
