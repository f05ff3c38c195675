import { mkdtempSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSourceTree } from '../../../src/source/create-source-tree.js';
import { isAllowedAddress, isRemoteAddress } from '../../../src/source/render/remote-address.js';
import { lookupOffset } from '../../../src/source/render/chart-closure.js';
import type { Rendering } from '../../../src/source/render/rendering.js';
import { findConfinement, runTool } from '../../../src/source/render/run-tool.js';
import { chart, packChart, testRenderer, toolsOf, treeOf, type Files } from './rendering.js';

const renderer = testRenderer();
const ROOT = { kind: 'kustomization', path: '' } as const;

// A folder for temporary files of its own shows what is left in it.
const TEMPORARY = mkdtempSync(join(tmpdir(), 'egress-scope-'));
process.env['TMPDIR'] = TEMPORARY;

afterEach(() => {
  expect(readdirSync(TEMPORARY).filter((name) => name.startsWith('egress-scope-render-'))).toEqual([]);
});

/** The refusals of a kustomization, as `path:line`. */
async function refusals(kustomization: string, files: Files = {}): Promise<readonly string[]> {
  const { diagnostics, isComplete, objects, unreadable } = await renderer.render(
    treeOf({ 'kustomization.yaml': kustomization, ...files }),
    ROOT,
  );
  expect({ isComplete, objects, unreadable }).toMatchObject({
    isComplete: false,
    objects: [],
    unreadable: [{ kind: null }],
  });
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['rendering-refused']));
  return diagnostics.map(({ path, line }) => `${path}:${line}`);
}

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\n';

