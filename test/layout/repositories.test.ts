import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { placeObject } from '../../src/kubernetes/place-object.js';
import { discoverMeshes } from '../../src/source/discover-meshes.js';
import { openDirectoryTree } from '../../src/source/open-tree.js';
import { readDirectory } from '../../src/source/read-directory.js';
import { runCommand } from '../cli/run-command.js';
import { testRenderer } from '../source/render/rendering.js';

/**
 * Repositories of every layout that is followed: `tree/` is what people would have, `objects.txt` what they would say lives where
 * (`mesh: Kind namespace/name`), `by-hand.txt` the commands by which they would find out, each with the meshes that it tells of.
 */
const REPOSITORIES = join(import.meta.dirname, 'repositories');

/** An edit, which takes the mesh's one egress host that matters away, and every finding that it leads to. */
interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** `meshes: workload because of path:line` */
  readonly findings: readonly string[];
}

const renderer = testRenderer();

const GONE = { from: '        - payments/*\n', to: '' };
const OTHER = { from: 'payments: payments/*', to: 'payments: billing/*' };

const EDITS: Readonly<Record<string, Readonly<Record<string, Edit>>>> = {
  plain: {
    'of a manifest': {
      file: 'shop/sidecar.yaml',
      ...GONE,
      findings: ['default: shop/web because of shop/sidecar.yaml:8'],
    },
  },
  kustomize: {
    'of the base': {
      file: 'base/sidecar.yaml',
      ...GONE,
      findings: [
        'dev: shop-dev/web because of base/sidecar.yaml:8',
        'prod-us: shop/web because of base/sidecar.yaml:8',
      ],
    },
    'of an overlay’s patch': {
      file: 'overlays/prod-eu/sidecar.yaml',
      ...GONE,
      findings: ['prod-eu: shop/web because of overlays/prod-eu/sidecar.yaml:9'],
    },
  },
  helm: {
    'of the chart’s own values': {
      file: 'charts/shop/values.yaml',
      from: '    - payments/*\n',
      to: '',
      findings: ['dev, prod-us: default/shop-web because of charts/shop/values.yaml:4'],
    },
    'of the values of one environment': {
      file: 'charts/shop/values-prod-eu.yaml',
      from: '    - payments/*\n',
      to: '',
      findings: ['prod-eu: default/shop-web because of charts/shop/values-prod-eu.yaml:3'],
    },
    'of a template': {
      file: 'charts/shop/templates/web.yaml',
      from: 'metadata: {labels: {app: web}}',
      to: 'metadata: {labels: {app: web, sidecar.istio.io/inject: "false"}}',
      findings: ['dev, prod-eu, prod-us: default/shop-web because of charts/shop/templates/web.yaml:7'],
    },
  },
  'kustomize-helm-charts': {
    'of the chart’s own values': {
      file: 'charts/shop/values.yaml',
      from: '    - payments/*\n',
      to: '',
      findings: ['dev: shop/shop-web because of charts/shop/values.yaml:4'],
    },
    'of an overlay’s values': {
      file: 'overlays/prod/values.yaml',
      from: '    - payments/*\n',
      to: '',
      findings: ['prod: shop/shop-web because of overlays/prod/values.yaml:3'],
    },
  },
  'argo-app-of-apps': {
    'of the chart’s own values': {
      file: 'charts/shop/values.yaml',
      ...OTHER,
      findings: ['ap: shop/shop-ap-web because of charts/shop/values.yaml:2'],
    },
    'of a parameter': {
      file: 'apps/eu.yaml',
      from: 'value: payments/*',
      to: 'value: billing/*',
      findings: ['eu: shop/shop-web because of apps/eu.yaml:26'],
    },
    'of values as an object': {
      file: 'apps/us.yaml',
      ...OTHER,
      findings: ['us: shop/shop-web because of apps/us.yaml:25'],
    },
    'of values as text': {
      file: 'apps/asia.yaml',
      ...OTHER,
      findings: ['asia: shop/shop-web because of apps/asia.yaml:25'],
    },
  },
  'argo-set-of-a-list': {
    'of an element': {
      file: 'sets/shop.yaml',
      from: 'cluster: us\n            payments: payments/*',
      to: 'cluster: us\n            payments: billing/*',
      findings: ['us: shop/shop-web because of sets/shop.yaml:12'],
    },
    'of the chart': {
      file: 'charts/shop/templates/sidecar.yaml',
      from: '        - {{ .Values.egress.payments }}\n',
      to: '',
      findings: ['eu, us: shop/shop-web because of charts/shop/templates/sidecar.yaml:9'],
    },
  },
  'argo-set-of-folders': {
    'of the base': {
      file: 'base/sidecar.yaml',
      ...GONE,
      findings: ['old, us: shop/web because of base/sidecar.yaml:8'],
    },
    'of one folder': {
      file: 'clusters/eu/sidecar.yaml',
      ...GONE,
      findings: ['eu: shop/web because of clusters/eu/sidecar.yaml:8'],
    },
  },
  'argo-set-of-files': {
    'of a generator’s file': {
      file: 'clusters/eu/config.json',
      from: '"payments/*"',
      to: '"billing/*"',
      findings: ['eu: shop/shop-web because of clusters/eu/config.json:3'],
    },
    'of a values file': {
      file: 'clusters/ap/values.yaml',
      ...OTHER,
      findings: ['ap: shop/shop-web because of clusters/ap/values.yaml:2'],
    },
  },
  'argo-set-of-a-matrix': {
    'of the base': {
      file: 'apps/shop/base/sidecar.yaml',
      ...GONE,
      findings: ['us.clusters.example.com: shop/web because of apps/shop/base/sidecar.yaml:8'],
    },
    'of an overlay’s patch': {
      file: 'apps/shop/large/kustomization.yaml',
      from: '          - payments/*\n',
      to: '',
      findings: ['eu.clusters.example.com: shop/web because of apps/shop/large/kustomization.yaml:10'],
    },
  },
  flux: {
    'of the base': {
      file: 'apps/shop/sidecar.yaml',
      from: '{payments_host:=payments/*}',
      to: '{payments_host:=billing/*}',
      findings: ['us: shop/web because of apps/shop/sidecar.yaml:9'],
    },
    'of a variable': {
      file: 'clusters/eu/shop.yaml',
      from: 'payments_host: payments/*',
      to: 'payments_host: billing/*',
      findings: ['eu: shop/web because of clusters/eu/shop.yaml:23'],
    },
    'of a variable in a ConfigMap': {
      file: 'clusters/ap/settings.yaml',
      from: 'payments_host: payments/*',
      to: 'payments_host: billing/*',
      findings: ['ap: shop/web because of clusters/ap/settings.yaml:5'],
    },
    'of values in a ConfigMap': {
      file: 'clusters/eu/checkout-values.yaml',
      ...OTHER,
      findings: ['eu: checkout/checkout-web because of clusters/eu/checkout-values.yaml:7'],
    },
    'of the values of a release': {
      file: 'clusters/ap/checkout.yaml',
      ...OTHER,
      findings: ['ap: checkout/checkout-web because of clusters/ap/checkout.yaml:14'],
    },
  },
  mixed: {
    'of the base': {
      file: 'kustomize/base/sidecar.yaml',
      ...GONE,
      findings: ['staging: shop/web because of kustomize/base/sidecar.yaml:8'],
    },
    'of an overlay’s patch': {
      file: 'kustomize/overlays/prod/sidecar.yaml',
      ...GONE,
      findings: ['prod: shop/web because of kustomize/overlays/prod/sidecar.yaml:8'],
    },
    'of a values file': {
      file: 'charts/checkout/values-prod.yaml',
      ...OTHER,
      findings: ['prod: checkout/checkout-web because of charts/checkout/values-prod.yaml:2'],
    },
    'of a parameter': {
      file: 'argocd/staging.yaml',
      from: 'value: payments/*',
      to: 'value: billing/*',
      findings: ['staging: checkout/checkout-web because of argocd/staging.yaml:34'],
    },
  },
};

