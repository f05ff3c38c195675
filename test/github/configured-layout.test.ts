import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import { runCommand, type Answer } from '../cli/run-command.js';
import { packChart } from '../source/render/rendering.js';
import type { Changes, Files } from './stand-in/git-store.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { completedRun, openPull, StandInApp } from './stand-in-app.js';

const CONFIGURATION = '.github/egress-scope.yml';

let app: StandInApp;
let people: RepositoryPeople;
let pull: StoredPull;

beforeAll(async () => {
  const { KUSTOMIZE_BIN = '', HELM_BIN = '', PATH = '' } = process.env;
  app = await StandInApp.start({ KUSTOMIZE_BIN, HELM_BIN, PATH });
});

afterAll(() => app.stop());

async function judge(changes: Changes, files: Files): Promise<StoredCheckRun> {
  people = await app.newRepository({ files });
  pull = await openPull(people, 'change', changes);
  const run = await completedRun(people, pull.head);
  expect(app.github.violations).toEqual([]);
  return run;
}

function pr(...options: string[]): Promise<Answer> {
  const environment = {
    ...process.env,
    GITHUB_TOKEN: app.github.userToken('someone'),
    GITHUB_API_URL: app.github.world.apiUrl,
  };
  return runCommand(['pr', `${people.fullName}#${pull.number}`, ...options], { environment, workingDirectory: '/' });
}

function workload(name: string, calls: string): string {
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: app, image: app, env: [{name: OTHER, value: "http://${calls}"}]}]
`;
}

/** Lets a namespace's proxies know their own namespace only, and refuse what they do not know. */
const NARROW = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default}
spec: {egress: [{hosts: ["./*"]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}
`;
const NAMESPACES = ['web', 'pay']
  .map((name) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {istio-injection: enabled}}\n`)
  .join('---\n');
const CHART: Files = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'charts/web/values.yaml': 'narrow: false\n',
  'charts/web/templates/web.yaml': workload('web', 'card.pay'),
  'charts/web/templates/narrow.yaml': `{{- if .Values.narrow }}\n${NARROW}{{- end }}\n`,
};

describe('meshes that the configuration names', () => {
  const FILES: Files = {
    ...CHART,
    'apply/north.yaml': 'narrow: false\n',
    'apply/south.yaml': 'narrow: false\n',
    'shared/all.yaml': NAMESPACES,
    'shared/pay/card.yaml': workload('card', 'web.web').replaceAll('{name: card}', '{name: card, namespace: pay}'),
    [CONFIGURATION]: `meshes:
  - name: "*"
    paths: [shared]
    roots:
      - {path: charts/web, namespace: web, valuesFiles: ["apply/*.yaml"]}
`,
  };

  it('are judged each by itself: a finding is in the one that the change reaches', async () => {
    const run = await judge({ 'apply/south.yaml': 'narrow: true\n' }, FILES);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('card.pay');
    const { exitCode, out } = await pr('--format', 'json');
    const { changes } = JSON.parse(out) as { changes: { meshes: string[]; severity: string }[] };
    expect(exitCode).toBe(1);
    const failing = changes.filter(({ severity }) => severity === 'failure');
    expect(failing.map(({ meshes }) => meshes)).toEqual([['south']]);
  });

  it('are both in a finding that reaches both', async () => {
    const run = await judge(
      { 'charts/web/values.yaml': 'narrow: true\n', 'apply/south.yaml': '{}\n', 'apply/north.yaml': '{}\n' },
      FILES,
    );
    expect(run.conclusion).toBe('failure');
    const { changes } = JSON.parse((await pr('--format', 'json')).out) as { changes: { meshes: string[] }[] };
    expect(changes.map(({ meshes }) => meshes)).toContainEqual(['north', 'south']);
  });

  it('are not known where a change takes away what is named', async () => {
    const moved = Object.keys(CHART).map((path) => [path, null] as const);
    const run = await judge(Object.fromEntries(moved), FILES);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('charts/web, which the configuration names, is no longer there');
  });

  it('explain a call by themselves', async () => {
    await judge({ 'apply/south.yaml': 'narrow: true\n' }, FILES);
    people.comment(pull, 'someone', '/egress-scope explain web/web card.pay:80');
    await until(() => pull.comments.length === 2);
    const answer = pull.comments[1]?.body ?? '';
    const [north = '', south = ''] = answer.split('in `south`');
    expect(north).toContain('in `north`');
    expect(north).not.toContain('Nothing that Sidecar web/');
    expect(south).toContain('Nothing that Sidecar web/');
  });
});

describe('a file that only an ApplicationSet reads', () => {
  it('is judged, though the tree has no chart and no kustomization', async () => {
    const files: Files = {
      'argocd/shop.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shop, namespace: argocd}
spec:
  generators:
    - git: {repoURL: "https://example.com/shop.git", files: [{path: "envs/*.json"}]}
  template:
    metadata: {name: "{{env}}"}
    spec:
      project: default
      source: {repoURL: "https://example.com/shop.git", path: "{{folder}}"}
      destination: {name: "{{env}}", namespace: web}
`,
      'envs/prod.json': '{"env": "prod", "folder": "wide"}\n',
      'wide/web.yaml': workload('web', 'card.pay'),
      'narrow/web.yaml': `${workload('web', 'card.pay')}---\n${NARROW}`,
      'shared/all.yaml': NAMESPACES,
      'shared/card.yaml': workload('card', 'web.web').replaceAll('{name: card}', '{name: card, namespace: pay}'),
    };
    const run = await judge({ 'envs/prod.json': '{"env": "prod", "folder": "narrow"}\n' }, files);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('card.pay');
  });
});