describe('what reaches out of the repository', () => {
  it.each([
    'https://example.com/base.yaml',
    'http://169.254.169.254/latest',
    'github.com/acme/base',
    'GitHub.com/acme/base',
    'github.com:acme/base',
    'git@github.com:acme/base.git',
    'git::https://example.com/base',
    'ssh://git@example.com/base',
    'file:///etc/passwd',
    'org-1@example.com:acme/base',
    'example.com/acme/base.git',
    'example.com/acme/base?ref=main',
    'dev.azure.com/acme/_git/base',
    'host:path',
    '/etc/passwd',
    '../../etc/passwd',
  ])('refuses the resource %s', async (address) => {
    expect(await refusals(`# remote\nresources:\n  - a.yaml\n  - ${address}\n`, { 'a.yaml': SERVICE })).toEqual([
      'kustomization.yaml:4',
    ]);
  });

  it.each([
    ['bases', '- %s'],
    ['components', '- %s'],
    ['Resources', '- %s'],
    ['RESOURCES', '- %s'],
    ['re\u017Fources', '- %s'],
    ['crds', '- %s'],
    ['configurations', '- %s'],
    ['patchesStrategicMerge', '- %s'],
    ['patches', '- path: %s'],
    ['patches', '- Path: %s'],
    ['patchesJson6902', '- path: %s'],
    ['replacements', '- path: %s'],
    ['generators', '- %s'],
    ['transformers', '- %s'],
    ['validators', '- %s'],
    ['configMapGenerator', '- {name: a, files: [k=%s]}'],
    ['configMapGenerator', '- {name: a, envs: [%s]}'],
    ['secretGenerator', '- {name: a, env: %s}'],
    ['helmCharts', '- {name: a, repo: %s}'],
    ['helmCharts', '- {name: a, Repo: %s}'],
    ['helmCharts', '- {name: web, valuesFile: %s}'],
    ['helmCharts', '- {name: web, additionalValuesFiles: [%s]}'],
    ['helmChartInflationGenerator', '- {chartName: a, chartRepoUrl: %s}'],
  ])('refuses an address in %s: %s', async (field, item) => {
    const files = { 'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n' };
    const text = `namePrefix: a-\n${field}:\n${item.replace('%s', 'https://example.com/x')}\n`;
    expect(await refusals(text, files)).toEqual(['kustomization.yaml:3']);
  });

  it('refuses them in what a kustomization takes in, and in what a controller adds', async () => {
    const files = {
      'base/kustomization.yaml': 'resources:\n- ../deep\n',
      'deep/kustomization.yaml': 'resources:\n- https://example.com/x\n',
    };
    expect(await refusals('resources: [base]\n', files)).toEqual(['deep/kustomization.yaml:2']);
    const root = {
      ...ROOT,
      overrides: { components: ['https://example.com/x'] },
      origin: { path: 'app.yaml', line: 7 },
    };
    const { diagnostics } = await renderer.render(treeOf({ 'kustomization.yaml': 'resources: []\n' }), root);
    expect(diagnostics).toMatchObject([{ code: 'rendering-refused', path: 'app.yaml', line: 7 }]);
  });

  it('refuses the schema of an address', async () => {
    expect(await refusals('openapi:\n  path: https://example.com/x\n')).toEqual(['kustomization.yaml:2']);
  });

  it('refuses a folder of the tree that kustomize would take for an address', async () => {
    expect(
      await refusals('resources: [github.com/acme/base]\n', { 'github.com/acme/base/kustomization.yaml': '' }),
    ).toHaveLength(1);
  });

  it('refuses a chart whose dependencies would be fetched', async () => {
    const files = {
      'Chart.yaml':
        'apiVersion: v2\nname: a\nversion: 0.1.0\ndependencies:\n  - name: b\n    version: 1.0.0\n    repository: https://charts.example.com\n  - name: c\n    version: 1.0.0\n    repository: file://../../c\n',
    };
    const { diagnostics, isComplete } = await renderer.render(treeOf(files), chart(''));
    expect(isComplete).toBe(false);
    expect(diagnostics.map(({ code, path, line }) => [code, path, line])).toEqual([
      ['rendering-refused', 'Chart.yaml', 5],
      ['rendering-refused', 'Chart.yaml', 8],
    ]);
  });

  it('refuses values from outside', async () => {
    const files = { 'Chart.yaml': 'apiVersion: v2\nname: a\nversion: 0.1.0\n' };
    for (const path of ['https://example.com/values.yaml', '../values.yaml', '/etc/passwd']) {
      expect(await renderer.render(treeOf(files), chart('', { valuesFiles: [path] }))).toMatchObject({
        isComplete: false,
        diagnostics: [{ code: 'rendering-refused' }],
      });
    }
  });

  it('refuses the schema of values that refers to others, in a packed chart too', async () => {
    const Chart = 'apiVersion: v2\nname: a\nversion: 0.1.0\n';
    const schema = '{"properties":\n{"a": {"$ref": "file:///etc/passwd"}}}';
    const packed = await packChart({ 'b/Chart.yaml': Chart, 'b/values.schema.json': schema });
    for (const files of [{ 'values.schema.json': schema }, { 'charts/b-0.1.0.tgz': packed }] as const) {
      const { diagnostics } = await renderer.render(treeOf({ 'Chart.yaml': Chart, ...files }), chart(''));
      expect(diagnostics).toMatchObject([{ code: 'rendering-refused', path: Object.keys(files)[0] }]);
    }
  });

  it('knows an address from what only looks like one that is allowed', () => {
    const allowed = ['https://github.com/acme/platform/', 'oci://ghcr.io/acme'];
    for (const address of [
      'https://github.com/acme/platform',
      'https://github.com/acme/platform//base?ref=v1',
      'git::https://github.com/acme/platform',
      'github.com/acme/platform/base?ref=v1',
      'HTTPS://GitHub.com:443/acme/platform?ref=v1',
      'oci://ghcr.io/acme/chart',
    ])
      expect([address, isAllowedAddress(address, allowed)]).toEqual([address, true]);
    for (const address of [
      'https://github.com/acme/platform2',
      'https://github.com/acme',
      'https://github.com/acme/platform/../evil',
      'https://github.com/acme/platform@evil.example',
      'https://github.com/acme/platform/%2e%2e/evil',
      'https://github.com/acme/platform?ref=--upload-pack=id',
      'https://github.com/acme/./../evil/platform',
      'https://github.com:8443/acme/platform',
      'https://github.com.evil.example/acme/platform',
      'https://github.com//acme/platform',
      'https://github.com/ACME/platform',
      'oci://ghcr.io/acme-evil/chart',
      'git@github.com:acme/platform',
      'http://github.com/acme/platform',
      'https://evil.example/https://github.com/acme/platform',
    ])
      expect([address, isAllowedAddress(address, allowed)]).toEqual([address, false]);
    expect(isAllowedAddress('https://x', [''])).toBe(false);
    for (const path of ['base', '../base', './a.yaml', 'a/b-c_d.e/f'])
      expect([path, isRemoteAddress(path)]).toEqual([path, false]);
  });
});

