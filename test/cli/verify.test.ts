import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dumpText, seedText, type Side } from '../verify/seed-dumps.js';
import { runCommand, type Answer } from './run-command.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'egress-scope-verify-'));
const KUBECTL_BIN = join(import.meta.dirname, 'kubectl-stand-in.sh');
const ISTIOCTL_BIN = join(import.meta.dirname, 'istioctl-stand-in.sh');
const VERSION = ['--istio-version', '1.30'];

afterAll(() => rmSync(FOLDER, { recursive: true }));

for (const side of ['before', 'after'] as const) {
  writeFileSync(join(FOLDER, `${side}.yaml`), seedText(side));
  writeFileSync(join(FOLDER, `${side}.json`), dumpText(side));
}

function verify(args: readonly string[], input = '', environment: Record<string, string> = {}): Promise<Answer> {
  return runCommand(['verify', ...args], {
    workingDirectory: FOLDER,
    environment,
    readInput: () => Promise.resolve(Buffer.from(input)),
  });
}

function verifyFile(manifests: Side, file: string, input?: string): Promise<Answer> {
  const args = [`${manifests}.yaml`, '--workload', 'default/my-shell', '--proxy-config', file, ...VERSION];
  return verify(args, input);
}

describe('egress-scope verify', () => {
  it('ends with 0 where all is equal, and with 1 where something differs', async () => {
    const equal = await verifyFile('before', 'before.json');
    expect(equal.exitCode).toBe(0);
    expect(equal.out).toContain('default/Pod/my-shell: equal');
    expect(equal.out).toContain('17 clusters, 19 endpoints, 19 edges');
    expect((await verifyFile('after', 'before.json')).exitCode).toBe(1);
  });

  it('reads the proxy’s configuration from standard input', async () => {
    const { exitCode, out } = await verifyFile('after', '-', dumpText('after'));
    expect([exitCode, out.includes('11 clusters, 11 endpoints, 19 edges')]).toEqual([0, true]);
  });

  it('joins several files', async () => {
    const { configs } = JSON.parse(dumpText('before')) as { configs: unknown[] };
    const files = configs.map((config, place) => {
      writeFileSync(join(FOLDER, `part-${place}.json`), JSON.stringify({ configs: [config] }));
      return ['--proxy-config', `part-${place}.json`];
    });
    const args = ['before.yaml', '--workload', 'default/my-shell', ...VERSION, '--format', 'json'];
    const { out, exitCode } = await verify([...args, ...files.flat()]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'egress-scope/verify/v1',
      result: 'equal',
      workloads: [{ compared: { clusters: 17, endpoints: 19, edges: 19 }, notCompared: [] }],
    });
  });

  it.each([
    ['is not there', 'nowhere.json', 'nowhere.json cannot be read (ENOENT)'],
    ['is a folder', '.', '. cannot be read (EISDIR)'],
    ['is no JSON', 'before.yaml', 'before.yaml is no proxy configuration'],
    ['is cut off', 'cut.json', 'cut.json ends in the middle, after 5000 bytes'],
  ])('refuses a file that %s', async (_what, file, message) => {
    writeFileSync(join(FOLDER, 'cut.json'), dumpText('before').slice(0, 5000));
    expect(await verifyFile('before', file)).toEqual({ exitCode: 64, out: '', err: `error: ${message}\n` });
  });

  it.each([
    [['--workload', 'default/my-shell'], 'name either --proxy-config or --live'],
    [['--workload', 'default/my-shell', '--live', '--proxy-config', 'a'], 'name either --proxy-config or --live'],
    [['--live'], 'name either --workload or --all'],
    [['--live', '--all', '--workload', 'default/my-shell'], 'name either --workload or --all'],
    [['--all', '--proxy-config', 'a'], '--all asks the cluster'],
    [['-', '--workload', 'default/my-shell', '--proxy-config', '-'], 'standard input can be read once'],
    [['--live', '--all', 'none'], 'Expected a number'],
  ])('takes no contradictions: %j', async (args, message) => {
    const { exitCode, out, err } = await verify(['before.yaml', ...args]);
    expect([exitCode, out]).toEqual([64, '']);
    expect(err).toContain(message);
  });

  it('is undetermined by another workload’s proxy, and by a gateway’s', async () => {
    for (const id of ['sidecar~10.0.0.1~cart-1.shop~shop', 'router~10.0.0.1~my-shell.default~default']) {
      const dump = {
        configs: [{ bootstrap: { node: { id } } }, ...(JSON.parse(dumpText('before')) as { configs: [] }).configs],
      };
      const { exitCode, out } = await verifyFile('before', '-', JSON.stringify(dump));
      expect(exitCode).toBe(2);
      expect(out).toMatch(/not compared: What was read is of (?:the proxy of shop\/cart-1|a router), not of/);
    }
    const own = { configs: [{ bootstrap: { node: { id: 'sidecar~10.0.0.1~my-shell.default~default' } } }] };
    expect((await verifyFile('before', '-', `${JSON.stringify(own)} ${dumpText('before')}`)).exitCode).toBe(0);
  });

  it('is undetermined where an edge is not understood, and never equal', async () => {
    const dump = dumpText('before').replace(
      '"name": "envoy.filters.http.grpc_stats"',
      '"name": "envoy.filters.http.ext_proc"',
    );
    const { exitCode, out } = await verifyFile('before', '-', dump);
    expect(exitCode).toBe(2);
    expect(out).toMatch(/undetermined\n {4}- edge [^\n]+\n? +[^\n]*the HTTP filter\s+envoy.filters.http.ext_proc/);
  });

  it('shows names for what they are, whatever is in them', async () => {
    const dump = dumpText('before').replaceAll('ratings.bookinfo', 'rat\\u001b[31mings\\u202e.bookinfo');
    const { out } = await verifyFile('before', '-', dump);
    expect(out).toContain('rat\\u{1b}[31mings\\u{202e}.bookinfo');
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  it('reads a dump of hundreds of megabytes', { timeout: 60_000 }, async () => {
    const { configs } = JSON.parse(dumpText('before')) as { configs: Record<string, unknown>[] };
    const [first, ...others] = configs;
    const item = JSON.stringify({
      name: 'x',
      secret: { name: 'x', text: '\\"{['.repeat(50_000) },
    });
    const secrets = `{"@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump", "dynamic_active_secrets": [`;
    const end = `]}, ${[first, ...others].map((config) => JSON.stringify(config)).join(', ')}]}`;
    const parts = [Buffer.from(`{"configs": [${secrets}${item}`)];
    const more = Buffer.from(`,\n${item}`);
    for (let size = 0; size < 200 * 2 ** 20; size += more.length) parts.push(more);
    const dump = Buffer.concat([...parts, Buffer.from(end)]);
    const answer = await runCommand(
      ['verify', 'before.yaml', '--workload', 'default/my-shell', '--proxy-config', '-', ...VERSION],
      { workingDirectory: FOLDER, readInput: () => Promise.resolve(dump) },
    );
    expect(answer.exitCode).toBe(0);
  });
});

/** A pod as kubectl lists it. */
function pod(
  name: string,
  more: { containers?: readonly string[]; owner?: object; hash?: string; phase?: string; namespace?: string } = {},
): object {
  const { containers = ['app', 'istio-proxy'], owner, hash, phase = 'Running', namespace = 'default' } = more;
  return {
    metadata: {
      name,
      namespace,
      ...(hash === undefined ? {} : { labels: { 'pod-template-hash': hash } }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: { containers: containers.map((each) => ({ name: each })) },
    status: { phase },
  };
}

describe('egress-scope verify --live', () => {
  /** A cluster that has these pods in the namespace default, and answers so. */
  function cluster(name: string, pods: readonly object[], answers: Readonly<Record<string, string>>): string {
    const folder = join(FOLDER, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'pods@default.json'), JSON.stringify({ items: pods }));
    for (const [file, text] of Object.entries({ 'calls.log': '', ...answers })) writeFileSync(join(folder, file), text);
    return folder;
  }

  function live(folder: string, args: readonly string[], istioctl = ISTIOCTL_BIN): Promise<Answer> {
    const environment = { KUBECTL_BIN, ISTIOCTL_BIN: istioctl };
    return verify(['before.yaml', ...VERSION, '--live', '--kubeconfig', folder, ...args], '', environment);
  }

  function calls(folder: string): string[] {
    return readFileSync(join(folder, 'calls.log'), 'utf8').trimEnd().split('\n');
  }

  const ONE = ['--workload', 'default/my-shell'];

  it('asks istioctl for the configuration of a running pod', async () => {
    const folder = cluster('istioctl', [pod('my-shell')], { 'istioctl@my-shell.default.json': dumpText('before') });
    const { exitCode, out } = await live(folder, [...ONE, '--context', 'prod']);
    expect(exitCode).toBe(0);
    expect(out).toContain('compared with pod default/my-shell: 17 clusters');
    expect(calls(folder)).toEqual([
      expect.stringMatching(/^get pods --namespace=default .*--context=prod /),
      `istioctl proxy-config all my-shell.default --output=json --context=prod --kubeconfig=${folder}`,
    ]);
  });

  it('asks the proxy itself where there is no istioctl', async () => {
    const folder = cluster('kubectl', [pod('my-shell')], { 'exec@my-shell@default.json': dumpText('after') });
    const { exitCode, out } = await live(folder, ONE, join(FOLDER, 'no-istioctl'));
    expect(exitCode).toBe(1);
    expect(out).toContain('a Sidecar with the hosts istio-system/*');
    expect(calls(folder)[1]).toBe(
      `exec my-shell --namespace=default --container=istio-proxy --kubeconfig=${folder} -- pilot-agent request GET config_dump?include_eds=true`,
    );
  });

  it('says why it got nothing', async () => {
    const folder = cluster('refusing', [pod('my-shell')], {
      'istioctl@my-shell.default.txt': 'Warning: old\nError: failed to execute command on my-shell.default sidecar\n',
    });
    expect(await live(folder, ONE)).toEqual({
      exitCode: 64,
      out: '',
      err: 'error: istioctl proxy-config all my-shell.default failed: Error: failed to execute command on my-shell.default sidecar\n',
    });
  });

  it('does not take a pod that is not the workload’s, or does not run', async () => {
    const owner = { kind: 'ReplicaSet', name: 'my-shell-5d9c' };
    const pods = [pod('my-shell-5d9c-abcde', { owner, hash: '5d9c' }), pod('my-shell', { phase: 'Succeeded' })];
    const { exitCode, out } = await live(cluster('others', pods, {}), ONE);
    expect(exitCode).toBe(2);
    expect(out).toContain('not compared: The cluster has no running pod of it.');
  });

  it('says that a pod has no sidecar', async () => {
    const { exitCode, out } = await live(cluster('bare', [pod('my-shell', { containers: ['app'] })], {}), ONE);
    expect(exitCode).toBe(1);
    expect(out).toContain('- injection\n      manifests: a sidecar\n      proxy: no sidecar\n');
  });

  it('samples workloads, one of those that nothing tells apart, and goes on where one cannot be asked', async () => {
    const replicas = ['a', 'b'].map(
      (name) => `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: default}
spec: {selector: {matchLabels: {run: ${name}}}, template: {metadata: {labels: {run: ${name}}}, spec: {containers: [{name: app, image: x}]}}}
`,
    );
    writeFileSync(join(FOLDER, 'several.yaml'), seedText('before') + replicas.join(''));
    const owner = { kind: 'ReplicaSet', name: 'a-5d9c' };
    const folder = cluster('several', [pod('a-5d9c-abcde', { owner, hash: '5d9c' })], {
      'istioctl@a-5d9c-abcde.default.json': dumpText('before'),
      'pods@bookinfo.json': JSON.stringify({
        items: [
          pod('details-v1-7f8-x', {
            owner: { kind: 'ReplicaSet', name: 'details-v1-7f8' },
            hash: '7f8',
            namespace: 'bookinfo',
          }),
        ],
      }),
    });
    const environment = { KUBECTL_BIN, ISTIOCTL_BIN };
    const args = ['several.yaml', ...VERSION, '--live', '--kubeconfig', folder, '--format', 'json'];
    const { exitCode, out } = await verify([...args, '--all'], '', environment);
    const { result, workloads } = JSON.parse(out) as {
      result: string;
      workloads: { workload: { name: string }; result: string; notCompared: string[] }[];
    };
    expect([exitCode, result]).toEqual([2, 'undetermined']);
    const of = (name: string): unknown => workloads.find(({ workload }) => workload.name === name);
    expect(of('a')).toMatchObject({ result: 'equal' });
    expect([of('b'), of('my-shell')]).toEqual([undefined, undefined]);
    expect(of('details-v1')).toMatchObject({
      result: 'undetermined',
      notCompared: [expect.stringContaining('istioctl proxy-config all details-v1-7f8-x.bookinfo failed')],
    });
    const { out: fewer } = await verify([...args, '--all', '1'], '', environment);
    expect((JSON.parse(fewer) as { workloads: unknown[] }).workloads).toHaveLength(1);
  });
});
