import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitAll, git, temporaryFolder, temporaryRepository, writeFiles } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

type Files = Readonly<Record<string, string>>;

function deployment(name: string, url = 'http://api.example.com'): string {
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

const SIDECAR = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec: {egress: [{hosts: ["*/*"]}]}
`;
const NARROW = SIDECAR.replace('*/*', './*');

function application(path: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://example.com/acme/platform", path: ${path}}
  destination: {server: "https://kubernetes.default.svc", namespace: shop}
`;
}

/** A kustomization that does not render, as long as nobody writes `missing.yaml`. */
const BROKEN: Files = {
  'app/kustomization.yaml': 'resources: [web.yaml, missing.yaml]\n',
  'app/web.yaml': deployment('web'),
};
const MENDED: Files = { ...BROKEN, 'app/kustomization.yaml': 'resources: [web.yaml]\n' };
const REFUSED: Files = { 'app/kustomization.yaml': 'resources: ["https://github.com/acme/base//web?ref=v1"]\n' };
const OTHERS: Files = { 'other/other.yaml': deployment('other') };
const PREVIOUSLY = 'app/kustomization.yaml is part of the change and could not be rendered before it.';

async function diff(before: Files, after: Files): Promise<readonly [number, string, readonly string[], string]> {
  const [old, now] = [temporaryFolder(before), temporaryFolder(after)];
  const { exitCode, out, err } = await runCommand(['diff', old, now, '--format', 'json'], { workingDirectory: now });
  expect(err).toBe('');
  const { verdict, diagnostics } = JSON.parse(out) as { verdict: string; diagnostics: { code: string }[] };
  const text = await runCommand(['diff', old, now], { workingDirectory: now, columns: 500 });
  const codes = [...new Set(diagnostics.map(({ code }) => code))].filter((code) => code !== 'undeclared-namespace');
  return [exitCode, verdict, codes, text.out.replace(/\s+/g, ' ')];
}

function run(files: Files, command: string): Promise<Answer> {
  const folder = temporaryFolder(files);
  return runCommand([command, folder], { workingDirectory: folder });
}

const NOTHING = 'No manifests were found before the change, and none after it.';

describe('nothing found', () => {
  it.each<[string, Files]>([
    ['an empty folder', {}],
    ['a folder without manifests', { 'README.md': 'hello', 'values.yaml': 'a: 1\n' }],
    ['an Application of another repository', { 'app.yaml': application('nowhere/at/all') }],
    ['a kustomization that names nothing', { 'kustomization.yaml': 'resources: []\n' }],
    ['roots that are all refused', REFUSED],
    ['a library chart', { 'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n' }],
  ])('is undetermined: %s', async (_what, files) => {
    const [exitCode, verdict, , text] = await diff(files, files);
    expect([exitCode, verdict]).toEqual([2, 'undetermined']);
    expect(text).toContain(`Undetermined: n${NOTHING.slice(1)}`);
    for (const command of ['reach', 'discover']) {
      const answer = await run(files, command);
      expect([command, answer.exitCode]).toEqual([command, 2]);
      expect(answer.err).toContain('undetermined: no manifests were found\n');
    }
  });

  it('on one side is a change like others', async () => {
    expect((await diff({}, OTHERS))[0]).not.toBe(2);
    expect((await diff(OTHERS, {}))[0]).not.toBe(2);
  });

  it('is a slip in a pattern, of an option or of the configuration', async () => {
    const repository = temporaryRepository({ ...OTHERS, 'policy.yml': 'meshes: [{name: shop, paths: ["k8ss/**"]}]\n' });
    git(repository, 'switch', '--quiet', '-c', 'topic');
    writeFiles(repository, { 'other/other.yaml': deployment('other', 'http://b.example.com') });
    commitAll(repository, 'change');
    const where = { workingDirectory: repository };
    expect((await runCommand(['diff', 'main', 'topic', '--path', 'k8ss/**'], where)).exitCode).toBe(64);
    const configured = await runCommand(['diff', 'main', 'topic', '--config', 'policy.yml'], where);
    expect([configured.exitCode, configured.out.split('\n')[0]]).toEqual([
      2,
      expect.stringContaining('Undetermined: no manifests were found') as string,
    ]);
    expect((await runCommand(['reach', '.', '--config', 'policy.yml'], where)).exitCode).toBe(2);
  });
});