interface DiffJson {
  readonly verdict: string;
  readonly changes: readonly {
    readonly meshes: readonly string[];
    readonly severity: string;
    readonly workloads: readonly { readonly namespace: string; readonly name: string }[];
    readonly causes: readonly { readonly path: string; readonly line: number }[];
  }[];
  readonly diagnostics: readonly unknown[];
}

interface DiscoverJson {
  readonly meshes: readonly {
    readonly name: string;
    readonly resources: number;
    readonly objects: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[];
  }[];
  readonly diagnostics: readonly unknown[];
}

const work = mkdtempSync(join(tmpdir(), 'egress-scope-'));
const tools = join(work, 'bin');

beforeAll(() => {
  const script = (name: string, text: string): void => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  mkdirSync(tools);
  const [kubectl = '', helm = ''] = [process.env['KUSTOMIZE_BIN'], process.env['HELM_BIN']];
  script('helm', `exec '${helm}' "$@"`);
  script('kustomize', `shift\nexec '${kubectl}' kustomize --helm-command '${helm}' "$@"`);
});

afterAll(() => rmSync(work, { recursive: true }));

const treeOf = (name: string): string => join(REPOSITORIES, name, 'tree');

function linesOf(name: string, file: string): readonly string[] {
  const lines = readFileSync(join(REPOSITORIES, name, file), 'utf8').split('\n');
  return lines.filter((line) => line !== '');
}

async function answer(...args: readonly string[]): Promise<string> {
  const { out, err } = await runCommand(args, { workingDirectory: work, environment: process.env });
  expect(err).toBe('');
  return out;
}

