import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completedRun, BEFORE, NARROWED, openPull, StandInApp } from './stand-in-app.js';
import type { Changes, Files } from './stand-in/git-store.js';
import type { FaultRule } from './stand-in/faults.js';

const CONFIGURATION = '.github/egress-scope.yml';
/** Something that the analysis uses, and nothing else in the process, breaks. */
const BREAKING = `const { from } = Uint32Array;
Uint32Array.from = (values, map) => { if (map) throw new RangeError('injected'); return from.call(Uint32Array, values); };`;
const BROKEN = `--import data:text/javascript;base64,${Buffer.from(BREAKING).toString('base64')}`;

/** More than can be judged in a second: every workload has a Sidecar of its own, and calls everything. */
function manyWorkloads(hosts: string): string {
  const one = (index: number): string => `apiVersion: v1
kind: Pod
metadata: {name: p${index}, namespace: a, labels: {app: p${index}}}
spec: {containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Service
metadata: {name: p${index}, namespace: a}
spec: {selector: {app: p${index}}, ports: [{port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: p${index}, namespace: a}
spec: {workloadSelector: {labels: {app: p${index}}}, egress: [{hosts: ["${hosts}"]}]}
`;
  return Array.from({ length: 500 }, (_unused, index) => one(index)).join('---\n');
}

/** Objects that take more than twenty times their size in memory. */
const MANY_OBJECTS = 'apiVersion: v1\nkind: X\nmetadata: {name: c}\n---\n'.repeat(400_000);

interface Case {
  readonly app: 'usual' | 'broken' | 'hurried' | 'narrow';
  readonly base?: Files;
  readonly changes: Changes;
  readonly fault?: FaultRule;
  readonly reason: string;
}

/** What ends without an answer, and what the first line has to say of it. */
const CASES: readonly (readonly [string, Case])[] = [
  [
    'content that cannot be read',
    {
      app: 'usual',
      changes: { 'mesh/a.yaml': 'apiVersion: v1\nkind: Service\nmetadata: [\n' },
      reason: 'mesh/a.yaml',
    },
  ],
  [
    'paths of the configuration that fit no file',
    {
      app: 'usual',
      base: { ...BEFORE, [CONFIGURATION]: 'meshes: [{name: prod, paths: ["k8ss/**"]}]\n' },
      changes: NARROWED,
      reason: String.raw`No file of the repository is in the paths of the configuration \(k8ss/\*\*\)`,
    },
  ],
  [
    'a kustomization that does not render',
    {
      app: 'usual',
      base: { ...BEFORE, 'shop/kustomization.yaml': 'resources: []\n' },
      changes: { 'shop/kustomization.yaml': 'resources: [missing.yaml]\n' },
      reason: 'shop/kustomization.yaml is part of the change and could not be rendered',
    },
  ],
  [
    'a chart of which nothing is rendered, and nothing else',
    {
      app: 'usual',
      base: { 'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n' },
      changes: { 'lib/templates/_names.tpl': '{{ define "name" }}a{{ end }}\n' },
      reason: 'no manifests were found before the change',
    },
  ],
  ['an internal error', { app: 'broken', changes: NARROWED, reason: String.raw`An internal error \(RangeError\)` }],
  [
    'a configuration that is invalid',
    {
      app: 'usual',
      base: { ...BEFORE, [CONFIGURATION]: 'failon: warning\n' },
      changes: NARROWED,
      reason: 'line 1: Unknown key',
    },
  ],
  [
    'an edit that makes the configuration invalid',
    { app: 'usual', changes: { [CONFIGURATION]: 'failon: warning\n' }, reason: 'The edited configuration is invalid' },
  ],
  [
    'a configuration that cannot be read',
    {
      app: 'usual',
      changes: NARROWED,
      fault: { operation: 'GET /repos/{owner}/{repo}/contents/{path}', fault: { kind: 'status', status: 403 } },
      reason: 'cannot be read',
    },
  ],
  [
    'a refusal of GitHub',
    {
      app: 'usual',
      changes: NARROWED,
      fault: { operation: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}', fault: { kind: 'status', status: 403 } },
      reason: 'status 403',
    },
  ],
  [
    'an analysis that ran out of time',
    {
      app: 'hurried',
      base: { 'a.yaml': manyWorkloads('./*') },
      changes: { 'a.yaml': manyWorkloads('b/*') },
      reason: 'ran out of time',
    },
  ],
  [
    'manifests that do not fit into memory',
    {
      app: 'narrow',
      changes: { 'mesh/a.yaml': MANY_OBJECTS },
      reason: 'ran out of memory',
    },
  ],
];

const apps = new Map<Case['app'], StandInApp>();

beforeAll(async () => {
  apps.set('usual', await StandInApp.start());
  apps.set('broken', await StandInApp.start({ NODE_OPTIONS: BROKEN }));
  apps.set('hurried', await StandInApp.start({ ANALYSIS_SECONDS: '1' }));
  apps.set('narrow', await StandInApp.start({ NODE_OPTIONS: '--max-old-space-size=300' }));
});

afterAll(async () => {
  for (const app of apps.values()) await app.stop();
});

describe('without an answer, the check run ends so that it does not satisfy a required check', () => {
  it.each(CASES)('for %s', async (_what, { app: name, base = BEFORE, changes, fault, reason }) => {
    const app = apps.get(name);
    if (!app) throw new Error('no such App');
    const people = await app.newRepository({ files: base });
    if (fault) app.github.faults.plan(fault.operation, fault.fault);
    const pull = await openPull(people, 'change', changes);
    const run = await completedRun(people, pull.head);
    expect(['success', 'neutral', 'skipped']).not.toContain(run.conclusion);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary?.split('\n')[0]).toContain(reason);
    expect(app.github.violations).toEqual([]);
  });
});