describe('a root that does not render', () => {
  it.each<[string, Files, Files, number, string]>([
    ['is no reason where it is as it was, and the change is of another workload', BROKEN, BROKEN, 0, 'Passes'],
    ['is one on the base side alone, since what it did is not known', BROKEN, MENDED, 1, PREVIOUSLY],
    [
      'is one on the new side alone',
      MENDED,
      BROKEN,
      2,
      'app/kustomization.yaml is part of the change and could not be rendered.',
    ],
    [
      'is one where a file that it is made of changes',
      BROKEN,
      { ...BROKEN, 'app/web.yaml': deployment('web', 'http://b.example.com') },
      2,
      'app/kustomization.yaml is part of the change and could not be rendered.',
    ],
  ])('%s', async (_what, before, after, expected, sentence) => {
    const changed = { 'other/other.yaml': deployment('other').replace('image: app', 'image: newer') };
    const [exitCode, , , text] = await diff({ ...OTHERS, ...before }, { ...changed, ...after });
    expect(text).toContain(sentence);
    expect(exitCode).toBe(expected);
  });

  it('is one where the change can decide for workloads that are not seen', async () => {
    const [exitCode, , codes, text] = await diff(
      { ...BROKEN, 'mesh/sidecar.yaml': SIDECAR },
      { ...BROKEN, 'mesh/sidecar.yaml': NARROW },
    );
    expect(text).toContain(
      'app/kustomization.yaml could not be rendered, and the change of Sidecar shop/default may matter to its workloads.',
    );
    expect([exitCode, codes]).toEqual([2, ['rendering-failed']]);
  });

  const umbrella = `apiVersion: v2
name: web
version: 1.0.0
dependencies: [{name: web, version: 1.0.0, repository: "https://charts.example.com"}]
`;

  it.each<[string, Files, number]>([
    ['none where nothing that it has is in the tree', REFUSED, 0],
    [
      'none where the workload is patched, and what stands beside it takes no part',
      {
        'app/kustomization.yaml': 'resources: ["https://example.com/a.yaml", ns.yaml]\npatches: [{path: web.yaml}]\n',
        'app/ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
        'app/web.yaml': deployment('web'),
      },
      0,
    ],
    ['none for a chart of a dependency that is elsewhere', { 'app/Chart.yaml': umbrella }, 0],
    ['one where it has objects beside', { 'app/Chart.yaml': umbrella, 'app/templates/a.yaml': deployment('a') }, 2],
    [
      'one where it makes objects of what is elsewhere',
      { 'app/Chart.yaml': umbrella, 'app/templates/a.yaml': '{{ include "web.deployment" . }}\n' },
      2,
    ],
  ])('of what would have to be fetched is %s', async (_what, files, expected) => {
    const [exitCode, , codes] = await diff(
      { ...OTHERS, ...files, 'mesh/sidecar.yaml': SIDECAR },
      { ...OTHERS, ...files, 'mesh/sidecar.yaml': NARROW },
    );
    expect([exitCode, codes]).toEqual([expected, ['rendering-refused']]);
  });

  const remote: Files = {
    ...OTHERS,
    'app/kustomization.yaml': `resources: ["https://example.com/base", web.yaml, ingress.yaml]
images: [{name: app, newTag: "1"}]
patches: [{path: patch.yaml}, {path: route.yaml, target: {kind: VirtualService}}]
`,
    'app/web.yaml': deployment('web'),
    'app/ingress.yaml': 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n',
    'app/patch.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, template: {spec: {containers: [{name: app, image: "app:1"}]}}}\n',
    'app/route.yaml': 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n',
    'app/README.md': 'hello\n',
  };

  it.each<[string, number, string, string, string]>([
    ['an image', 0, 'app/web.yaml', 'image: app', 'image: newer'],
    ['an image that kustomize sets', 0, 'app/kustomization.yaml', 'newTag: "1"', 'newTag: "2"'],
    ['an image in a patch', 0, 'app/patch.yaml', 'app:1', 'app:2'],
    ['the number of pods', 0, 'app/patch.yaml', 'replicas: 2', 'replicas: 3'],
    ['an object that takes no part', 0, 'app/ingress.yaml', '{name: web}', '{name: web, labels: {a: b}}'],
    ['a comment', 0, 'app/web.yaml', 'spec:\n', 'spec: # of the pods\n'],
    ['what people read', 0, 'app/README.md', 'hello', 'hello again'],
    ['whether there are pods', 2, 'app/patch.yaml', 'replicas: 2', 'replicas: 0'],
    ['what a container is given', 2, 'app/web.yaml', 'api.example.com', 'b.example.com'],
    ['an image by which Istio’s version is told', 2, 'app/web.yaml', 'image: app', 'image: istio/pilot:1.30.0'],
    ['a patch of whatever it is for', 2, 'app/route.yaml', '{name: web}', '{name: web, labels: {a: b}}'],
    ['what is fetched', 2, 'app/kustomization.yaml', 'example.com/base', 'example.com/base?ref=v2'],
  ])('is as it was, or not, where this alone differs: %s', async (_what, expected, file, from, to) => {
    const changed = { ...remote, [file]: remote[file]!.replace(from, to) };
    expect(changed).not.toEqual(remote);
    const [exitCode, , , text] = await diff(remote, changed);
    expect(exitCode).toBe(expected);
    if (expected === 2)
      expect(text).toContain('app/kustomization.yaml is part of the change and could not be rendered.');
  });

  it.each([
    ['a comment of its own values', 0, 'port: 80 # as ever', 'port: 80 # for now'],
    ['a value', 2, 'port: 80', 'port: 81'],
  ])('of a chart is as it was, or not, where this alone differs: %s', async (_what, expected, from, to) => {
    const files = {
      ...OTHERS,
      'app/Chart.yaml': umbrella,
      'app/templates/a.yaml': deployment('a'),
      'app/values.yaml': 'web:\n  port: 80 # as ever\n',
    };
    const changed = { ...files, 'app/values.yaml': files['app/values.yaml'].replace(from, to) };
    expect(changed).not.toEqual(files);
    expect((await diff(files, changed))[0]).toBe(expected);
  });

  it('is none in another mesh', async () => {
    const files = (sidecar: string): Files => ({
      'overlays/dev/kustomization.yaml': 'resources: [missing.yaml]\n',
      'overlays/prod/kustomization.yaml': 'resources: [a.yaml, sidecar.yaml]\n',
      'overlays/prod/a.yaml': deployment('a'),
      'overlays/prod/sidecar.yaml': sidecar,
    });
    const [exitCode, , codes] = await diff(files(SIDECAR), files(NARROW));
    expect([exitCode, codes]).toEqual([0, ['rendering-failed']]);
  });

  it('is named by commands that only read, which do not end well', async () => {
    for (const command of ['reach', 'discover']) {
      const { exitCode, out, err } = await run({ ...OTHERS, ...BROKEN }, command);
      expect([command, exitCode, err]).toEqual([
        command,
        2,
        'undetermined: app/kustomization.yaml could not be rendered\n',
      ]);
      expect(out).toContain('error rendering-failed');
    }
    const folder = temporaryFolder({ ...OTHERS, ...BROKEN });
    const explained = await runCommand(['explain', folder, '--from', 'shop/other', '--to', 'api.example.com:80'], {
      workingDirectory: folder,
    });
    expect([explained.exitCode, explained.err]).toEqual([0, 'note: app/kustomization.yaml could not be rendered\n']);
  });

  it('is one for want of a tool, too', async () => {
    const chart = {
      'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'shop/templates/web.yaml': deployment('web', '{{ .Values.url }}'),
    };
    const helm = process.env['HELM_BIN'];
    process.env['HELM_BIN'] = '/nowhere/helm';
    try {
      const [exitCode, verdict, codes, text] = await diff(
        { ...OTHERS, ...chart, 'shop/values.yaml': 'url: "http://a.example.com"\n' },
        { ...OTHERS, ...chart, 'shop/values.yaml': 'url: "http://b.example.com"\n' },
      );
      expect([exitCode, verdict, codes]).toEqual([2, 'undetermined', ['renderer-missing']]);
      expect(text).toContain('shop/Chart.yaml is part of the change and could not be rendered.');
      expect(text).toContain('https://helm.sh/docs/intro/install');
    } finally {
      if (helm === undefined) delete process.env['HELM_BIN'];
      else process.env['HELM_BIN'] = helm;
    }
  });
});