describe('what runs programs', () => {
  it.each([
    ['an executable', 'apiVersion: someteam.example.com/v1\nkind: Exec\nmetadata: {name: a}\n'],
    [
      'a function',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n',
    ],
    [
      'a function under a builtin’s name',
      'apiVersion: builtin\nkind: PatchTransformer\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/function: "container: {image: x}"}\n',
    ],
  ])('refuses %s as a generator, transformer or validator', async (_, plugin) => {
    for (const field of ['generators', 'Transformers', 'validators']) {
      expect(await refusals(`${field}: [p.yaml]\n`, { 'p.yaml': `# one\n${plugin}` })).toEqual(['p.yaml:2']);
      expect(
        await refusals(`${field}: [d]\n`, { 'd/kustomization.yaml': 'resources: [p.yaml]', 'd/p.yaml': plugin }),
      ).toEqual(['d/p.yaml:1']);
      const inline = plugin.replaceAll('\n', '\n    ').trimEnd();
      expect(await refusals(`${field}:\n  - |-\n    ${inline}\n`)).toEqual(['kustomization.yaml:2']);
    }
  });

  it('refuses plugins that something could change after they were looked at', async () => {
    const files = {
      'd/kustomization.yaml': 'resources: [p.yaml]\npatches:\n- patch: "[]"\n',
      'd/p.yaml': 'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\n',
    };
    expect(await refusals('transformers: [d]\n', files)).toEqual(['d/kustomization.yaml:3']);
  });

  it('runs what is built into kustomize', async () => {
    const files = {
      'kustomization.yaml': 'resources: [s.yaml]\ntransformers: [p.yaml, q.yaml]\n',
      's.yaml': SERVICE,
      'p.yaml':
        'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: p-\nfieldSpecs: [{path: metadata/name}]\n',
      'q.yaml':
        'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: b}\npath: patch.yaml\ntarget: {kind: Service}\n',
      'patch.yaml': '- {op: add, path: /spec, value: {type: ClusterIP}}\n',
    };
    expect(await renderer.render(treeOf(files), ROOT)).toMatchObject({
      diagnostics: [],
      objects: [{ body: { metadata: { name: 'p-s' }, spec: { type: 'ClusterIP' } } }],
    });
  });

  it.each(['releaseName: --post-renderer=/bin/sh', 'name: --kubeconfig=/etc/x', 'namespace: -x', 'helmBin: /bin/sh'])(
    'refuses options in a chart: %s',
    async (field) => {
      const name = field.startsWith('name:') ? '' : 'name: web, ';
      const files = {
        'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
        'charts/--kubeconfig=/etc/x/Chart.yaml': '',
      };
      expect(await refusals(`helmCharts:\n- {${name}${field}}\n`, files)).toEqual(['kustomization.yaml:2']);
    },
  );

  it('refuses settings of Helm', async () => {
    expect(await refusals('helmGlobals:\n  configHome: ./home\n')).toEqual(['kustomization.yaml:2']);
  });

  it('takes the fields of a release for values of options, not for options', async () => {
    const files = { 'Chart.yaml': 'apiVersion: v2\nname: a\nversion: 0.1.0\n', 'templates/a.yaml': SERVICE };
    for (const more of [{ releaseName: '--post-renderer=/bin/sh' }, { kubeVersion: 'x --debug' }])
      expect(await renderer.render(treeOf(files), chart('', more))).toMatchObject({
        isComplete: false,
        diagnostics: [{ code: 'rendering-failed' }],
      });
  });
});

describe('lookup', () => {
  const Chart = 'apiVersion: v2\nname: a\nversion: 0.1.0\n';
  const LOOKUP = 'a: b\n{{- $x := (lookup "v1" "Secret" "a" "b") }}\n';

  it('is refused where it stands, also in a packed chart, unless the chart is allowed it', async () => {
    const inTemplate = { 'c/Chart.yaml': Chart, 'c/templates/a.yaml': `${SERVICE}${LOOKUP}` };
    expect(await renderer.render(treeOf(inTemplate), chart('c'))).toMatchObject({
      isComplete: false,
      diagnostics: [{ code: 'rendering-refused', path: 'c/templates/a.yaml', line: 5 }],
    });
    const allowed = await renderer.render(treeOf(inTemplate), chart('c'), { remotes: [], lookups: ['c'] });
    expect(allowed).toMatchObject({ isComplete: true, objects: [{ kind: 'Service' }] });
    const inner = await packChart({ 'e/Chart.yaml': Chart, 'e/templates/a.yaml': LOOKUP });
    const packed = await packChart({ 'd/Chart.yaml': Chart, 'd/charts/e-0.1.0.tgz': inner });
    const { diagnostics } = await renderer.render(
      treeOf({ 'c/Chart.yaml': Chart, 'c/charts/d-0.1.0.tgz': packed }),
      chart('c'),
    );
    expect(diagnostics).toMatchObject([{ code: 'rendering-refused', path: 'c/charts/d-0.1.0.tgz' }]);
    expect(diagnostics[0]?.message).toContain('e/templates/a.yaml, line 2');
  });

  it.each([
    ['{{ lookup "v1" }}', true],
    ['{{- if (lookup "v1" "a") }}', true],
    ['{{ "}}" | quote }}{{ x | lookup }}', true],
    ['{{ "lookup" }}', false],
    ['{{ `lookup` }}{{/* lookup */}}', false],
    ['{{ .Values.lookup }}{{ $lookup }}', false],
    ['lookup: {{ .Values.a }} lookup', false],
    [`${'{{/* '.repeat(20_000)} lookup`, false],
    [`${'{{ "'.repeat(20_001)} lookup`, false],
  ])('is told from other text: %#', (text, isCall) => {
    expect(lookupOffset(text) !== -1).toBe(isCall);
  });
});

