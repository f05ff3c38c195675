import { describe, expect, it } from 'vitest';
import { parseManifestFile, isManifestPath } from '../../src/kubernetes/parse-manifest-file.js';
import { isInScope } from '../../src/layout/manifest-scope.js';
import { parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import { discoverMeshes } from '../../src/source/discover-meshes.js';
import type { Discovery } from '../../src/source/discovery.js';
import { testRenderer, treeOf, type Files } from './render/rendering.js';

const renderer = testRenderer();

async function discover(files: Files, configuration = '', formerly: Discovery['controlled'] = []): Promise<Discovery> {
  const { scope, allow: permissions, problems } = parsePolicyFile('c.yml', configuration);
  expect(problems).toEqual([]);
  const parsed = Object.entries(files)
    .filter(([path]) => isManifestPath(path) && isInScope(path, scope))
    .map(([path, content]) => parseManifestFile({ path, content }));
  const input = { files: parsed, openTree: () => Promise.resolve(treeOf(files)) };
  return discoverMeshes(input, { renderer, scope, permissions, formerly });
}

/** Mesh → `Kind namespace/name at path`, as somebody would list them by hand. */
async function listed(files: Files, configuration = ''): Promise<Readonly<Record<string, readonly string[]>>> {
  const { meshes } = await discover(files, configuration);
  return Object.fromEntries(
    meshes.map(({ name, manifests }) => [
      name,
      manifests.objects
        .filter(({ metadata }) => metadata.name !== '')
        .map(({ kind, metadata, origin }) => `${kind} ${metadata.namespace}/${metadata.name} at ${origin.path}`)
        .sort(),
    ]),
  );
}

function places({ diagnostics }: Pick<Discovery, 'diagnostics'>): readonly (readonly string[])[] {
  return diagnostics.map(({ code, path, line }) => [code, `${path}:${line}`]);
}

function deployment(name: string, namespace?: string): string {
  const where = namespace === undefined ? '' : `, namespace: ${namespace}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}${where}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: app, image: app}]}
`;
}

function application(name: string, source: string, destination: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://example.com/acme/platform", ${source}}
  destination: {${destination}}
`;
}

const HERE = 'server: "https://kubernetes.default.svc"';
const CHART: Files = {
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values.yaml': 'replicas: 1\nsidecar: false\n',
  'charts/shop/templates/web.yaml': deployment('{{ .Release.Name }}-web'),
};

describe('the layout of a tree', () => {
  it('of plain manifests is one mesh, whatever its folders are called', async () => {
    expect(await listed({ 'dev/a.yaml': deployment('a', 'dev'), 'prod/a.yaml': deployment('a', 'prod') })).toEqual({
      default: ['Deployment dev/a at dev/a.yaml', 'Deployment prod/a at prod/a.yaml'],
    });
  });

  it('of overlays is a mesh an overlay, with its own namespace and with what is for all', async () => {
    const files: Files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': deployment('web'),
      'overlays/dev/kustomization.yaml': 'namespace: shop-dev\nresources: [../../base]\n',
      'overlays/prod/kustomization.yaml':
        'namespace: shop\nnamePrefix: eu-\nresources: [../../base, ../../components/extra]\n',
      'components/extra/kustomization.yaml': 'resources: [extra.yaml]\n',
      'components/extra/extra.yaml': deployment('extra'),
      'mesh/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n',
    };
    expect(await listed(files)).toEqual({
      dev: ['Deployment shop-dev/web at base/web.yaml', 'Namespace /istio-system at mesh/namespace.yaml'],
      prod: [
        'Deployment shop/eu-extra at components/extra/extra.yaml',
        'Deployment shop/eu-web at base/web.yaml',
        'Namespace /istio-system at mesh/namespace.yaml',
      ],
    });
  });

  it('has nothing in it that a controller applied before, and none does now, be it by way of another', async () => {
    const shop = application('shop', 'path: overlays/prod', HERE);
    const files: Files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': deployment('web', 'shop'),
      'overlays/prod/kustomization.yaml': 'resources: [../../base]\n',
      'other/other.yaml': deployment('other', 'other'),
      'apps/shop.yaml': shop,
      'root.yaml': application('root', 'path: apps', HERE),
    };
    const without = (...left: readonly string[]): Files =>
      Object.fromEntries(Object.entries(files).filter(([path]) => !left.includes(path)));
    const { controlled } = await discover(files);
    const after = async (now: Files): Promise<readonly [readonly string[], readonly string[]]> => {
      const { meshes, abandoned } = await discover(now, '', controlled);
      return [
        meshes.flatMap(({ manifests: { objects } }) =>
          objects.flatMap(({ kind, metadata }) => (kind === 'Deployment' ? metadata.name : [])),
        ),
        abandoned.map(({ path }) => path).sort(),
      ];
    };
    expect(await after(files)).toEqual([['other', 'web'], []]);
    expect(await after(without('root.yaml'))).toEqual([['other'], ['apps', 'overlays/prod']]);
    expect(await after(without('apps/shop.yaml'))).toEqual([['other'], ['overlays/prod']]);
    const withoutOverlay = without('apps/shop.yaml', 'overlays/prod/kustomization.yaml');
    expect(await after(withoutOverlay)).toEqual([['other'], []]);
    // One that applies itself is where its cluster begins.
    const self = { ...without('root.yaml'), 'apps/root.yaml': application('root', 'path: apps', HERE) };
    const itself = await discover(self, '', (await discover(self)).controlled);
    expect(itself.abandoned).toEqual([]);
    expect(itself.meshes).toHaveLength(1);
  });

  it('of charts is a mesh for each environment that has values', async () => {
    expect(await listed(CHART)).toEqual({ shop: ['Deployment default/shop-web at charts/shop/templates/web.yaml'] });
    const withValues: Files = {
      ...CHART,
      'charts/shop/values-dev.yaml': 'replicas: 1\n',
      'charts/shop/values-prod.yaml': 'replicas: 3\n',
    };
    expect(Object.keys(await listed(withValues))).toEqual(['dev', 'prod']);
  });

  it('keeps alternatives apart that define the same', async () => {
    const files: Files = {
      ...CHART,
      'kubernetes-manifests/web.yaml': deployment('shop-web'),
      'kustomize/kustomization.yaml': 'namePrefix: shop-\nresources: [web.yaml]\n',
      'kustomize/web.yaml': `${deployment('web')}# another one\n`.replace('image: app', 'image: app:2'),
    };
    expect(Object.keys(await listed(files)).sort()).toEqual(['kubernetes-manifests', 'kustomize', 'shop']);
  });

  it('gives each alternative what is for all, and takes no environment for another one', async () => {
    const gateway = 'apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: front}\nspec: {servers: []}\n';
    const shared: Files = {
      'istio-manifests/gateway.yaml': gateway,
      'kubernetes-manifests/kustomization.yaml': 'resources: [web.yaml]\n',
      'kubernetes-manifests/web.yaml': deployment('web'),
    };
    const front = 'Gateway default/front at istio-manifests/gateway.yaml';
    expect(
      await listed({
        ...shared,
        'release/all.yaml': `${deployment('web', 'shop')}---\n${gateway}`,
        'kustomize/kustomization.yaml': 'namespace: web\nresources: [web.yaml]\n',
        'kustomize/web.yaml': deployment('web'),
      }),
    ).toEqual({
      'kubernetes-manifests': ['Deployment default/web at kubernetes-manifests/web.yaml', front],
      kustomize: ['Deployment web/web at kustomize/web.yaml', front],
      release: ['Deployment shop/web at release/all.yaml', 'Gateway default/front at release/all.yaml'],
    });
    const overlays = await listed({
      'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [web.yaml]\n',
      'overlays/dev/web.yaml': deployment('web'),
      'overlays/prod/kustomization.yaml': 'namespace: prod\nresources: [api.yaml]\n',
      'overlays/prod/api.yaml': deployment('api'),
      'quickstart/all.yaml': deployment('web'),
    });
    expect(Object.keys(overlays)).toEqual(['dev', 'prod', 'quickstart']);
  });

  it('stays as it is where a kustomization cannot be rendered', async () => {
    const files: Files = {
      'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [web.yaml, absent.yaml]\n',
      'overlays/dev/web.yaml': deployment('web'),
      'quickstart/all.yaml': deployment('web'),
    };
    expect(await listed(files)).toEqual({ dev: [], quickstart: ['Deployment default/web at quickstart/all.yaml'] });
  });

  it('keeps apart what manifests of one folder define twice, and what is beside it together', async () => {
    const changed = (name: string): string => deployment(name).replace('image: app', 'image: app:2');
    const files: Files = {
      'quickstart.yaml': deployment('web'),
      'whole.yaml': `${changed('web')}---\n${deployment('api')}`,
      'more/with-sql/web.yaml': changed('store'),
      'more/with-cache/web.yaml': deployment('store'),
      'more/cache.yaml': deployment('cache'),
      'chart/Chart.yaml': 'apiVersion: v2\nname: empty\nversion: 1.0.0\n',
    };
    expect(await listed(files)).toMatchObject({
      quickstart: ['Deployment default/cache at more/cache.yaml', 'Deployment default/web at quickstart.yaml'],
      whole: [
        'Deployment default/api at whole.yaml',
        'Deployment default/cache at more/cache.yaml',
        'Deployment default/web at whole.yaml',
      ],
      'with-cache': [
        'Deployment default/cache at more/cache.yaml',
        'Deployment default/store at more/with-cache/web.yaml',
      ],
      'with-sql': ['Deployment default/cache at more/cache.yaml', 'Deployment default/store at more/with-sql/web.yaml'],
    });
  });

  it('leaves samples out, wherever they stand', async () => {
    const files: Files = {
      'app/kustomization.yaml': 'resources: [web.yaml]\n',
      'app/web.yaml': deployment('web'),
      'more/mesh.yaml': deployment('mesh'),
      'more/examples/try.yaml': deployment('try'),
    };
    expect(Object.values(await listed(files)).flat()).toEqual([
      'Deployment default/mesh at more/mesh.yaml',
      'Deployment default/web at app/web.yaml',
    ]);
  });

  it('takes what is called as samples are for an environment where it stands among others', async () => {
    const files: Files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': deployment('web'),
      'overlays/test/kustomization.yaml': 'resources: [../../base]\n',
      'overlays/live/kustomization.yaml': 'resources: [../../base]\n',
      'legacy/dev/old.yaml': deployment('old'),
      'legacy/test/old.yaml': deployment('old'),
      'legacy/tools/test/tried.yaml': deployment('tried'),
    };
    const at = 'at base/web.yaml';
    expect(await listed(files)).toEqual({
      dev: ['Deployment default/old at legacy/dev/old.yaml'],
      live: [`Deployment default/web ${at}`],
      test: ['Deployment default/old at legacy/test/old.yaml', `Deployment default/web ${at}`],
    });
  });

  it('calls an alternative by the folder that tells what it is', async () => {
    const files: Files = {
      'apps/fast/base/kustomization.yaml': 'resources: [web.yaml]\n',
      'apps/fast/base/web.yaml': deployment('web'),
      'apps/slow/base/kustomization.yaml': 'resources: [web.yaml]\nnamePrefix: ""\nlabels: [{pairs: {slow: "1"}}]\n',
      'apps/slow/base/web.yaml': deployment('web'),
    };
    expect(Object.keys(await listed(files))).toEqual(['fast', 'slow']);
  });

  it('of Argo CD goes by Applications, whatever makes them, and by the cluster they name', async () => {
    const files: Files = {
      ...CHART,
      'bootstrap/root.yaml': application('root', 'path: apps', `${HERE}, namespace: argocd`),
      'apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
      'apps/templates/shop.yaml': application(
        'shop',
        'path: charts/shop, helm: {parameters: [{name: replicas, value: "2"}]}',
        `${HERE}, namespace: shop`,
      ),
      'apps/templates/plain.yaml': application('plain', 'path: plain', `${HERE}, namespace: web`),
      'apps/templates/other.yaml': application('other', 'path: plain', 'name: edge, namespace: web'),
      'plain/web.yaml': deployment('web'),
      'plain/own.yaml': deployment('own', 'own-namespace'),
      'plain/below/unseen.yaml': deployment('unseen'),
    };
    expect(await listed(files)).toEqual({
      edge: ['Deployment own-namespace/own at plain/own.yaml', 'Deployment web/web at plain/web.yaml'],
      'in-cluster': [
        'Deployment own-namespace/own at plain/own.yaml',
        'Deployment shop/shop-web at charts/shop/templates/web.yaml',
        'Deployment web/web at plain/web.yaml',
      ],
    });
  });

  it('of Argo CD is read by the tool that the Application names, else by the one that the folder is made for', async () => {
    const files: Files = {
      'apps/a.yaml': application('a', 'path: both', `${HERE}, namespace: found`),
      'apps/b.yaml': application('b', 'path: both, helm: {releaseName: b}', `${HERE}, namespace: helm`),
      'apps/c.yaml': application('c', 'path: kustomized', `${HERE}, namespace: as-it-is`),
      'apps/d.yaml': application('d', 'path: kustomized, directory: {recurse: true}', `${HERE}, namespace: whole`),
      'apps/e.yaml': application(
        'e',
        'path: kustomized, directory: {recurse: false, jsonnet: {}}',
        `${HERE}, namespace: nothing-asked`,
      ),
      'both/Chart.yaml': 'apiVersion: v2\nname: both\nversion: 1.0.0\n',
      'both/templates/web.yaml': deployment('{{ .Release.Name }}-web'),
      'both/kustomization.yaml': 'resources: [api.yaml]\n',
      'both/api.yaml': deployment('api'),
      'kustomized/kustomization.yaml': 'resources: [api.yaml]\n',
      'kustomized/api.yaml': deployment('api'),
      'kustomized/below/more.yaml': deployment('more'),
    };
    expect(await listed(files)).toEqual({
      'in-cluster': [
        'Deployment as-it-is/api at kustomized/api.yaml',
        'Deployment found/api at both/api.yaml',
        'Deployment helm/b-web at both/templates/web.yaml',
        'Deployment nothing-asked/api at kustomized/api.yaml',
        'Deployment whole/api at kustomized/api.yaml',
        'Deployment whole/more at kustomized/below/more.yaml',
      ],
    });
  });

  it('of Argo CD is known as far as it lies in the tree, also where a kustomization is refused', async () => {
    const files: Files = {
      'bootstrap/kustomization.yaml': 'resources: ["https://example.com/install.yaml", shop.yaml]\n',
      'bootstrap/shop.yaml': application('shop', 'path: shop', `${HERE}, namespace: shop`),
      'shop/web.yaml': deployment('web'),
    };
    expect(await listed(files)).toEqual({ 'in-cluster': ['Deployment shop/web at shop/web.yaml'] });
    const { diagnostics, meshes } = await discover(files);
    const all = [...diagnostics, ...meshes.flatMap(({ manifests }) => manifests.diagnostics)];
    expect(places({ diagnostics: all })).toEqual([['rendering-refused', 'bootstrap/kustomization.yaml:1']]);
  });

  it('of Argo CD follows Applications of a chart that a kustomization inflates, in the cluster whose folder it is', async () => {
    const inflated = `helmGlobals: {chartHome: ../../.helm}
helmCharts: [{name: apps, releaseName: apps, valuesFile: values.yaml}]
`;
    const files: Files = {
      '.helm/apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
      '.helm/apps/templates/apps.yaml': application(
        '{{ .Values.app }}',
        'path: "overlays/{{ .Values.app }}"',
        `${HERE}, namespace: shop`,
      ),
      'clusters/eu/kustomization.yaml': inflated,
      'clusters/eu/values.yaml': 'app: web\n',
      'clusters/us/kustomization.yaml': inflated,
      'clusters/us/values.yaml': 'app: api\n',
      'overlays/web/kustomization.yaml': 'resources: [web.yaml]\n',
      'overlays/web/web.yaml': deployment('web'),
      'overlays/api/kustomization.yaml': 'resources: [api.yaml]\n',
      'overlays/api/api.yaml': deployment('api'),
    };
    expect(await listed(files)).toEqual({
      eu: ['Deployment shop/web at overlays/web/web.yaml'],
      us: ['Deployment shop/api at overlays/api/api.yaml'],
    });
  });

  it('of ApplicationSets follows lists, folders, files and their products', async () => {
    const set = (generators: string, template: string): string => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
  generators:
${generators}
  template:
${template}
`;
    const template = (name: string, path: string, cluster: string): string => `    metadata: {name: '${name}'}
    spec:
      source: {repoURL: "https://example.com/acme/platform", path: '${path}'}
      destination: {name: '${cluster}', namespace: shop}`;
    const base: Files = { 'apps/a/a.yaml': deployment('a'), 'apps/b/b.yaml': deployment('b') };
    const folders = `    - git: {directories: [{path: 'apps/*'}, {path: apps/b, exclude: true}]}`;
    expect(
      await listed({ ...base, 'set.yaml': set(folders, template('{{path.basename}}', '{{path}}', 'eu')) }),
    ).toMatchObject({ eu: expect.arrayContaining(['Deployment shop/a at apps/a/a.yaml']) as unknown });
    const files = `    - git: {files: [{path: 'clusters/*/config.json'}]}`;
    const product = `    - matrix:
        generators:
          - git: {files: [{path: 'clusters/*/config.json'}]}
          - list: {elements: [{app: a}, {app: b}]}`;
    const configured: Files = {
      ...base,
      'clusters/one/config.json': '{"cluster": "eu"}',
      'clusters/two/config.json': '{"cluster": "us"}',
    };
    const single = await discover({
      ...configured,
      'set.yaml': set(files, template('a-{{cluster}}', 'apps/a', '{{cluster}}')),
    });
    expect(single.meshes.map(({ name }) => name).filter((name) => name.length === 2)).toEqual(['eu', 'us']);
    const both = await listed({
      ...configured,
      'set.yaml': set(product, template('{{app}}-{{cluster}}', 'apps/{{app}}', '{{cluster}}')),
    });
    expect(both['us']).toEqual(['Deployment shop/a at apps/a/a.yaml', 'Deployment shop/b at apps/b/b.yaml']);
    const unknown = await discover({ ...base, 'set.yaml': set('    - clusters: {}', template('x', 'apps/a', 'eu')) });
    expect(places(unknown)).toEqual([['generator-not-known', 'set.yaml:6']]);
  });

  it('of Flux goes by cluster folders, target namespaces and variables', async () => {
    const kustomization = (name: string, path: string, more = ''): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec: {path: ./${path}, prune: true, interval: 1h, sourceRef: {kind: GitRepository, name: flux-system}${more}}
`;
    const files: Files = {
      ...CHART,
      'clusters/eu/flux-system/sync.yaml': kustomization('flux-system', 'clusters/eu'),
      'clusters/eu/apps.yaml': kustomization(
        'apps',
        'apps',
        ', targetNamespace: shop, postBuild: {substitute: {name: web}}',
      ),
      'clusters/us/flux-system/sync.yaml': kustomization('flux-system', 'clusters/us'),
      'clusters/us/apps.yaml': kustomization('apps', 'apps', ', postBuild: {substitute: {name: site}}'),
      'apps/web.yaml': deployment('"${name}"', 'own'),
      'apps/release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: own}
spec:
  interval: 1h
  targetNamespace: releases
  chart: {spec: {chart: ./charts/shop, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
`,
    };
    const { eu, us } = await listed(files);
    expect(eu).toEqual([
      'Deployment releases/releases-shop-web at charts/shop/templates/web.yaml',
      'Deployment shop/web at apps/web.yaml',
    ]);
    expect(us).toEqual([
      'Deployment own/site at apps/web.yaml',
      'Deployment releases/releases-shop-web at charts/shop/templates/web.yaml',
    ]);
  });

  it('of Flux takes objects of one name in several folders for those of several clusters', async () => {
    const sync = (path: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./${path}, sourceRef: {kind: GitRepository, name: flux-system}}
`;
    const files: Files = {
      'gitops/edge/flux/sync.yaml': sync('gitops/edge/flux'),
      'gitops/edge/flux/web.yaml': deployment('web', 'edge'),
      'gitops/core/flux/sync.yaml': sync('gitops/core/flux'),
      'gitops/core/flux/web.yaml': deployment('web', 'core'),
    };
    expect(await listed(files)).toEqual({
      core: ['Deployment core/web at gitops/core/flux/web.yaml'],
      edge: ['Deployment edge/web at gitops/edge/flux/web.yaml'],
    });
  });

  it('of Flux leaves the braces of values and of scripts alone', async () => {
    const script = '#!/bin/sh\necho "${EVENT}"\n';
    const files: Files = {
      'clusters/eu/apps.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}, postBuild: {substitute: {a: b}}}
`,
      'apps/kustomization.yaml': `resources: [release.yaml]
configMapGenerator: [{name: scripts, namespace: shop, files: [run.sh]}]
generatorOptions: {disableNameSuffixHash: true, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}
`,
      'apps/run.sh': script,
      'apps/release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: shop}
spec: {chartRef: {kind: OCIRepository, name: app-template}, values: {secret: "{{ .Release.Name }}-secret"}}
`,
    };
    const { meshes } = await discover(files);
    const [mesh] = meshes;
    expect(mesh?.manifests.diagnostics).toEqual([]);
    expect(mesh?.manifests.unreadable).toEqual([]);
    expect(mesh?.manifests.objects.map(({ kind, body }) => [kind, body['data'] ?? null])).toEqual([
      ['ConfigMap', { 'run.sh': script }],
      ['HelmRelease', null],
    ]);
  });

  it('places what an order for a controller patches at the line of the patch', async () => {
    const flux = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
    - target: {kind: Deployment}
      patch: |
        - op: add
          path: /spec/replicas
          value: 3
`;
    const argo = `${application('other', 'path: other', HERE).replace(/ {2}source: .*\n/, '')}  source:
    repoURL: https://example.com/acme/platform
    path: other
    kustomize:
      namePrefix: eu-
      patches:
        - target: {kind: Deployment}
          patch: '[{"op": "add", "path": "/spec/replicas", "value": 3}]'
`;
    const { meshes } = await discover({
      'clusters/eu/apps.yaml': flux,
      'clusters/eu/other.yaml': argo,
      'apps/kustomization.yaml': 'resources: [web.yaml]\n',
      'apps/web.yaml': deployment('web'),
      'other/kustomization.yaml': 'resources: [other.yaml]\n',
      'other/other.yaml': deployment('other'),
    });
    const objects = meshes.flatMap(({ manifests }) => manifests.objects);
    expect(objects.map((object) => [object.metadata.name, object.locate(['spec', 'replicas'])])).toEqual([
      ['web', { path: 'clusters/eu/apps.yaml', line: 12 }],
      ['eu-other', { path: 'clusters/eu/other.yaml', line: 14 }],
    ]);
  });

  it('names variables without a value', async () => {
    const { meshes } = await discover({
      'clusters/eu/apps.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}, postBuild: {substitute: {a: b}}}
`,
      'apps/web.yaml': deployment('"web${suffix}"'),
    });
    const [mesh] = meshes;
    expect(mesh && places(mesh.manifests)).toEqual([['variable-without-value', 'apps/web.yaml:1']]);
  });

  it('says what it could not follow, and where', async () => {
    const { diagnostics, meshes } = await discover({
      'root.yaml': application('far', 'chart: redis, targetRevision: 1.0.0', HERE),
      'other.yaml': application('elsewhere', 'path: not/here', HERE),
    });
    expect(places({ diagnostics })).toEqual([
      ['source-not-in-tree', 'other.yaml:6'],
      ['source-not-in-tree', 'root.yaml:6'],
    ]);
    expect(meshes.flatMap(({ manifests }) => manifests.objects.map(({ kind }) => kind))).toEqual([
      'Application',
      'Application',
    ]);
  });
});