describe('an Application', () => {
  const tree = { ...OTHERS, 'shop/web.yaml': deployment('web'), 'argocd/app.yaml': application('shop') };

  it('that is pointed at what is not in the tree leaves the answer open', async () => {
    const [exitCode, , codes, text] = await diff(tree, { ...tree, 'argocd/app.yaml': application('elsewhere') });
    expect(text).toContain('pplication argocd/web is changed, and what it applies now is not in this tree.');
    expect([exitCode, codes]).toEqual([2, ['change-not-rendered', 'not-rendered', 'source-not-in-tree']]);
  });

  it.each([
    ['a folder that is not there', application('elsewhere')],
    ['a chart of a registry', application('shop').replace('path: shop', 'chart: shop')],
  ])('that applies to another cluster does so as well: %s', async (_what, written) => {
    const hub = (text: string): string => text.replace('https://kubernetes.default.svc', 'https://prod.example.com');
    const before = { ...tree, 'argocd/app.yaml': hub(application('shop')) };
    const [exitCode, , , text] = await diff(before, { ...before, 'argocd/app.yaml': hub(written) });
    expect(text).toContain('pplication argocd/web is changed, and what it applies now is not in this tree.');
    expect(exitCode).not.toBe(0);
  });

  it('whose folder goes away leaves the answer open', async () => {
    const [exitCode, , , text] = await diff(tree, { ...OTHERS, 'argocd/app.yaml': application('shop') });
    expect(text).toContain('pplication argocd/web is the same, but what it applies is no longer in this tree.');
    expect(exitCode).toBe(2);
  });

  it('that goes with its folder is no reason', async () => {
    expect((await diff(tree, OTHERS))[3]).not.toContain('in this tree');
  });

  it('that is deleted takes along what it applied, though the folder stays', async () => {
    const database: Files = {
      'data/db.yaml': `${deployment('db').replaceAll('shop', 'data')}---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {selector: {app: db}, ports: [{name: http, port: 80}]}
`,
    };
    const shop: Files = {
      'shop/web.yaml': deployment('web', 'http://db.data'),
      'argocd/app.yaml': application('shop'),
    };
    const data = application('data').replaceAll('shop', 'data').replace('name: web', 'name: data');
    const [exitCode, , , text] = await diff(
      { ...shop, ...database, 'argocd/data.yaml': data },
      { ...shop, ...database },
    );
    expect(text).toContain('Deployment/web would lose 1 destination altogether');
    expect(text).toContain('Nothing in the tree applies data any more, as Application argocd/data did.');
    expect(exitCode).toBe(1);
  });

  it('that is deleted leaves the answer open where all that is lost is of its own', async () => {
    const [exitCode, , , text] = await diff(tree, { ...OTHERS, 'shop/web.yaml': deployment('web') });
    expect(text).toContain('Undetermined: nothing in the tree applies shop any more, as Application argocd/web did.');
    expect(exitCode).toBe(2);
    // With its folder, nothing is left to ask.
    expect((await diff(tree, OTHERS))[0]).toBe(0);
  });

  it('that turns to another folder lets the first one go, as whoever reads it says', async () => {
    const further = { ...tree, 'next/web.yaml': deployment('next') };
    const [exitCode, , , text] = await diff(further, { ...further, 'argocd/app.yaml': application('next') });
    expect(exitCode).toBe(0);
    expect(text).toContain('1 workload removed: shop/Deployment/web');
    expect(text).not.toContain('any more');
  });

  it('that was so before leaves other changes alone', async () => {
    const elsewhere = { ...tree, 'argocd/app.yaml': application('elsewhere') };
    const changed = { ...elsewhere, 'other/other.yaml': deployment('other').replace('image: app', 'image: newer') };
    expect((await diff(elsewhere, changed))[0]).toBe(0);
  });
});

