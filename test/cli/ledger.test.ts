import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../source/temporary-folder.js';
import { runCommand } from './run-command.js';

function deployment(name: string, url: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: app, image: app, env: [{name: API_URL, value: "${url}"}]}]}
`;
}

const TREE = {
  'README.md': 'hello',
  'apps/web/kustomization.yaml': 'resources: [web.yaml]\npatches: [{path: patch.yaml}]\n',
  'apps/web/web.yaml': deployment('web', 'http://api.example.com'),
  'apps/web/patch.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 2}\n',
  'apps/web/left-over.yaml': deployment('old', 'http://old.example.com'),
  'apps/shared/kustomization.yaml': 'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n',
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values.yaml': 'name: cart\n',
  'charts/shop/templates/web.yaml': deployment('{{ .Values.name }}', 'http://cart.example.com'),
  'charts/broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 1.0.0\n',
  'charts/broken/templates/web.yaml': '{{ fail "no" }}',
  'examples/demo.yaml': deployment('demo', 'http://demo.example.com'),
  '.github/workflows/ci.yaml': 'on: push\n',
  '.hidden/a.yaml': deployment('hidden', 'http://a'),
  'argocd/app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: far, namespace: argocd}
spec: {source: {repoURL: "https://example.com/far", path: far/away}, destination: {name: in-cluster}}
`,
  'old/filter.yaml':
    'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: f, namespace: shop}\nspec: {configPatches: [{applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {}}}]}\n',
  'ignored/a.yaml': deployment('ignored', 'http://a'),
  'egress-scope.yml': 'ignores: ["ignored/**"]\n',
};

interface Ledger {
  readonly roots: readonly Readonly<Record<string, unknown>>[];
  readonly skipped: readonly object[];
  readonly unknownHosts: readonly object[];
}

describe('the ledger of a tree', () => {
  it.each(['diff', 'reach', 'discover'])('accounts for every file: %s', async (command) => {
    const folder = temporaryFolder(TREE);
    const sides = command === 'diff' ? [folder, folder] : [folder];
    const { out, exitCode } = await runCommand(
      [command, ...sides, '--config', `${folder}/egress-scope.yml`, '--format', 'json'],
      { workingDirectory: folder },
    );
    const { ledger } = JSON.parse(out) as { ledger: Ledger };
    expect(exitCode).toBe(command === 'diff' ? 0 : 2);
    expect(
      ledger.roots.map(({ path, kind, tools, objects, failure }) => [path, kind, tools, objects, failure]),
    ).toEqual([
      ['apps/web', 'kustomize', [expect.stringMatching(/^kustomize v5\./)], 1, null],
      ['argocd', 'plain', [], 1, null],
      ['charts/broken', 'helm', [], 0, 'rendering-failed'],
      ['charts/shop', 'helm', [expect.stringMatching(/^Helm v\d/)], 1, null],
      ['old', 'plain', [], 1, null],
    ]);
    expect(ledger.skipped).toEqual([
      { reason: 'elsewhere', count: 1, paths: ['argocd/app.yaml'] },
      { reason: 'unused', count: 2, paths: ['apps/shared/kustomization.yaml', 'apps/web/left-over.yaml'] },
      { reason: 'sample', count: 1, paths: ['examples/demo.yaml'] },
      { reason: 'hidden', count: 1, paths: ['.hidden/a.yaml'] },
      { reason: 'ignored', count: 1, paths: ['ignored/a.yaml'] },
      { reason: 'no-manifests', count: 2, paths: ['.github/workflows/ci.yaml', 'egress-scope.yml'] },
    ]);
    expect(ledger.unknownHosts).toEqual([
      expect.objectContaining({ host: 'api.example.com', workloads: 1, path: 'apps/web/web.yaml', line: 8 }),
      expect.objectContaining({ host: 'cart.example.com', workloads: 1, path: 'charts/shop/templates/web.yaml' }),
    ]);
  });

  it('stands below the answer for people, who see that a pass leaves something out', async () => {
    const folder = temporaryFolder(TREE);
    const text = await runCommand(['diff', folder, folder], { workingDirectory: folder });
    expect(text.out).toMatch(/^Passes: no workload's egress changes\. 1 root could not be rendered\.\n/);
    expect(text.out).toContain('\n  Not rendered: 1 (charts/broken (rendering-failed))\n');
    const markdown = await runCommand(['diff', folder, folder, '--format', 'markdown'], { workingDirectory: folder });
    expect(markdown.out).toContain('- Left out, as samples or tests: 1 (`examples/demo.yaml`)\n');
  });
});
