import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../temporary-folder.js';
import {
  bodiesOf,
  byHand,
  chart,
  find,
  packChart,
  placeOf,
  testRenderer,
  toolsOf,
  treeOf,
  valuesAt,
} from './rendering.js';

const FILES = {
  'web/Chart.yaml': `apiVersion: v2
name: web-chart
version: 0.1.0
dependencies:
  - name: db
    version: 0.1.0
  - name: lib
    alias: tools
    version: 0.1.0
    repository: file://../lib
`,
  'web/values.yaml': `host: payments
port: 80
sidecar:
  enabled: true
  egress:
    - ./*
db:
  size: 1
`,
  'web/crds/thing.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com}
`,
  'web/templates/_helpers.tpl': '{{- define "web.mode" -}}{{ .Values.policy.mode }}{{- end }}\n',
  'web/templates/mesh.yaml': `{{- if .Values.sidecar.enabled }}
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata:
  name: default
  namespace: {{ .Release.Namespace }}
spec:
  egress:
    - hosts:
        {{- toYaml .Values.sidecar.egress | nindent 8 }}
  outboundTrafficPolicy:
    mode: {{ include "web.mode" . }}
{{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-config
data:
  url: http://{{ .Values.host }}:{{ .Values.port }}
  host: {{ .Values.host | quote }}
  release: "{{ .Release.Name }}"
  fixed: value
`,
  'web/templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-web
  labels:
    app: web
spec:
  ports:
    - name: http
      port: {{ .Values.port }}
      targetPort: 8080
  type: {{ .Values.service.type }}
`,
  'web/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 0.1.0\n',
  'web/charts/db/values.yaml': 'size: 0\nname: none\n',
  'web/charts/db/templates/cm.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: db
data:
  size: "{{ .Values.size }}"
  name: {{ .Values.name }}
`,
  'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 0.1.0\n',
  'lib/values.yaml': 'level: low\n',
  'lib/templates/cm.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: lib\ndata:\n  level: {{ .Values.level }}\n',
  'values/prod.yaml': `# production
host: payments.prod
policy:
  mode: REGISTRY_ONLY
service:
  type: ClusterIP
db:
  name: main
`,
  'values/eu.yaml': 'host: payments.eu\nsidecar:\n  egress:\n    - ./*\n    - eu/*\n',
};

const ROOT = chart('web', { valuesFiles: ['values/prod.yaml', 'values/eu.yaml'] });

describe.each(['current', 'previous'] as const)('a chart, by the %s release', (release) => {
  const env = toolsOf(release);
  const renderer = testRenderer({ env });

  it('renders to what the tool gives by hand', async () => {
    const folder = temporaryFolder(FILES);
    for (const name of ['Chart.yaml', 'values.yaml', 'templates/cm.yaml'] as const)
      writeFiles(folder, { [`web/charts/lib/${name}`]: FILES[`lib/${name}`] });
    const args = ['template', 'shop', 'web', '-n', 'shop-ns', '-f', 'values/prod.yaml', '-f', 'values/eu.yaml'];
    const more = [
      '--include-crds',
      '--set',
      'port=8443',
      '--set-string',
      'db.size=9',
      '--api-versions',
      'a/v1',
      '--kube-version',
      '1.30.0',
    ];
    const origin = { path: 'app.yaml', line: 1 };
    const rendering = await renderer.render(treeOf({ ...FILES, 'unused.yaml': 'x' }), {
      ...ROOT,
      parameters: [
        { name: 'port', value: '8443', forceString: false, origin },
        { name: 'db.size', value: '9', forceString: true, origin },
      ],
      apiVersions: ['a/v1'],
      kubeVersion: '1.30.0',
    });
    expect(rendering).toMatchObject({ isComplete: true, diagnostics: [], unreadable: [] });
    expect(bodiesOf(rendering.objects)).toEqual(byHand(folder, env['HELM_BIN']!, [...args, ...more]));
    expect(rendering.objects).toHaveLength(6);
    expect(rendering.inputs).toEqual(Object.keys(FILES).sort());
  });

  it('tells where a value is edited: in the template or in the values that count', async () => {
    const { objects } = await renderer.render(treeOf(FILES), ROOT);
    const at = (kind: string, name: string, ...path: (string | number)[]): string =>
      placeOf(find(objects, kind, name).locate(path));
    expect(placeOf(find(objects, 'Sidecar').origin)).toBe('web/templates/mesh.yaml:2');
    expect(at('Sidecar', '', 'spec', 'egress', 0, 'hosts', 1)).toBe('values/eu.yaml:5');
    expect(at('Sidecar', '', 'spec', 'egress', 0, 'hosts')).toBe('values/eu.yaml:4');
    expect(at('Sidecar', '', 'spec', 'outboundTrafficPolicy', 'mode')).toBe('values/prod.yaml:4');
    expect(at('Sidecar', '', 'metadata', 'namespace')).toBe('~web/templates/mesh.yaml:6');
    expect(at('Sidecar', '', 'metadata', 'name')).toBe('web/templates/mesh.yaml:5');
    expect(placeOf(find(objects, 'ConfigMap', 'web-config').origin)).toBe('web/templates/mesh.yaml:15');
    expect(at('ConfigMap', 'web-config', 'data', 'host')).toBe('values/eu.yaml:1');
    expect(at('ConfigMap', 'web-config', 'data', 'fixed')).toBe('web/templates/mesh.yaml:23');
    expect(at('ConfigMap', 'web-config', 'data', 'url')).toBe('~web/templates/mesh.yaml:20');
    expect(at('Service', '', 'spec', 'ports', 0, 'port')).toBe('web/values.yaml:2');
    expect(at('Service', '', 'spec', 'ports', 0, 'targetPort')).toBe('web/templates/service.yaml:11');
    expect(at('Service', '', 'spec', 'type')).toBe('values/prod.yaml:6');
    expect(at('ConfigMap', 'db', 'data', 'size')).toBe('web/values.yaml:8');
    expect(at('ConfigMap', 'db', 'data', 'name')).toBe('values/prod.yaml:8');
    expect(placeOf(find(objects, 'ConfigMap', 'lib').origin)).toBe('lib/templates/cm.yaml:1');
    expect(at('ConfigMap', 'lib', 'data', 'level')).toBe('lib/values.yaml:1');
    expect(placeOf(find(objects, 'CustomResourceDefinition').origin)).toBe('web/crds/thing.yaml:1');
  });
});

describe('a chart', () => {
  const renderer = testRenderer();

  it('takes values that stand in no file, and says whose they are', async () => {
    const root = chart('web', {
      valuesFiles: ['values/prod.yaml'],
      values: [valuesAt({ host: 'inline', service: { type: 'NodePort' } }, { path: 'argo/app.yaml', line: 12 })],
      parameters: [
        {
          name: 'service.type',
          value: 'ExternalName',
          forceString: false,
          origin: { path: 'argo/app.yaml', line: 20 },
        },
      ],
      includeCrds: false,
      origin: { path: 'argo/app.yaml', line: 9 },
    });
    const { objects } = await renderer.render(treeOf(FILES), root);
    expect(objects.map(({ kind }) => kind)).not.toContain('CustomResourceDefinition');
    const service = find(objects, 'Service');
    expect(service.body['spec']).toMatchObject({ type: 'ExternalName' });
    expect(placeOf(service.locate(['spec', 'type']))).toBe('argo/app.yaml:20');
    expect(placeOf(find(objects, 'ConfigMap', 'web').locate(['data', 'host']))).toBe('argo/app.yaml:12');
  });

  it('has what only `helm test` runs where somebody has it run', async () => {
    const files = {
      'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
      'templates/job.yaml':
        'apiVersion: batch/v1\nkind: Job\nmetadata: {name: setup, annotations: {helm.sh/hook: pre-install}}\n',
      'templates/test.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: "try-{{ randAlphaNum 5 }}", annotations: {helm.sh/hook: test}}\n',
    };
    const kinds = async (more?: { readonly runsTests: boolean }): Promise<readonly string[]> =>
      (await renderer.render(treeOf(files), chart('', more))).objects.map(({ kind }) => kind).sort();
    expect(await kinds()).toEqual(['Job']);
    expect(await kinds({ runsTests: true })).toEqual(['Job', 'Pod']);
  });

  it('renders packed charts, whose objects are placed at the package or the values', async () => {
    const packed = await packChart({
      'db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 0.1.0\n',
      'db/templates/cm.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: db\ndata:\n  host: {{ .Values.host }}\n',
    });
    const files = {
      'Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: db, version: 0.1.0, repository: "https://charts.example.com"}\n',
      'charts/db-0.1.0.tgz': packed,
      'values.yaml': 'db:\n  host: payments.example\n',
    };
    const { objects, diagnostics } = await renderer.render(treeOf(files), chart(''));
    expect(diagnostics).toEqual([]);
    const config = find(objects, 'ConfigMap');
    expect(placeOf(config.origin)).toBe('~charts/db-0.1.0.tgz:1');
    expect(placeOf(config.locate(['data', 'host']))).toBe('values.yaml:2');
  });

  it('names the line of the template that fails', async () => {
    const files = {
      'web/Chart.yaml': 'apiVersion: v2\nname: other\nversion: 0.1.0\n',
      'web/templates/a.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ required "a name, please" .Values.name }}\n',
    };
    const rendering = await renderer.render(treeOf(files), chart('web'));
    expect(rendering).toMatchObject({
      isComplete: false,
      diagnostics: [{ code: 'rendering-failed', path: 'web/templates/a.yaml', line: 4 }],
      unreadable: [{ path: 'web/Chart.yaml', line: 1, kind: null }],
    });
    expect(rendering.diagnostics[0]?.message).toContain('a name, please');
  });

  it('places what cannot be read of the output at its template', async () => {
    const files = {
      'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
      'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n',
      'templates/empty.yaml': '{{- if .Values.no }}x: y{{ end }}\n',
    };
    const rendering = await renderer.render(treeOf(files), chart(''));
    expect(rendering).toMatchObject({
      isComplete: true,
      diagnostics: [{ code: 'missing-name', path: 'templates/a.yaml', line: 1 }],
      unreadable: [{ path: 'templates/a.yaml', line: 1, kind: 'ConfigMap' }],
    });
  });
});