describe('limits', () => {
  const Chart = 'apiVersion: v2\nname: a\nversion: 0.1.0\n';
  const LOOP = {
    'Chart.yaml': Chart,
    'templates/a.yaml': '{{- range until 3000000 }}{{- range until 3000000 }}{{- end }}{{- end }}\n',
  };
  const FLOOD = {
    'Chart.yaml': Chart,
    'templates/a.yaml': '{{- range until 100000 }}{{ repeat 20000 "x" }}\n{{- end }}\n',
  };
  const FINE = { 'Chart.yaml': Chart, 'templates/a.yaml': SERVICE };

  it('ends a chart that loops or that prints gigabytes, while others are rendered and this process goes on', async () => {
    const limited = testRenderer({ limits: { milliseconds: 6000 }, concurrency: 3 });
    const started = Date.now();
    let longest = 0;
    let last = started;
    const pulse = setInterval(() => {
      longest = Math.max(longest, Date.now() - last);
      last = Date.now();
    }, 20);
    const ended: string[] = [];
    const render = async (name: string, files: Files): Promise<Rendering> => {
      const rendering = await limited.render(treeOf(files), chart(''));
      ended.push(name);
      return rendering;
    };
    const [loop, flood, fine] = await Promise.all([render('loop', LOOP), render('flood', FLOOD), render('fine', FINE)]);
    clearInterval(pulse);
    expect(fine.isComplete).toBe(true);
    expect(ended[0]).toBe('fine');
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(longest).toBeLessThan(3000);
    expect(loop).toMatchObject({
      isComplete: false,
      diagnostics: [{ code: 'rendering-limit', path: 'Chart.yaml', line: 1 }],
      unreadable: [{}],
    });
    expect(loop.diagnostics[0]?.message).toContain('6 seconds');
    expect(flood).toMatchObject({ isComplete: false, diagnostics: [{ code: 'rendering-limit' }], unreadable: [{}] });
  });

  it('ends a tree of nothing but such charts, and renders another one meanwhile', async () => {
    const limited = testRenderer({ limits: { milliseconds: 2000 }, concurrency: 2 });
    const hostile = treeOf(LOOP);
    const ended: string[] = [];
    const render = async (name: string, rendering: Promise<Rendering>): Promise<Rendering> => {
      const { diagnostics } = await rendering;
      ended.push(`${name}: ${diagnostics.map(({ message }) => message).join()}`);
      return rendering;
    };
    const loops = Array.from({ length: 20 }, (_, index) =>
      render('loop', limited.render(hostile, chart('', { releaseName: `r${index}` }))),
    );
    await Promise.all([render('fine', limited.render(treeOf(FINE), chart(''))), ...loops]);
    expect(ended[0]).toBe('fine: ');
    const stopped = ended.filter((each) => each.includes('2 seconds'));
    expect(stopped.length).toBeLessThan(8);
    expect(ended.filter((each) => each.includes('all the time that there is'))).toHaveLength(20 - stopped.length);
    expect(new Set((await Promise.all(loops)).map(({ isComplete }) => isComplete))).toEqual(new Set([false]));
  });

  it('stops at its limit of memory', async () => {
    const limited = testRenderer({ limits: { memoryBytes: 300 * 2 ** 20 } });
    const { diagnostics } = await limited.render(treeOf(FLOOD), chart(''));
    expect(diagnostics).toMatchObject([{ code: 'rendering-limit' }]);
    expect(diagnostics[0]?.message).toContain('300 MiB of memory');
  });

  it('stops at its limit of output', async () => {
    const limited = testRenderer({ limits: { outputBytes: 10 } });
    const { diagnostics } = await limited.render(treeOf(FINE), chart(''));
    expect(diagnostics[0]).toMatchObject({ code: 'rendering-limit' });
    expect(diagnostics[0]?.message).toContain('output');
  });

  it.each<[string, Readonly<Record<string, number>>, string]>([
    [
      'of too many files',
      Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`files/${index}.txt`, 1])),
      'It takes 20001 files',
    ],
    ['of too many bytes', { 'files/large.bin': 256 * 2 ** 20 }, 'of 257 MiB'],
  ])('does not begin with a chart %s, nor reads what it holds', async (_what, sizes, says) => {
    const content = Buffer.from(Chart);
    const entries = Object.entries({ 'Chart.yaml': content.byteLength, ...sizes });
    const read: string[] = [];
    const tree = createSourceTree(new Map(entries.map(([path, size]) => [path, { size, digest: path }])), (paths) => {
      read.push(...paths);
      return Promise.resolve(new Map(paths.map((path) => [path, content])));
    });
    const rendering = await renderer.render(tree, chart(''));
    expect(rendering).toMatchObject({ isComplete: false, diagnostics: [{ code: 'rendering-limit' }] });
    expect(rendering.diagnostics[0]?.message).toContain(says);
    expect(new Set(read)).toEqual(new Set(['Chart.yaml']));
  });

  it('gives up on a packed chart that unpacks to too much', async () => {
    const packed = await packChart({ 'b/Chart.yaml': Chart, 'b/x': new Uint8Array(80 * 2 ** 20) });
    expect(
      await renderer.render(treeOf({ 'Chart.yaml': Chart, 'charts/b-0.1.0.tgz': packed }), chart('')),
    ).toMatchObject({ isComplete: false, diagnostics: [{ path: 'charts/b-0.1.0.tgz' }] });
  });

  it('ends what runs when it is closed', async () => {
    const closing = testRenderer();
    const running = closing.render(treeOf(LOOP), chart(''));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await closing.close();
    expect((await running).isComplete).toBe(false);
  });

  it('keeps a tool from the network and from the secrets of this process', async () => {
    const confinement = await findConfinement();
    expect(confinement.noNetwork[0]).toContain('unshare');
    expect(confinement.limits[0]).toContain('prlimit');
    const server = createServer((_, answer) => answer.end('reached'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const script = `fetch('http://127.0.0.1:${port}').then((answer) => answer.text(), () => 'no network').then((text) => console.log(text, JSON.stringify(process.env)))`;
    const run = async (needsNetwork: boolean): Promise<string> => {
      const result = await runTool(confinement, {
        command: process.execPath,
        args: ['-e', script],
        folder: tmpdir(),
        env: { HOME: '/nowhere' },
        needsNetwork,
        limits: { milliseconds: 20_000, memoryBytes: 8 * 2 ** 30, outputBytes: 10_000 },
        signal: new AbortController().signal,
      });
      return result.kind === 'done' ? result.stdout.toString('utf8').trim() : result.kind;
    };
    expect(await run(false)).toBe('no network {"HOME":"/nowhere"}');
    expect(await run(true)).toBe('reached {"HOME":"/nowhere"}');
    server.close();
  });
});

