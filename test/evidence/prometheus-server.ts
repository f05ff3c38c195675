import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const PROGRAM = process.env['PROMETHEUS_BIN'] ?? 'prometheus';
const TOOL = process.env['PROMTOOL_BIN'] ?? 'promtool';

/** Whether tests can start a Prometheus. In CI they have to. */
export const HAS_PROMETHEUS = ((): boolean => {
  try {
    for (const program of [PROGRAM, TOOL]) execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (process.env['CI']) throw error;
    console.warn('Skipped: there is no prometheus or promtool on the PATH, and no PROMETHEUS_BIN or PROMTOOL_BIN.');
    return false;
  }
})();

/** A sample: seconds since the epoch, and the value. */
export type Sample = readonly [number, number];

export interface IngestedSeries {
  readonly metric: 'istio_requests_total' | 'istio_tcp_connections_opened_total';
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/** A Prometheus on loopback, with the series that it is given, and those that it scrapes. */
export class PrometheusServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @param scraped `host:port` of what is scraped each second. */
  static async start(series: readonly IngestedSeries[], scraped: string | null = null): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'egress-scope-prometheus-'));
    const data = join(folder, 'data');
    mkdirSync(data);
    if (series.length > 0) {
      writeFileSync(join(folder, 'history.om'), openMetrics(series));
      execFileSync(TOOL, ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'history.om'), data], {
        stdio: 'ignore',
      });
    }
    const scrape = `scrape_configs: [{job_name: pods, scrape_interval: 1s, static_configs: [{targets: ['${scraped ?? ''}']}]}]\n`;
    writeFileSync(join(folder, 'prometheus.yml'), scraped === null ? '{}\n' : scrape);
    const port = await freePort();
    const options = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn(PROGRAM, options, { stdio: 'ignore' });
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, child, folder);
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const isReady = await fetch(`${server.url}/-/ready`).then(({ ok }) => ok, () => false); // prettier-ignore
      if (isReady) return server;
      await wait(100);
    }
    await server.stop();
    throw new Error('Prometheus does not start.');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Prometheus wants the families apart, and a mark at the end. */
function openMetrics(series: readonly IngestedSeries[]): string {
  const families = new Map<string, string[]>();
  for (const { metric, labels, samples } of series) {
    const lines = families.get(metric) ?? [];
    families.set(metric, lines);
    const names = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    for (const [at, value] of samples) lines.push(`${metric}{${names.join(',')}} ${value} ${at}`);
  }
  return `${[...families].flatMap(([metric, lines]) => [`# TYPE ${metric.replace(/_total$/, '')} ${metric.endsWith('_total') ? 'counter' : 'unknown'}`, ...lines]).join('\n')}\n# EOF\n`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The labels of Istio's metrics for a call, as a sidecar writes them. */
export function callLabels(
  from: string,
  to: string,
  over: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [namespace = '', workload = ''] = from.split('/');
  const [name = '', toNamespace = ''] = to.split('.');
  return {
    reporter: 'source',
    source_workload: workload,
    source_workload_namespace: namespace,
    source_app: workload,
    source_principal: `spiffe://cluster.local/ns/${namespace}/sa/default`,
    destination_workload: name,
    destination_workload_namespace: toNamespace,
    destination_service: to,
    destination_service_name: name,
    destination_service_namespace: toNamespace,
    request_protocol: 'http',
    response_code: '200',
    connection_security_policy: 'unknown',
    pod: `${workload}-0`,
    ...over,
  };
}