/** What a command of `by-hand.txt` prints, as objects in the namespaces that it puts those in that name none. */
function byHand(name: string, command: string): readonly KubernetesObject[] {
  const env = { PATH: `${tools}:/usr/bin:/bin`, HOME: work };
  const content = execFileSync('/bin/sh', ['-c', command], { cwd: treeOf(name), env, encoding: 'utf8' });
  const namespace = /(?:--namespace|# into) (\S+)/.exec(command)?.[1] ?? 'default';
  const { objects } = parseManifestFile({ path: 'output.yaml', content });
  return objects.map((object) => placeObject(object, { namespace, overrides: false }));
}

/** What tells a controller what to apply: what it applies stands in its place. */
const ORDERS = ['Application', 'ApplicationSet', 'Kustomization', 'HelmRelease'];

/** Everything of an object but the place of its namespace. */
function contentOf({ metadata, body }: KubernetesObject): string {
  const own = JSON.parse(JSON.stringify(body)) as Record<string, Record<string, unknown>>;
  delete own['metadata']?.['namespace'];
  return `${metadata.namespace} ${JSON.stringify(sorted(own))}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

describe.each(readdirSync(REPOSITORIES))('the repository %s', (name) => {
  it('holds the meshes and objects that somebody listed by hand', async () => {
    const { meshes, diagnostics } = JSON.parse(
      await answer('discover', treeOf(name), '--render', '--format', 'json'),
    ) as DiscoverJson;
    const listed = meshes.flatMap(({ name: mesh, objects }) =>
      objects.map((object) => `${mesh}: ${object.kind} ${[object.namespace, object.name].filter(Boolean).join('/')}`),
    );
    expect(listed.sort()).toEqual([...linesOf(name, 'objects.txt')].sort());
    expect(meshes.map(({ resources }) => resources)).toEqual(meshes.map(({ objects }) => objects.length));
    expect(diagnostics).toEqual([]);
  });

  it('holds the objects that kustomize and Helm give by hand', async () => {
    const expected = new Map<string, KubernetesObject[]>();
    for (const line of linesOf(name, 'by-hand.txt')) {
      const [, meshes = '', command = ''] = /^([^:]+): (.+)$/.exec(line) ?? [];
      const objects = byHand(name, command).filter(({ kind }) => !ORDERS.includes(kind));
      for (const mesh of meshes.split(' ')) expected.set(mesh, [...(expected.get(mesh) ?? []), ...objects]);
    }
    const [files, openTree] = [readDirectory(treeOf(name)), () => openDirectoryTree(treeOf(name))];
    const parsed = files.files.map((file) => parseManifestFile(file));
    const { meshes } = await discoverMeshes({ files: parsed, openTree }, { renderer });
    const contents = (objects: readonly KubernetesObject[]): readonly string[] => objects.map(contentOf).sort();
    expect(Object.fromEntries(meshes.map((mesh) => [mesh.name, contents(mesh.manifests.objects)]))).toEqual(
      Object.fromEntries([...expected].map(([mesh, objects]) => [mesh, contents(objects)])),
    );
  });

  it.each(Object.entries(EDITS[name] ?? {}))(
    'tells of an edit %s, in the meshes that it reaches',
    async (what, edit) => {
      const after = join(work, `${name} ${what}`);
      cpSync(treeOf(name), after, { recursive: true });
      const written = readFileSync(join(after, edit.file), 'utf8');
      expect(written.split(edit.from)).toHaveLength(2);
      writeFileSync(join(after, edit.file), written.replace(edit.from, edit.to));

      const { verdict, changes, diagnostics } = JSON.parse(
        await answer('diff', treeOf(name), after, '--format', 'json'),
      ) as DiffJson;
      const findings = changes.map(({ meshes, workloads, causes }) => {
        const subjects = workloads.map((workload) => `${workload.namespace}/${workload.name}`);
        return `${meshes.join(', ')}: ${subjects.join(', ')} because of ${causes.map((cause) => `${cause.path}:${cause.line}`).join(', ')}`;
      });
      expect({ verdict, findings, diagnostics }).toEqual({ verdict: 'fail', findings: edit.findings, diagnostics: [] });

      const report = await answer('diff', treeOf(name), after, '--format', 'markdown');
      for (const finding of edit.findings) {
        const [, meshes = '', subject = '', place = ''] = /^(.+): (.+) because of (.+)$/.exec(finding) ?? [];
        expect(report).toContain(`\`${subject.replace('/', '/Deployment/')}\``);
        expect(report).toContain(`\`${place}\``);
        if (meshes !== 'default') expect(report).toContain(`in ${meshes.replaceAll(/[^, ]+/g, '`$&`')}`);
      }
    },
  );
});

it('tells of edits of every repository', () => {
  expect(Object.keys(EDITS).sort()).toEqual(readdirSync(REPOSITORIES).sort());
});
