import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand, type Answer } from './run-command.js';

const CLUSTER = join(import.meta.dirname, 'fixtures/cluster');
const KUBECTL_BIN = join(import.meta.dirname, 'kubectl-stand-in.sh');
const FOLDER = mkdtempSync(join(tmpdir(), 'egress-scope-snapshot-'));
const SNAPSHOT = join(import.meta.dirname, 'fixtures/mesh-snapshot.yaml');

afterAll(() => rmSync(FOLDER, { recursive: true }));

function snapshot(cluster: string, ...options: readonly string[]): Promise<Answer> {
  const args = ['snapshot', '--kubeconfig', cluster, ...options];
  return runCommand(args, { workingDirectory: FOLDER, environment: { KUBECTL_BIN } });
}

/** A copy of the recorded cluster, with other answers. An answer that is null is not there. */
function cluster(name: string, answers: Readonly<Record<string, string | null>>): string {
  const folder = join(FOLDER, name);
  cpSync(CLUSTER, folder, { recursive: true });
  for (const [file, text] of Object.entries(answers)) {
    if (text === null) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
  }
  return folder;
}

function withoutTime(text: string): string {
  return text.replace(/^takenAt: .*$/m, 'takenAt: "2026-03-10T12:00:00Z"');
}

const FORBIDDEN = (resource: string, group: string): string =>
  `Error from server (Forbidden): ${resource} is forbidden: User "ci" cannot list resource "${resource}" in API group "${group}" at the cluster scope\n`;