describe('what is allowed', () => {
  it('is fetched: a chart’s dependency from a repository that the list names', async () => {
    const packed = await packChart({
      'b/Chart.yaml': 'apiVersion: v2\nname: b\nversion: 1.0.0\n',
      'b/templates/s.yaml': SERVICE,
    });
    let requests = 0;
    const server = createServer((request, answer) => {
      requests += 1;
      if (request.url?.endsWith('index.yaml'))
        answer.end(
          'apiVersion: v1\nentries:\n  b:\n  - name: b\n    version: 1.0.0\n    apiVersion: v2\n    urls: [b-1.0.0.tgz]\n',
        );
      else answer.end(packed);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tree = treeOf({
      'Chart.yaml': `apiVersion: v2\nname: a\nversion: 0.1.0\ndependencies:\n- {name: b, version: 1.0.0, repository: "${repository}/charts"}\n`,
    });
    expect(await renderer.render(tree, chart(''))).toMatchObject({ isComplete: false });
    expect(requests).toBe(0);
    for (const release of ['current', 'previous'] as const) {
      const rendering = await testRenderer({ env: toolsOf(release) }).render(tree, chart(''), {
        remotes: [repository],
        lookups: [],
      });
      expect(rendering).toMatchObject({ isComplete: true, diagnostics: [], objects: [{ kind: 'Service' }] });
    }
    expect(requests).toBeGreaterThan(1);
    server.close();
  });
});