describe('an ApplicationSet', () => {
  const set = (generators: string): Files => ({
    ...OTHERS,
    'shop/web.yaml': deployment('web'),
    'argocd/set.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  generators: [${generators}]
  template:
    metadata: {name: "{{env}}"}
    spec:
      project: default
      source: {repoURL: "https://example.com/acme/platform", path: shop}
      destination: {server: "https://{{env}}.example.com", namespace: shop}
`,
  });
  const LIST = 'list: {elements: [{env: prod}]}';

  it.each([
    ['beside one that is known', `{${LIST}}, {clusters: {}}`],
    ['alone', '{clusters: {}}'],
  ])('that turns to a generator which is not known leaves the answer open: %s', async (_how, generators) => {
    const [exitCode, , codes, text] = await diff(set(`{${LIST}}`), set(generators));
    expect(text).toContain('pplicationSet argocd/all is changed, and what it applies now is not in this tree.');
    expect(codes).toContain('generator-not-known');
    expect(exitCode).not.toBe(0);
  });
});

describe('what a controller makes in a way that is not run here', () => {
  const plugin = application('shop').replace('path: shop', 'path: shop, plugin: {name: cdk8s}');
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: argocd}
spec:
  chart: {spec: {chart: ./shop, sourceRef: {kind: GitRepository, name: platform}}}
  postRenderers: [{kustomize: {patches: []}}]
`;

  it.each<[string, Files, string, string]>([
    [
      'a plugin',
      { 'argocd/app.yaml': plugin, 'shop/main.ts': 'web();\n' },
      'shop/main.ts',
      'what Application argocd/web makes of shop is part of the change and could not be rendered',
    ],
    [
      'jsonnet',
      { 'argocd/app.yaml': application('shop'), 'shop/web.jsonnet': 'local tag = 1;\n' },
      'shop/web.jsonnet',
      'what Application argocd/web makes of shop is part of the change and could not be rendered',
    ],
    [
      'a post-renderer',
      {
        'argocd/app.yaml': release,
        'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
        'shop/templates/web.yaml': deployment('web'),
      },
      'argocd/app.yaml',
      'what HelmRelease argocd/web makes is part of the change and could not be rendered',
    ],
  ])('leaves the answer open where it changes, and no other one: %s', async (_how, made, file, reason) => {
    const before: Files = { ...OTHERS, ...made, 'shop/README.md': 'hello\n' };
    const [exitCode, , , text] = await diff(before, {
      ...before,
      [file]: `${before[file] as string}# more\n`.replace('patches: []', 'patches: [{}]'),
    });
    expect(text).toContain(`Undetermined: ${reason}`);
    expect(exitCode).toBe(2);
    const reworded = { ...before, 'shop/README.md': 'hello again\n' };
    expect((await diff(before, reworded))[0]).toBe(0);
    const beside = { ...before, 'other/other.yaml': deployment('other').replace('image: app', 'image: newer') };
    expect((await diff(before, beside))[0]).toBe(0);
  });

  it('is the same where a manifest that it reads has another comment, and nothing else', async () => {
    const before = { ...OTHERS, 'argocd/app.yaml': plugin, 'shop/web.yaml': deployment('web') };
    const after = (from: string, to: string): Files => ({
      ...before,
      'shop/web.yaml': before['shop/web.yaml'].replace(from, to),
    });
    expect((await diff(before, after('spec:\n', 'spec: # of the pods\n')))[0]).toBe(0);
    expect((await diff(before, after('image: app', 'image: newer')))[0]).toBe(2);
  });
});

describe('an ApplicationSet of folders', () => {
  const set = (folders: string): string => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  generators: [{git: {repoURL: "https://example.com/acme/platform", directories: [${folders}]}}]
  template:
    metadata: {name: "{{path.basename}}"}
    spec:
      project: default
      source: {repoURL: "https://example.com/acme/platform", path: "{{path}}"}
      destination: {server: "https://kubernetes.default.svc", namespace: shop}
`;
  const TREE: Files = { 'apps/api/api.yaml': deployment('api'), 'apps/web/web.yaml': deployment('web') };
  const BOTH = { ...TREE, 'argocd/set.yaml': set('{path: apps/api}, {path: apps/web}') };

  it('lets go the folders that it names no more', async () => {
    const [exitCode, , , text] = await diff(BOTH, { ...TREE, 'argocd/set.yaml': set('{path: apps/api}') });
    expect(exitCode).toBe(0);
    expect(text).toContain('1 workload removed: shop/Deployment/web');
  });

  it('leaves the answer open where it is deleted, and the folders stay', async () => {
    const [exitCode, , , text] = await diff(BOTH, TREE);
    expect(exitCode).toBe(2);
    expect(text).toContain('Nothing in the tree applies apps/web any more, as Application argocd/web did.');
  });
});

describe('a chart that holds what is not in the tree', () => {
  const CHART: Files = {
    ...OTHERS,
    'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'shop/templates/_helpers.tpl': '{{- define "shop.name" }}web{{ end }}\n',
    'shop/templates/sidecar.yaml': SIDECAR,
    'shop/templates/web.yaml': deployment('web'),
  };

  /** The same change, of a repository: a folder alone cannot have submodules. */
  async function change(edit: (repository: string) => void): Promise<Answer> {
    const repository = temporaryRepository(CHART);
    const before = git(repository, 'rev-parse', 'HEAD').trim();
    edit(repository);
    git(repository, 'commit', '--quiet', '--all', '--allow-empty', '-m', 'second');
    return runCommand(['diff', before, 'HEAD'], { workingDirectory: repository, columns: 500 });
  }
  const COMMIT = '0123456789012345678901234567890123456789';
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n';
  const link = (repository: string, path: string): void => {
    rmSync(join(repository, path));
    symlinkSync('/etc/hostname', join(repository, path));
  };

  it.each<[string, string, (repository: string) => void]>([
    [
      'a link',
      'symlink-not-followed HEAD:shop/templates/sidecar.yaml:1',
      (r) => link(r, 'shop/templates/sidecar.yaml'),
    ],
    [
      'a pointer',
      'lfs-pointer HEAD:shop/templates/web.yaml:1',
      (r) => writeFiles(r, { 'shop/templates/web.yaml': pointer }),
    ],
    [
      'a helper',
      'lfs-pointer HEAD:shop/templates/_helpers.tpl:1',
      (r) => writeFiles(r, { 'shop/templates/_helpers.tpl': pointer }),
    ],
    [
      'a submodule',
      'submodule-not-read HEAD:shop/templates/more:1',
      (r) => {
        mkdirSync(join(r, 'shop/templates/more'));
        git(r, 'update-index', '--add', '--cacheinfo', `160000,${COMMIT},shop/templates/more`);
      },
    ],
  ])('leaves the answer open: %s', async (_what, finding, edit) => {
    const { exitCode, out } = await change(edit);
    expect(out).toContain('shop/Chart.yaml is part of the change and could not be rendered.');
    expect(out).toContain(finding);
    expect(exitCode).toBe(2);
  });

  it('is rendered where what is missing is for its readers', async () => {
    const { out } = await change((repository) => {
      writeFiles(repository, { 'shop/icon.png': pointer });
      symlinkSync('/etc/hostname', join(repository, 'shop/README.md'));
      git(repository, 'add', '.');
    });
    expect(out).not.toContain('could not be rendered');
  });
});
