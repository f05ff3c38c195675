import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeIn, readDocument, tableUnder } from '../document.js';
import { until } from './app-process.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import { BEFORE, completedRun, NARROWED, openPull, StandInApp } from './stand-in-app.js';

let app: StandInApp;
let people: RepositoryPeople;
let url: string;

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  app = await StandInApp.start(env);
  url = await app.process.url();
  people = await app.github.createRepository({ files: BEFORE, name: 'a-private-name' });
  await app.github.deliveries.settled();
}

afterEach(() => app.stop());

/** Samples by their whole name, labels included. */
async function readMetrics(address = `${url}/metrics`): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(address);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const samples = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    if (line === '' || line.startsWith('# ')) continue;
    const [, name, value] = /^(\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})?) (\S+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`no sample of Prometheus: ${line}`);
    samples.set(name, Number(value));
  }
  return samples;
}

function sum(samples: ReadonlyMap<string, number>, name: string): number {
  return [...samples].reduce((total, [key, value]) => (key.startsWith(`${name}{`) ? total + value : total), 0);
}

describe('the metrics', () => {
  beforeEach(() => start());

  it('tell what was delivered, judged and asked of GitHub', async () => {
    // Else the look-round at the new installation may ask for the same job again.
    await until(() => app.process.log.includes('Looked round an installation'));
    const failing = await openPull(people, 'narrow', NARROWED);
    await completedRun(people, failing.head);
    const words = await openPull(people, 'words', { 'README.md': 'words\n' });
    await completedRun(people, words.head);
    const group = await people.createMergeGroup([failing]);
    await completedRun(people, group?.headSha ?? '');
    await until(() => (app.process.log.match(/The check run is completed/g)?.length ?? 0) === 3);
    await app.github.deliveries.settled();
    const samples = await readMetrics();
    expect(Object.fromEntries(samples)).toMatchObject({
      'egress_scope_jobs_total{kind="pull_request",outcome="answered"}': 2,
      'egress_scope_jobs_total{kind="merge_group",outcome="answered"}': 1,
      'egress_scope_verdicts_total{verdict="fail",conclusion="failure"}': 2,
      'egress_scope_verdicts_total{verdict="not-applicable",conclusion="success"}': 1,
      'egress_scope_jobs_total{kind="pull_request",outcome="error"}': 0,
      egress_scope_jobs_waiting: 0,
      egress_scope_jobs_running: 0,
      egress_scope_oldest_waiting_job_seconds: 0,
    });
    expect(sum(samples, 'egress_scope_jobs_total')).toBe(3);
    expect(sum(samples, 'egress_scope_verdicts_total')).toBe(3);
    expect(samples.get('egress_scope_analysis_seconds_count')).toBe(2);
    expect(samples.get('egress_scope_job_seconds_count{kind="pull_request"}')).toBe(2);
    expect(samples.get('egress_scope_deliveries_total{event="pull_request",outcome="accepted"}')).toBe(2);
    expect(sum(samples, 'egress_scope_deliveries_total')).toBe(app.github.deliveries.log.length);
    expect(sum(samples, 'egress_scope_look_rounds_total')).toBeGreaterThan(0);
    expect(samples.get('process_start_time_seconds')).toBeGreaterThan(0);
    const names = [...(await (await fetch(`${url}/metrics`)).text()).matchAll(/^# TYPE (egress_scope_\w+)/gm)];
    const documented = tableUnder(readDocument('docs/github.md'), '| metric |').map(([cell = '']) => codeIn(cell)[0]);
    expect(documented.sort()).toEqual(names.map(([, name]) => name).sort());
  });

  it('count every request to GitHub once, by a route that names nothing', async () => {
    app.github.faults.plan('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', { kind: 'status', status: 502 }, 1);
    app.github.faults.plan('POST /repos/{owner}/{repo}/check-runs', { kind: 'cut', when: 'before' }, 1);
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    people.rerequestCheckRun(run);
    await completedRun(people, pull.head, 2);
    people.comment(pull, 'someone', '/egress-scope accept because');
    await completedRun(people, pull.head, 3);
    await until(() => (app.process.log.match(/The check run is completed/g)?.length ?? 0) === 3);
    const samples = await readMetrics();
    expect(sum(samples, 'egress_scope_github_requests_total')).toBe(app.github.requests.length);
    expect([...samples.keys()].filter((name) => name.includes('route="other"'))).toEqual([]);
    const repository = '/repos/{owner}/{repo}';
    expect(
      samples.get(
        `egress_scope_github_requests_total{method="GET",route="${repository}/pulls/{pull_number}/files",status="502"}`,
      ),
    ).toBe(1);
    expect(
      samples.get(`egress_scope_github_requests_total{method="POST",route="${repository}/check-runs",status="none"}`),
    ).toBe(1);
    expect(
      samples.get(
        'egress_scope_github_requests_total{method="POST",route="/app/installations/{installation_id}/access_tokens",status="201"}',
      ),
    ).toBe(1);
    const { id } = people.store.installation;
    expect(samples.get(`egress_scope_github_remaining_requests{installation="${id}"}`)).toBe(
      app.github.rates.state(`installation ${id}`).remaining,
    );
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const secret of ['a-private-name', 'acme', 'narrow', 'someone', pull.head, 'ghs_'])
      expect(text).not.toContain(secret);
  });

  it('count what is refused at the door', async () => {
    const body = '{"action":"opened"}';
    const send = (signature: string): Promise<Response> =>
      fetch(`${url}/api/github/webhooks`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': 'd',
          'x-hub-signature-256': signature,
        },
        body,
      });
    expect((await send(`sha256=${createHmac('sha256', 'development').update(body).digest('hex')}`)).status).toBe(400);
    expect((await readMetrics()).get('egress_scope_deliveries_total{event="push",outcome="signature"}')).toBe(1);
  });
});

describe('METRICS_PORT', () => {
  it('takes the metrics, and nothing else, to a port of their own', async () => {
    await start({ METRICS_PORT: '0' });
    const other = /Metrics on [\d.]+, port (\d+)/.exec(app.process.log)?.[1] ?? '';
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await readMetrics(`http://127.0.0.1:${other}/metrics`)).get('egress_scope_jobs_running')).toBe(0);
    expect((await fetch(`http://127.0.0.1:${other}/api/github/webhooks`, { method: 'POST' })).status).toBe(404);
  });
});