describe('jsonnet, of which Argo CD makes objects', () => {
  it('is looked at, though the tree has no chart and no kustomization', async () => {
    const files: Files = {
      'argocd/web.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://example.com/shop.git", path: web}
  destination: {server: "https://kubernetes.default.svc", namespace: web}
`,
      'web/web.jsonnet': 'local parameters = import "parameters.libsonnet";\nparameters\n',
      'web/parameters.libsonnet': '{ tag: 1 }\n',
      'shared/all.yaml': NAMESPACES,
    };
    const run = await judge({ 'web/parameters.libsonnet': '{ tag: 2 }\n' }, files);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('what Application argocd/web makes of web');
  });
});

describe('what rendering may fetch', () => {
  let server: Server;
  let address: string;
  let requests: string[];

  beforeAll(async () => {
    const packed = await packChart({
      'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\n',
      'lib/templates/s.yaml': workload('lib', 'card.pay'),
    });
    const index =
      'apiVersion: v1\nentries:\n  lib:\n  - {name: lib, version: 1.0.0, apiVersion: v2, urls: [lib-1.0.0.tgz]}\n';
    server = createServer((request, answer) => {
      requests.push(request.url ?? '');
      answer.end(request.url?.endsWith('index.yaml') === true ? index : packed);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    requests = [];
  });

  afterAll(() => server.close());

  const needing = (repository: string): string =>
    `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: lib, version: 1.0.0, repository: "${repository}"}]\n`;
  const allowing = (remote: string): Files => ({ [CONFIGURATION]: `allow: {remotes: ["${remote}"]}\n` });

  it('is what the base allows', async () => {
    const files = { ...CHART, ...allowing(`${address}/charts`), 'charts/web/Chart.yaml': needing(`${address}/charts`) };
    const run = await judge({ 'charts/web/values.yaml': 'narrow: false\nmore: 1\n' }, files);
    expect([run.conclusion, run.output.title]).toEqual(['success', expect.anything()]);
    expect(requests).toContain('/charts/index.yaml');
    expect(requests.every((url) => url.startsWith('/charts/'))).toBe(true);
  });

  it('is nothing that the head allows itself, not even to try the edit out', async () => {
    const head = { ...allowing(address), 'charts/web/Chart.yaml': needing(`${address}/charts`) };
    const run = await judge(head, CHART);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('is part of the change and could not be rendered');
    expect(run.output.summary).toContain('edits the configuration');
    expect(run.output.summary).toContain('What it allows rendering was not tried.');
    expect((await pr()).exitCode).toBe(2);
    expect(requests).toEqual([]);
  });

  it('is nothing that only looks like what the base allows', async () => {
    const files = { ...CHART, ...allowing(`${address}/charts`) };
    const run = await judge({ 'charts/web/Chart.yaml': needing(`${address}/charts-of-others`) }, files);
    expect(run.conclusion).toBe('failure');
    expect(requests).toEqual([]);
  });
});