/** Mesh → its roots, with who says so. */
async function reasons(files: Files, configuration: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { meshes } = await discover(files, configuration);
  return Object.fromEntries(
    meshes.map(({ name, deliveries }) => [
      name,
      deliveries.map(({ root, reason }) => `${root.path}: ${reason}`).sort(),
    ]),
  );
}

describe('a layout that the configuration names', () => {
  const REGIONS: Files = {
    ...CHART,
    'charts/shop/templates/web.yaml': deployment('{{ .Release.Name }}-{{ .Values.region }}-{{ .Values.tag }}'),
    'regions/eu/values.yaml': 'region: eu\ntag: none\n',
    'regions/us/values.yaml': 'region: us\ntag: none\n',
    'regions/README.yaml': '# none\n',
    'regions/us/extra.yaml': deployment('extra'),
    'shared/common.yaml': deployment('common', 'common'),
    'tools/tool.yaml': deployment('tool'),
  };

  it('has a chart with the values, the names and the parameters of whoever applies it', async () => {
    const configuration = `meshes:
  - name: europe
    defaultNamespace: web
    roots: [{path: charts/shop, valuesFiles: [regions/eu/values.yaml], releaseName: front, parameters: [tag=v2]}]
  - name: america
    roots:
      - {path: charts/shop, namespace: usa, valuesFiles: [regions/eu/values.yaml, regions/us/values.yaml]}
      - {path: regions/us, kind: plain, namespace: usa}
discover: false
`;
    const at = 'at charts/shop/templates/web.yaml';
    expect(await listed(REGIONS, configuration)).toEqual({
      america: ['Deployment usa/extra at regions/us/extra.yaml', `Deployment usa/shop-us-none ${at}`],
      europe: [`Deployment web/front-eu-v2 ${at}`],
    });
    expect(await reasons(REGIONS, configuration)).toEqual({
      america: ['charts/shop: by the configuration', 'regions/us: by the configuration'],
      europe: ['charts/shop: by the configuration'],
    });
  });

  it('is a mesh for each folder that a * stands for', async () => {
    const configuration = `meshes:
  - name: "region-*"
    paths: [regions/*, shared]
    roots: [{path: charts/shop, valuesFiles: ["regions/*/values.yaml"]}]
`;
    const at = 'at charts/shop/templates/web.yaml';
    const common = 'Deployment common/common at shared/common.yaml';
    expect(await listed(REGIONS, configuration)).toEqual({
      'region-eu': [common, `Deployment default/shop-eu-none ${at}`],
      'region-us': [
        common,
        'Deployment default/extra at regions/us/extra.yaml',
        `Deployment default/shop-us-none ${at}`,
      ],
    });
    const byFile =
      'meshes: [{name: "*", roots: [{path: charts/shop, valuesFiles: ["regions/*.yaml"]}]}]\ndiscover: false\n';
    const moved = { ...CHART, 'regions/eu.yaml': 'replicas: 1\n', 'regions/us.yaml': 'replicas: 2\n' };
    expect(Object.keys(await listed(moved, byFile))).toEqual(['eu', 'us']);
  });

  it('wins for its paths, while the rest is found as ever', async () => {
    const files: Files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': deployment('web'),
      'overlays/dev/kustomization.yaml': 'namespace: shop-dev\nresources: [../../base]\n',
      'overlays/prod/kustomization.yaml': 'namespace: shop\nresources: [../../base]\n',
      'overlays/old/kustomization.yaml': 'namespace: old\nresources: [../../base]\n',
      'live/site/kustomization.yaml': 'namespace: site\nresources: [../../base]\n',
    };
    const configuration = `meshes: [{name: prod, roots: [{path: live/site}]}]\nignores: [overlays/old]\n`;
    expect(await reasons(files, configuration)).toEqual({
      dev: ['overlays/dev: a kustomization that no other one takes in'],
      prod: ['live/site: by the configuration', 'overlays/prod: a kustomization that no other one takes in'],
    });
    const claimed = 'meshes: [{name: a, paths: [overlays/dev]}, {name: b, paths: [overlays/prod, live]}]\n';
    expect(await reasons(files, claimed)).toEqual({
      a: ['overlays/dev: a kustomization that no other one takes in; in this mesh by the configuration'],
      b: [
        'live/site: a kustomization that no other one takes in; in this mesh by the configuration',
        'overlays/prod: a kustomization that no other one takes in; in this mesh by the configuration',
      ],
    });
    expect(Object.keys(await listed(files, `${claimed}discover: true\n`))).toEqual(['a', 'b', 'old']);
  });

  it('wins over a controller, and takes in what the controllers in its paths apply', async () => {
    const files: Files = {
      ...CHART,
      'charts/shop/templates/web.yaml': deployment('web-{{ .Values.replicas }}'),
      'clusters/one/shop.yaml': application('shop', 'path: charts/shop', `${HERE}, namespace: shop`),
      'clusters/one/plain.yaml': application('plain', 'path: apps/plain', `${HERE}, namespace: plain`),
      'clusters/two/plain.yaml': application('plain', 'path: apps/plain', `${HERE}, namespace: two`),
      'clusters/two/far.yaml': application('far', 'path: apps/far', 'name: one, namespace: far'),
      'clusters/three/lost.yaml': application('lost', 'path: not/here', HERE),
      'apps/plain/web.yaml': deployment('plain'),
      'apps/far/web.yaml': deployment('far'),
    };
    const configuration = `meshes:
  - {name: one, paths: [clusters/one], roots: [{path: charts/shop, namespace: web, parameters: [replicas=7]}]}
  - {name: two, paths: [clusters/two]}
`;
    expect(await listed(files, configuration)).toEqual({
      one: [
        'Deployment far/far at apps/far/web.yaml',
        'Deployment plain/plain at apps/plain/web.yaml',
        'Deployment web/web-7 at charts/shop/templates/web.yaml',
      ],
      two: ['Deployment two/plain at apps/plain/web.yaml'],
    });
    expect((await discover(files, configuration)).diagnostics).toEqual([]);
  });

  it('splits plain manifests, with a namespace a mesh', async () => {
    const files: Files = {
      'k8s/a/web.yaml': deployment('web'),
      'k8s/b/web.yaml': deployment('web'),
      'c.yaml': deployment('c'),
    };
    const configuration = `meshes:
  - {name: a, paths: [k8s/a], defaultNamespace: one, rootNamespace: root}
  - {name: b, paths: [k8s/b], defaultNamespace: two}
`;
    expect(await listed(files, configuration)).toEqual({
      a: ['Deployment one/web at k8s/a/web.yaml'],
      b: ['Deployment two/web at k8s/b/web.yaml'],
    });
    const { meshes } = await discover(files, configuration);
    expect(meshes.map(({ rootNamespace }) => rootNamespace)).toEqual(['root', undefined]);
    const rest = `${configuration}  - {name: rest}\n`;
    expect((await listed(files, rest))['rest']).toEqual(['Deployment default/c at c.yaml']);
  });

  it('takes single files of a folder, each with the namespace that it is applied in', async () => {
    const files: Files = { 'demo/alpha.yaml': deployment('web'), 'demo/beta.yaml': deployment('web') };
    const configuration = `meshes:
  - name: demo
    roots:
      - {path: demo/alpha.yaml, namespace: alpha}
      - {path: demo/beta.yaml, namespace: beta}
`;
    expect(await listed(files, configuration)).toEqual({
      demo: ['Deployment alpha/web at demo/alpha.yaml', 'Deployment beta/web at demo/beta.yaml'],
    });
    expect((await discover(files, configuration)).meshes[0]?.manifests.diagnostics).toEqual([]);
  });

  it('is told of where it fits nothing, and what is gone is not known', async () => {
    const configuration = `meshes:
  - {name: a, paths: [k8s/a, k8s/gone], roots: [{path: charts/none}, {path: charts/shop, valuesFiles: [none.yaml]}]}
  - {name: "x-*", paths: ["none/*"]}
`;
    const { meshes, diagnostics } = await discover({ ...CHART, 'k8s/a/web.yaml': deployment('web') }, configuration);
    expect(diagnostics.map(({ code, message }) => [code, message.slice(0, 12)])).toEqual([
      ['configured-path-unmatched', 'The mesh x-*'],
    ]);
    const [mesh] = meshes;
    expect(mesh?.manifests.diagnostics.map(({ code, message }) => [code, message.slice(0, 30)])).toEqual([
      ['configured-path-unmatched', 'charts/none, which the configu'],
      ['configured-path-unmatched', 'k8s/gone, which the configurat'],
      ['rendering-failed', 'The values file `none.yaml` is'],
    ]);
    expect(mesh?.manifests.unreadable.map(({ path, isAbsent = false }) => [path, isAbsent])).toEqual([
      ['charts/none', true],
      ['charts/shop/Chart.yaml', false],
      ['k8s/gone', true],
    ]);
  });
});

describe('a layout of which only a part is read', () => {
  const files: Files = {
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': deployment('web'),
    'overlays/dev/kustomization.yaml': 'namespace: shop-dev\nresources: [../../base]\n',
    'overlays/prod/kustomization.yaml': 'namespace: shop\nresources: [../../base]\n',
    ...CHART,
  };

  it('has no kustomization and no chart of other paths, but what it takes in from there', async () => {
    const prod = { prod: ['Deployment shop/web at base/web.yaml'] };
    expect(await listed(files, 'meshes: [{name: any, paths: [overlays/prod]}]')).toEqual(prod);
    expect(await listed(files, 'ignores: [overlays/dev, charts, base]')).toEqual(prod);
  });

  it('has nothing from there by a controller either', async () => {
    const app = { 'apps.yaml': application('shop', 'path: charts/shop', HERE) };
    expect(Object.values(await listed({ ...CHART, ...app })).flat()).toHaveLength(1);
    expect(Object.values(await listed({ ...CHART, ...app }, 'ignores: [charts]')).flat()).toEqual([]);
  });
});