describe('egress-scope snapshot', () => {
  it('writes what the cluster has and decides where calls go, in one order', async () => {
    const { out, err, exitCode } = await snapshot(CLUSTER, '--include-endpoints');
    expect(exitCode).toBe(0);
    expect(err).toMatch(/^note: not installed: rollouts.argoproj.io, workloadentries.networking.istio.io, /);
    expect(out).toMatch(/^takenAt: "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/m);
    await expect(withoutTime(out)).toMatchFileSnapshot(SNAPSHOT);
    expect(withoutTime((await snapshot(CLUSTER, '--include-endpoints')).out)).toBe(withoutTime(out));
  });

  it('holds no secret, wherever the cluster has one, and the environment only where it is asked for', async () => {
    const recorded = readdirSync(CLUSTER).map((file) => readFileSync(join(CLUSTER, file), 'utf8'));
    expect(recorded.join('').match(/S3CRET-[\w-]+/g)?.length).toBeGreaterThan(20);
    const [bare, asked] = [await snapshot(CLUSTER, '--include-endpoints'), await snapshot(CLUSTER, '--include-env')];
    expect(bare.out).not.toMatch(/S3CRET|ENVVALUE|CARD_URL/);
    expect(asked.out).not.toContain('S3CRET');
    expect(asked.out).toContain('value: http://card.pay:8080/ENVVALUE');
    expect(asked.out).not.toContain('egress-scope/environment');
  });

  it('asks for what it needs and for nothing else, page by page', async () => {
    const folder = cluster('logged', { 'calls.log': '' });
    const { exitCode } = await snapshot(folder, '--context', 'production');
    expect(exitCode).toBe(0);
    const calls = readFileSync(join(folder, 'calls.log'), 'utf8').trimEnd().split('\n');
    const asked = calls.map((line) => line.replace(/^get (\S+) .*/, '$1'));
    expect(asked).toContain('deployments.apps');
    for (const resource of ['secrets', 'endpointslices.discovery.k8s.io']) expect(asked).not.toContain(resource);
    for (const line of calls) {
      expect(line).toContain('--context=production');
      expect(line).toContain(`--kubeconfig=${folder}`);
      expect(line).toContain('--request-timeout=60s');
      if (!line.startsWith('version')) expect(line).toContain('--chunk-size=500 --output=json');
    }
    expect(calls.filter((line) => line.startsWith('get configmaps'))).toEqual([
      expect.stringContaining('--namespace=istio-system '),
    ]);
  });

  it('leaves out what a workload made that is there itself, and keeps what nothing there made', async () => {
    const { out } = await snapshot(CLUSTER);
    const workloads = [...out.matchAll(/^kind: (\w+)\nmetadata:\n(?: {2,}.*\n)*? {2}name: (\S+)/gm)]
      .map(([, kind = '', name = '']) => `${kind}/${name}`)
      .filter((name) => /^(?:Pod|ReplicaSet|Job|CronJob)\//.test(name));
    expect(workloads).toEqual(['Pod/shell', 'CronJob/nightly']);
    const alone = await snapshot(cluster('alone', { 'replicasets.apps.json': '{"items": []}' }));
    expect(alone.out).toContain('name: web-5d9c-abcde');
  });

  it('replaces the file that is named, and keeps the old one where the cluster does not tell all', async () => {
    expect(await snapshot(CLUSTER, '--output', 'mesh.yaml')).toMatchObject({ exitCode: 0, out: '' });
    const written = readFileSync(join(FOLDER, 'mesh.yaml'), 'utf8');
    expect(written).toContain('schema: egress-scope/snapshot/v1');
    const broken = cluster('broken', {
      'services.txt': 'Unable to connect to the server: net/http: TLS handshake timeout',
    });
    expect(await snapshot(broken, '--output', 'mesh.yaml')).toEqual({
      exitCode: 64,
      out: '',
      err: 'error: kubectl get services failed: Unable to connect to the server: net/http: TLS handshake timeout\n',
    });
    expect(readFileSync(join(FOLDER, 'mesh.yaml'), 'utf8')).toBe(written);
    expect(readdirSync(FOLDER).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const { exitCode, err } = await snapshot(CLUSTER, '--output', 'nowhere/mesh.yaml');
    expect([exitCode, err.split('\n').at(-2)]).toEqual([64, 'error: nowhere/mesh.yaml cannot be written (ENOENT)']);
    expect(existsSync(join(FOLDER, 'nowhere'))).toBe(false);
  });

  it('names the rules that are wanting, all at once', async () => {
    const folder = cluster('forbidden', {
      'pods.txt': FORBIDDEN('pods', ''),
      'services.txt': FORBIDDEN('services', ''),
      'sidecars.networking.istio.io.txt': FORBIDDEN('sidecars', 'networking.istio.io'),
    });
    expect(await snapshot(folder)).toEqual({
      exitCode: 64,
      out: '',
      err: [
        'error: the cluster forbids to list services, pods, sidecars.networking.istio.io; a ClusterRole needs these rules:',
        '  - {apiGroups: [""], resources: [services, pods], verbs: [list]}',
        '  - {apiGroups: ["networking.istio.io"], resources: [sidecars], verbs: [list]}',
        '',
      ].join('\n'),
    });
  });

  it.each([
    ['a kind that every cluster has is not served', { 'services.json': null }, /does not serve services$/],
    ['an answer is cut off', { 'services.json': '{"items": [' }, /kubectl's answer for services is not JSON$/],
    ['an answer is no list', { 'services.json': '{"kind": "Status"}' }, /kubectl get services gave no list$/],
    [
      'the mesh configuration is no YAML',
      {
        'configmaps@istio-system.json': JSON.stringify({
          items: [{ metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh: 'a: [S3CRET' } }],
        }),
      },
      /^error: the mesh configuration in ConfigMap istio-system\/istio is not valid YAML, so what istiod goes by cannot be told$/,
    ],
  ])('writes nothing where %s', async (name, answers, reason) => {
    mkdirSync(join(FOLDER, 'cases'), { recursive: true });
    const { exitCode, out, err } = await snapshot(cluster(`cases/${name}`, answers));
    expect([exitCode, out]).toEqual([64, '']);
    expect(err.trimEnd()).toMatch(reason);
  });

  it('says which context or program is not there', async () => {
    expect((await snapshot(CLUSTER, '--context', 'nowhere')).err).toBe(
      'error: kubectl get namespaces failed: error: context "nowhere" does not exist\n',
    );
    const without = await runCommand(['snapshot'], {
      workingDirectory: FOLDER,
      environment: { KUBECTL_BIN: join(FOLDER, 'kubectl') },
    });
    expect(without.err).toMatch(/could not be run: there is no such program; set KUBECTL_BIN to the one to run\n$/);
    expect(without.exitCode).toBe(64);
  });
});
