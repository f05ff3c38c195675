import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import { completedRun, openPull, runsOf, StandInApp } from './stand-in-app.js';
import type { Changes, Files } from './stand-in/git-store.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';

/** Long enough for any other pull request to get its answer meanwhile. */
const RENDER_SECONDS = 15;

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: web}]}
`;
const SERVICE =
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n';

function argo(helm: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  destination: {name: prod, namespace: web}
  source:
    repoURL: https://git.example.com/acme/mesh.git
    path: charts/web
${helm}`;
}

function flux(more: string): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: flux, namespace: flux}
spec:
  interval: 10m
  chart: {spec: {chart: ./charts/flux, sourceRef: {kind: GitRepository, name: flux-system}}}
${more}`;
}

/** Something of every kind that is rendered; a change adds what is hostile to it. */
const BASE: Files = {
  'app/kustomization.yaml': 'namespace: app\nresources:\n  - web.yaml\n',
  'app/web.yaml': WEB,
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'charts/web/templates/web.yaml': WEB,
  'charts/flux/Chart.yaml': 'apiVersion: v2\nname: flux\nversion: 1.0.0\n',
  'charts/flux/templates/web.yaml': WEB,
  'argocd/web.yaml': argo(''),
  'flux/flux.yaml': flux(''),
};

/** A change of `app/kustomization.yaml`, whose fourth line is `more`. */
function kustomization(more: string, files: Changes = {}): Changes {
  return { 'app/kustomization.yaml': `namespace: app\nresources:\n  - web.yaml\n${more}\n`, ...files };
}

function template(text: string): Changes {
  return { 'charts/web/templates/web.yaml': `${WEB}${text}\n` };
}

interface Hostile {
  readonly changes: Changes;
  /** What the check run says, and where. */
  readonly says: string;
  readonly at: string;
}

/** @param address of a server on this machine, which nothing may reach. */
function hostileChanges(address: string): Readonly<Record<string, Hostile>> {
  const host = address.replace('http://', '');
  const plugin = (more: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\n${more}`;
  const annotated = (what: string): string =>
    plugin(`  annotations:\n    config.kubernetes.io/function: |\n      ${what}\n`);
  const inKustomization = 'app/kustomization.yaml:4';
  return {
    'a remote base': {
      changes: kustomization(`  - ${address}/base?ref=main`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a resource by its address': {
      changes: kustomization(`  - ${address}/web.yaml`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a base by git': {
      changes: kustomization(`  - git::${address}/acme/base`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a base by ssh': {
      changes: kustomization(`  - git@${host}:acme/base.git`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a patch by its address': {
      changes: kustomization(`patches: [{path: "${address}/p.yaml"}]`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a chart repository': {
      changes: kustomization(`helmCharts: [{name: x, version: 1.0.0, repo: "${address}"}]`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a chart out of a registry': {
      changes: kustomization(`helmCharts: [{name: x, version: 1.0.0, repo: "oci://${host}/x"}]`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a chart’s dependency': {
      changes: {
        'charts/web/Chart.yaml': `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n  - {name: x, version: 1.0.0, repository: "${address}"}\n`,
      },
      says: 'would come from',
      at: 'charts/web/Chart.yaml:5',
    },
    'an executable plugin': {
      changes: kustomization('generators: [p.yaml]', {
        'app/p.yaml': 'apiVersion: team.example.com/v1\nkind: Exec\nmetadata: {name: p}\n',
      }),
      says: 'not built into kustomize',
      at: 'app/p.yaml:1',
    },
    'a function in a container': {
      changes: kustomization('transformers: [p.yaml]', { 'app/p.yaml': annotated('container: {image: evil}') }),
      says: 'not built into kustomize',
      at: 'app/p.yaml:1',
    },
    'a function as a program': {
      changes: kustomization('transformers: [p.yaml]', {
        'app/p.yaml': annotated('exec: {path: ./run.sh}'),
        'app/run.sh': `#!/bin/sh\ncurl ${address}\n`,
      }),
      says: 'not built into kustomize',
      at: 'app/p.yaml:1',
    },
    'a function in Starlark': {
      changes: kustomization('validators: [p.yaml]', {
        'app/p.yaml': annotated(`starlark: {url: "${address}", name: x}`),
      }),
      says: 'not built into kustomize',
      at: 'app/p.yaml:1',
    },
    'a post-renderer by a kustomization': {
      changes: kustomization('helmCharts: [{name: x, releaseName: --post-renderer=/bin/sh}]', {
        'app/charts/x/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
      }),
      says: 'would be an option of Helm',
      at: inKustomization,
    },
    'Helm plugins by a kustomization': {
      changes: kustomization('helmGlobals: {configHome: ./home}'),
      says: 'would give Helm settings',
      at: inKustomization,
    },
    'a post-renderer by Flux': {
      changes: { 'flux/flux.yaml': flux('  postRenderers: [{kustomize: {patches: []}}]\n') },
      says: 'post-renderers',
      at: 'flux/flux.yaml:7',
    },
    'a plugin by Argo CD': {
      changes: { 'argocd/web.yaml': argo('    plugin: {name: evil}\n') },
      says: 'what a plugin makes',
      at: 'argocd/web.yaml:9',
    },
    'an option for a release’s name by Argo CD': {
      changes: { 'argocd/web.yaml': argo('    helm: {releaseName: "--post-renderer=/bin/sh"}\n') },
      says: 'does not render',
      at: 'charts/web/Chart.yaml:1',
    },
    'an option for a values file by Argo CD': {
      changes: { 'argocd/web.yaml': argo('    helm: {valueFiles: ["--post-renderer=/bin/sh"]}\n') },
      says: 'which is not in this tree',
      at: 'argocd/web.yaml:9',
    },
    'values by an address': {
      changes: { 'argocd/web.yaml': argo(`    helm: {valueFiles: ["${address}/values.yaml"]}\n`) },
      says: 'which is not in this tree',
      at: 'argocd/web.yaml:9',
    },
    'a command for a release’s name': {
      changes: { 'argocd/web.yaml': argo(`    helm: {releaseName: "$(curl ${address})"}\n`) },
      says: 'does not render',
      at: 'charts/web/Chart.yaml:1',
    },
    'a command for a folder’s name': {
      changes: kustomization(`  - "$(curl ${host})"`),
      says: 'outside of the repository',
      at: inKustomization,
    },
    'a question to the cluster': {
      changes: template('{{ $x := lookup "v1" "Secret" "a" "b" }}'),
      says: 'asks a cluster',
      at: 'charts/web/templates/web.yaml:9',
    },
    'the environment in a template': {
      changes: template('# {{ env "WEBHOOK_SECRET" }}'),
      says: 'not defined',
      at: 'charts/web/templates/web.yaml:9',
    },
    'a name looked up in a template': {
      changes: template(`# {{ required "no answer" (getHostByName "localhost") }}`),
      says: 'no answer',
      at: 'charts/web/templates/web.yaml:9',
    },
    'a file outside of the chart': {
      changes: template('# {{ required "no file" (.Files.Get "../../app/web.yaml") }}'),
      says: 'no file',
      at: 'charts/web/templates/web.yaml:9',
    },
    'a file outside of the repository': {
      changes: template('# {{ required "no file" (.Files.Get "/etc/passwd") }}'),
      says: 'no file',
      at: 'charts/web/templates/web.yaml:9',
    },
    'a link out of the tree': {
      changes: kustomization('', { 'app/web.yaml': { symlink: '../../../../../../etc/passwd' } }),
      says: 'is not in the repository',
      at: 'app/kustomization.yaml:3',
    },
    'a schema of values by its address': {
      changes: { 'charts/web/values.schema.json': `{"$ref": "${address}/schema.json"}` },
      says: 'refers to one outside',
      at: 'charts/web/values.schema.json:1',
    },
  };
}

let app: StandInApp;
let listener: Server;
let requests = 0;

beforeAll(async () => {
  const { KUSTOMIZE_BIN = '', HELM_BIN = '' } = process.env;
  app = await StandInApp.start({ KUSTOMIZE_BIN, HELM_BIN, TEST_RENDER_SECONDS: String(RENDER_SECONDS) });
  listener = createServer((_request, answer) => {
    requests += 1;
    answer.end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await app.stop();
  listener.close();
});

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Everything that the check run shows. */
function textOf({ output, annotations }: StoredCheckRun): string {
  return `${output.title}\n${output.summary}\n${annotations.map((each) => `${String(each['path'])}:${String(each['start_line'])} ${String(each['message'])}`).join('\n')}`;
}

/** As many pull requests as one installation may be told of in a minute. */
const PULLS_OF_A_REPOSITORY = 8;

describe('a change that reaches out of its repository, or runs programs', () => {
  it('ends as a diagnostic at its line, never as a success, and nothing is asked', async () => {
    const cases = Object.entries(hostileChanges(addressOf(listener)));
    const opened: { readonly name: string; readonly people: RepositoryPeople; readonly pull: StoredPull }[] = [];
    const others = await app.newRepository({ files: BASE });
    for (let first = 0; first < cases.length; first += PULLS_OF_A_REPOSITORY) {
      const people = await app.newRepository({ files: BASE });
      for (const [name, { changes }] of cases.slice(first, first + PULLS_OF_A_REPOSITORY)) {
        opened.push({ name, people, pull: await openPull(people, `change-${opened.length}`, changes) });
      }
    }
    const other = await openPull(others, 'change', { 'charts/web/templates/service.yaml': SERVICE });
    expect((await completedRun(others, other.head)).conclusion).toBe('success');
    const answers: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const { name, people, pull } of opened) {
      const run = await completedRun(people, pull.head);
      const { says, at } = hostileChanges(addressOf(listener))[name]!;
      const text = textOf(run);
      answers[name] = {
        conclusion: run.conclusion,
        says: text.includes(says) ? says : text,
        at: text.includes(at) ? at : text,
      };
      expected[name] = { conclusion: 'failure', says, at };
    }
    expect(answers).toEqual(expected);
    expect(requests).toBe(0);
    expect(app.github.violations).toEqual([]);
  });
});

/** Charts that take everything that they are given, by the names of their branches. */
const ENDLESS: Readonly<Record<string, { readonly changes: Changes; readonly says: string }>> = {
  loops: {
    changes: template('{{- range until 3000000 }}{{- range until 3000000 }}{{- end }}{{- end }}'),
    says: `took more than ${RENDER_SECONDS} seconds`,
  },
  'prints-gigabytes': {
    changes: template('{{- range until 100000 }}{{ repeat 20000 "x" }}\n{{- end }}'),
    says: 'took more than',
  },
  'takes-all-memory': {
    changes: template('{{- $x := "x" }}{{- range until 60 }}{{- $x = print $x $x }}{{- end }}'),
    says: 'of memory',
  },
};

describe('changes that take all time, output or memory', () => {
  it('end at their limits, after another repository has its answer', async () => {
    const [people, others] = [await app.newRepository({ files: BASE }), await app.newRepository({ files: BASE })];
    const pulls = new Map<string, StoredPull>();
    for (const [name, { changes }] of Object.entries(ENDLESS)) pulls.set(name, await openPull(people, name, changes));
    const isRunning = (name: string): boolean =>
      runsOf(people, pulls.get(name)!.head).some(({ status }) => status === 'in_progress');
    await until(() => isRunning('loops'));

    const other = await openPull(others, 'change', { 'charts/web/templates/service.yaml': SERVICE });
    const answer = await completedRun(others, other.head);
    expect(isRunning('loops')).toBe(true);
    expect(answer.conclusion).toBe('success');

    for (const [name, { says }] of Object.entries(ENDLESS)) {
      const run = await completedRun(people, pulls.get(name)!.head);
      expect(run.conclusion).toBe('failure');
      expect(textOf(run)).toContain('rendering-limit');
      expect(textOf(run)).toContain(says);
    }
    expect(app.github.violations).toEqual([]);
  });
});
