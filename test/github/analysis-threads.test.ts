import { afterEach, describe, expect, it } from 'vitest';
import { ForwardedRequests } from '../../src/github/forwarded-requests.js';
import type { FromThread } from '../../src/github/thread-messages.js';
import { until } from './app-process.js';
import { completedRun, NARROWED, openPull, StandInApp } from './stand-in-app.js';

/** One document, which nothing interrupts while it is parsed. */
const HUGE = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: [${'[a], '.repeat(1_500_000)}a]\n`;
/** What the analysis of a change of mutual TLS comes across, and nothing else, goes on for ever. */
const ENDLESS = `const { from } = Uint32Array;
Uint32Array.from = (values, map) => { while (map); return from.call(Uint32Array, values); };`;

let app: StandInApp;

async function deaths(): Promise<number> {
  const text = await (await fetch(`${await app.process.url()}/metrics`)).text();
  return Number(/^egress_scope_analysis_thread_deaths_total (\d+)$/m.exec(text)?.[1]);
}

describe('a thread', () => {
  afterEach(() => app.stop());

  it('that runs out of memory takes nothing along but the job that needed it', async () => {
    app = await StandInApp.start({ NODE_OPTIONS: '--max-old-space-size=160' });
    const people = await app.newRepository();
    const deadly = await openPull(people, 'deadly', { 'mesh/a.yaml': HUGE });
    const fine = await openPull(people, 'fine', NARROWED);
    const run = await completedRun(people, deadly.head);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('ran out of memory');
    expect((await completedRun(people, fine.head)).output.title).toMatch(/^Fails/);
    expect(await deaths()).toBeGreaterThan(0);
    expect(app.process.exitCode).toBe(null);
  });

  it('that answers nothing any more is ended, and keeps nobody from being answered meanwhile', async () => {
    const preload = `data:text/javascript;base64,${Buffer.from(ENDLESS).toString('base64')}`;
    app = await StandInApp.start({ ANALYSIS_SECONDS: '1', NODE_OPTIONS: `--import ${preload}` });
    const people = await app.newRepository();
    const pull = await openPull(people, 'endless', NARROWED);
    let slowest = 0;
    await until(() => app.github.count('GET /repos/{owner}/{repo}/git/blobs/{file_sha}') > 0);
    const url = await app.process.url();
    while (!people.store.checkRuns.some(({ status }) => status === 'completed')) {
      const start = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      slowest = Math.max(slowest, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(slowest).toBeLessThan(2000);
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('ran out of time');
    expect(await deaths()).toBe(1);
  });
});

describe('what a thread asks GitHub for', () => {
  it('is never to write anything', async () => {
    const sent: FromThread[] = [];
    const client = new ForwardedRequests((message) => sent.push(message), undefined).clientFor(1);
    const comment = client.rest.issues.createComment({ owner: 'a', repo: 'b', issue_number: 1, body: 'c' });
    await expect(comment).rejects.toThrow('A thread may not POST');
    expect(sent).toEqual([]);
  });

  it('comes back as GitHub has said it, refusals included', async () => {
    const sent: FromThread[] = [];
    const requests = new ForwardedRequests((message) => sent.push(message), 'http://127.0.0.1:1/api/v3');
    const asked = requests.clientFor(7).rest.pulls.get({ owner: 'a', repo: 'b', pull_number: 1 });
    await until(() => sent.length === 1);
    const url = 'http://127.0.0.1:1/api/v3/repos/a/b/pulls/1';
    expect(sent).toMatchObject([{ type: 'request', job: 7, request: 1, url }]);
    const body = new TextEncoder().encode('{"message": "Not Found"}').buffer;
    const headers = { 'content-type': 'application/json' };
    requests.take({ type: 'response', request: 1, response: { status: 404, headers, body } });
    await expect(asked).rejects.toMatchObject({ status: 404, message: expect.stringContaining('Not Found') as string });
  });
});
