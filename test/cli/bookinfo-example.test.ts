import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/bookinfo');

const BOOKINFO = [
  '10.244.0.3:53 outbound|53||kube-dns.kube-system.svc.cluster.local',
  '10.244.0.3:9153 outbound|9153||kube-dns.kube-system.svc.cluster.local',
  '10.244.0.4:53 outbound|53||kube-dns.kube-system.svc.cluster.local',
  '10.244.0.4:9153 outbound|9153||kube-dns.kube-system.svc.cluster.local',
  '10.244.1.2:15010 outbound|15010||istiod.istio-system.svc.cluster.local',
  '10.244.1.2:15012 outbound|15012||istiod.istio-system.svc.cluster.local',
  '10.244.1.2:15014 outbound|15014||istiod.istio-system.svc.cluster.local',
  '10.244.1.2:15017 outbound|443||istiod.istio-system.svc.cluster.local',
  '10.244.1.29:9080 outbound|9080||details.bookinfo.svc.cluster.local',
  '10.244.1.30:9080 outbound|9080||ratings.bookinfo.svc.cluster.local',
  '10.244.1.31:9080 outbound|9080||reviews.bookinfo.svc.cluster.local',
  '10.244.1.32:9080 outbound|9080||productpage.bookinfo.svc.cluster.local',
  '10.244.2.28:8080 outbound|80||istio-ingressgateway.istio-system.svc.cluster.local',
  '10.244.2.28:8443 outbound|443||istio-ingressgateway.istio-system.svc.cluster.local',
  '10.244.2.28:15021 outbound|15021||istio-ingressgateway.istio-system.svc.cluster.local',
  '10.244.2.28:15443 outbound|15443||istio-ingressgateway.istio-system.svc.cluster.local',
  '10.244.2.28:31400 outbound|31400||istio-ingressgateway.istio-system.svc.cluster.local',
  '10.244.2.29:8080 outbound|80||istio-egressgateway.istio-system.svc.cluster.local',
  '10.244.2.29:8443 outbound|443||istio-egressgateway.istio-system.svc.cluster.local',
  '10.244.2.31:9080 outbound|9080||reviews.bookinfo.svc.cluster.local',
  '10.244.2.32:9080 outbound|9080||reviews.bookinfo.svc.cluster.local',
];

/** As `istioctl proxy-config endpoint` lays its table out. */
function table(rows: readonly string[]): string {
  const line = (endpoint: string, status: string, outlier: string, cluster: string) =>
    `${endpoint.padEnd(56)}${status.padEnd(12)}${outlier.padEnd(18)}${cluster}\n`;
  const body = rows
    .map((row) => row.split(' '))
    .map(([endpoint = '', cluster = '']) => line(endpoint, 'HEALTHY', 'OK', cluster));
  return [line('ENDPOINT', 'STATUS', 'OUTLIER CHECK', 'CLUSTER'), ...body].join('');
}

function run(...args: readonly string[]): Promise<Answer> {
  return runCommand(args, { workingDirectory: ROOT });
}

describe('the Bookinfo example', () => {
  it('differs by one Sidecar and nothing else', () => {
    const list = (side: string) =>
      readdirSync(join(EXAMPLE, side), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.yaml'))
        .sort();
    const before = list('before');
    expect(list('after').filter((path) => !before.includes(path))).toEqual(['default/sidecar.yaml']);
    for (const path of before) {
      expect(readFileSync(join(EXAMPLE, 'after', path), 'utf8')).toBe(
        readFileSync(join(EXAMPLE, 'before', path), 'utf8'),
      );
    }
  });

  it('gives my-shell the whole mesh before', async () => {
    const { exitCode, out } = await run('endpoints', 'examples/bookinfo/before', '--workload', 'default/my-shell');
    expect(out).toBe(table(BOOKINFO));
    expect(exitCode).toBe(0);
  });

  it('leaves my-shell istio-system alone after', async () => {
    const { out } = await run('endpoints', 'examples/bookinfo/after', '--workload', 'default/my-shell');
    expect(out).toBe(table(BOOKINFO.filter((row) => row.includes('.istio-system.'))));
  });

  it('takes bookinfo and kube-dns from my-shell, and from nobody else', async () => {
    const { exitCode, out } = await run(
      'diff',
      'examples/bookinfo/before',
      'examples/bookinfo/after',
      '--format',
      'json',
    );
    const { verdict, changes } = JSON.parse(out) as {
      verdict: string;
      changes: {
        workloads: { name: string }[];
        destinations: { host: string }[];
        before: string;
        after: string;
        severity: string;
      }[];
    };
    const lost = changes.flatMap(({ workloads, destinations, before, after, severity }) =>
      workloads.flatMap(({ name }) =>
        destinations.map(({ host }) => `${name} ${host.split('.')[0] ?? ''} ${before} ${after} ${severity}`),
      ),
    );
    expect([...new Set(lost)].sort()).toEqual(
      ['details', 'kube-dns', 'productpage', 'ratings', 'reviews'].map(
        (name) => `my-shell ${name} meshed unmeshed failure`,
      ),
    );
    expect([verdict, exitCode]).toEqual(['fail', 1]);
  });

  it('follows an edit of the Sidecar', () => {
    const folder = temporaryFolder();
    cpSync(EXAMPLE, folder, { recursive: true });
    const sidecar = join(folder, 'after/default/sidecar.yaml');
    const text = readFileSync(sidecar, 'utf8');
    const edited = text.replace("'istio-system/*'", "'bookinfo/*'");
    expect(edited).not.toBe(text);
    const lost = () => {
      try {
        return execFileSync(process.execPath, [join(ROOT, 'dist/bin/egress-scope.js'), 'diff', 'before', 'after'], {
          cwd: folder,
          encoding: 'utf8',
        });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    };
    expect(lost()).toContain('    reviews.bookinfo.svc.cluster.local:9080 (http)\n');
    writeFileSync(sidecar, edited);
    const after = lost();
    expect(after).not.toContain('    reviews.bookinfo.svc.cluster.local:9080 (http)\n');
    expect(after).toContain('    istiod.istio-system.svc.cluster.local:15010 (http)\n');
  });
});
