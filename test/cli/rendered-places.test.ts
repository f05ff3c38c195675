import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../source/temporary-folder.js';
import { runCommand } from './run-command.js';

const MESH = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
`;
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: web
        envFrom: [{configMapRef: {name: settings}}]
        env:
        - {name: HOST, value: replaced}
        volumeMounts: [{name: settings, mountPath: /settings}]
      volumes: [{name: settings, configMap: {name: files}}]
`;
const HOST = `apiVersion: v1
kind: ConfigMap
metadata: {name: host, namespace: shop}
data: {host: "http://api.example.com:8080"}
`;

interface Places {
  readonly changes: readonly {
    readonly destinations: readonly { readonly host: string }[];
    readonly causes: readonly { readonly path: string; readonly line: number | null; readonly exact?: false }[];
  }[];
}

async function diff(after: Readonly<Record<string, string>>, format: string): Promise<string> {
  const base = { 'mesh/mesh.yaml': MESH };
  const [before, now] = [temporaryFolder(base), temporaryFolder({ ...base, ...after })];
  const { out, err } = await runCommand(['diff', before, now, '--format', format], { workingDirectory: now });
  expect(err).toBe('');
  return out;
}

/** Host → `path:line`, and whether it is exact. */
async function causes(after: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { changes } = JSON.parse(await diff(after, 'json')) as Places;
  return Object.fromEntries(
    changes.flatMap(({ destinations, causes: found }) =>
      destinations.map(({ host }) => [
        host,
        found.map(({ path, line, exact }) => `${path}:${String(line)}${exact === false ? ' or so' : ''}`).join(', '),
      ]),
    ),
  );
}

describe('the line of what a rendering made', () => {
  it('is that of a generator’s file or literal, beside that of the new workload which reads it', async () => {
    expect(
      await causes({
        'shop/kustomization.yaml': `namespace: shop
resources: [web.yaml]
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
- name: settings
  literals:
  - API_URL=http://literal.example.com
- name: files
  files:
  - app.properties
`,
        'shop/app.properties': `name=web

cart.url=http://first.example.com
cart.port=80
pay.url=http://second.example.com
`,
        'shop/web.yaml': WEB,
      }),
    ).toEqual({
      'literal.example.com': 'shop/kustomization.yaml:7, shop/web.yaml:1',
      'first.example.com': 'shop/app.properties:3, shop/web.yaml:1',
      'second.example.com': 'shop/app.properties:5, shop/web.yaml:1',
    });
  });

  it('is called a near one where a replacement put the value together', async () => {
    const files = {
      'shop/kustomization.yaml': `resources: [web.yaml, host.yaml]
replacements:
- source: {kind: ConfigMap, name: host, fieldPath: data.host}
  targets: [{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.containers.0.env.0.value"]}]
`,
      'shop/host.yaml': HOST,
      'shop/web.yaml': WEB,
    };
    expect(await causes(files)).toEqual({ 'api.example.com': 'shop/web.yaml:14 or so' });
    expect(await diff(files, 'text')).toContain('shop/web.yaml:14');
    expect(await diff(files, 'text')).toMatch(/because of something near \S+shop\/web\.yaml:14\n/);
    expect(await diff(files, 'markdown')).toContain('near `shop/web.yaml:14`');
  });
});
