import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readTraffic } from '../../src/source/read-traffic.js';
import { runCommand } from '../cli/run-command.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import { callLabels } from './prometheus-server.js';

const DAY = 24 * 60 * 60 * 1000;
const TO = Date.UTC(2031, 0, 15);
const SERIES = { metric: callLabels('shop/cart', 'reviews.bookinfo.svc.cluster.local'), value: [TO / 1000, '1440'] };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function answer(result: readonly object[]): string {
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

/** A Prometheus that does what the test wants; counts what it is asked. */
async function faulty(listener: (asked: number, ...of: Parameters<RequestListener>) => void) {
  const asked: { query: string; time: number }[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    asked.push({ query: searchParams.get('query') ?? '', time: Number(searchParams.get('time')) });
    listener(asked.length, request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Requests are the first query of each metric; the rest finds nothing. */
function rightAnswer(query: string): string {
  return answer(query.startsWith('sum by') && query.includes('increase(istio_requests_total') ? [SERIES] : []);
}

function read(url: string, over: object = {}, days = 1) {
  const failures: string[] = [];
  const question = {
    window: { from: TO - days * DAY, to: TO },
    selector: '',
    clusterDomain: 'cluster.local',
    onFailure: (_part: unknown, reason: string) => failures.push(reason),
  };
  const record = readTraffic(question, { url, headers: {}, pause: 1, timeout: 500, ...over });
  return record.then((traffic) => ({ ...traffic, failures }));
}

describe('a Prometheus in trouble', () => {
  it.each([
    ['500', (response: Parameters<RequestListener>[1]) => response.writeHead(500).end('oops')],
    ['503 with words', (response: Parameters<RequestListener>[1]) => response.writeHead(503).end('{"status":"error","errorType":"unavailable","error":"busy"}')],
    ['429', (response: Parameters<RequestListener>[1]) => response.writeHead(429, { 'retry-after': '0' }).end()],
    ['a cut connection', (response: Parameters<RequestListener>[1]) => response.destroy()],
    ['a cut answer', (response: Parameters<RequestListener>[1]) => void response.writeHead(200, { 'content-length': '1000' }).write('{"status":', () => response.destroy())],
    ['half an answer', (response: Parameters<RequestListener>[1]) => response.writeHead(200).end('{"status":"success","data":{"resul')],
    ['no answer in time', () => undefined],
  ])('is asked again after %s', async (_name, fail) => {
    const { url, asked } = await faulty((count, request, response) => {
      if (count <= 2) fail(response);
      else response.end(rightAnswer(new URL(request.url!, url).searchParams.get('query')!));
    });
    const { calls, parts } = await read(url);
    expect(calls).toMatchObject([{ perMinute: 1 }]);
    expect(parts).toEqual({ asked: 1, failed: 0, empty: 0 });
    expect(asked).toHaveLength(6);
  }); // prettier-ignore

  it('leaves a gap where it goes on failing, and says so', async () => {
    const { url } = await faulty((_count, request, response) => {
      const { searchParams } = new URL(request.url!, 'http://x');
      if (Number(searchParams.get('time')) * 1000 === TO - DAY)
        response.writeHead(500).end('{"error": "no <b>disk</b>"}');
      else response.end(rightAnswer(searchParams.get('query')!));
    });
    const { calls, parts, failures } = await read(url, { attempts: 2 }, 3);
    expect(parts).toEqual({ asked: 3, failed: 1, empty: 0 });
    expect(failures).toEqual(['it answers 500: no <b>disk</b>']);
    // The gap is no part of the time over which the mean is taken.
    expect(calls).toMatchObject([{ perMinute: 1 }]);
  });

  it('is given up where it never answers', async () => {
    const { url, asked } = await faulty((_count, _request, response) => response.writeHead(500).end());
    await expect(read(url, { attempts: 3 }, 14)).rejects.toThrow('it answers 500');
    expect(asked).toHaveLength(3);
  });

  it.each([
    [401, 'PROMETHEUS_TOKEN'],
    [403, '--header-file'],
    [404, 'without /api/v1'],
    [400, 'answers 400'],
    [302, 'redirects are not followed'],
  ])('is not asked again after %d', async (status, words) => {
    const { url, asked } = await faulty((_count, _request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/steal' }).end();
    });
    await expect(read(url)).rejects.toThrow(words);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['too many samples', 422, '{"status":"error","errorType":"execution","error":"query processing would load too many samples"}'],
    ['too long a time', 503, '{"status":"error","errorType":"timeout","error":"query timed out"}'],
    ['too long an answer', 200, `{"x": "${'y'.repeat(4000)}"}`],
  ])('is asked for halves where a day is %s', async (_name, status, body) => {
    const ranges = new Set<string>();
    const { url } = await faulty((_count, request, response) => {
      const query = new URL(request.url!, 'http://x').searchParams.get('query')!;
      const range = /\[(\d+)s\]/.exec(query)![1]!;
      ranges.add(range);
      if (Number(range) > 21_600) response.writeHead(status).end(body);
      else response.end(rightAnswer(query).replace('"1440"', '"360"'));
    });
    const { calls, parts } = await read(url, { maxBytes: 2000 });
    expect([...ranges]).toEqual(['86400', '43200', '21600']);
    expect(calls).toMatchObject([{ perMinute: 1 }]);
    expect(parts).toEqual({ asked: 1, failed: 0, empty: 0 });
  }); // prettier-ignore

  it('is no Prometheus where it answers something else', async () => {
    const { url } = await faulty((_count, _request, response) => response.end('{"hello": "world"}'));
    await expect(read(url)).rejects.toThrow('does not answer as Prometheus does');
  });
});

describe('egress-scope evidence', () => {
  it('sends the headers and the token that it is given, and never shows them', async () => {
    const headers: (string | undefined)[] = [];
    const { url } = await faulty((_count, request, response) => {
      headers.push(request.headers.authorization, request.headers['x-scope-orgid'] as string);
      response.writeHead(401).end();
    });
    const workingDirectory = temporaryFolder();
    writeFileSync(join(workingDirectory, 'headers'), '# for the tenant\nX-Scope-OrgID: shop\n');
    writeFileSync(join(workingDirectory, 'token'), 'hush-hush\n');
    const run = await runCommand(
      ['evidence', '--prometheus', url, '--header-file', 'headers', '--bearer-token-file', 'token'],
      { workingDirectory },
    );
    expect(headers).toEqual(['Bearer hush-hush', 'shop']);
    expect(run.exitCode).toBe(64);
    expect(run.err).not.toContain('hush');
    const second = await runCommand(['evidence', '--prometheus', url], { workingDirectory, environment: { PROMETHEUS_TOKEN: 'hush-more' } }); // prettier-ignore
    expect(headers.at(-2)).toBe('Bearer hush-more');
    expect(second.err).not.toContain('hush');
  });

  it.each([
    [['--prometheus', 'ftp://x'], 'is not an address of HTTP'],
    [['--prometheus', 'http://me:hush@x'], 'holds a password'],
    [['--prometheus', 'http://x/?a=b'], 'without a query'],
    [['--prometheus', 'http://x', 'file.json'], 'name either'],
    [[], 'name either'],
    [['--prometheus', 'http://x', '--window', '0d'], '--window 0d'],
    [['--prometheus', 'http://x', '--window', '9999d'], 'at most a year'],
    [['--prometheus', 'http://x', '--select', 'a'], 'not matchers'],
    [['missing.json'], 'ENOENT'],
    [['headers', '--header-file', 'headers'], 'are for --prometheus'],
    [['--prometheus', 'http://x', '--header-file', 'wrong'], 'line 2, is not NAME: VALUE'],
  ])('refuses %j', async (args, words) => {
    const workingDirectory = temporaryFolder();
    writeFileSync(join(workingDirectory, 'headers'), '');
    writeFileSync(join(workingDirectory, 'wrong'), 'A: b\nhush hush\n');
    const { exitCode, err } = await runCommand(['evidence', ...args], { workingDirectory });
    expect(exitCode).toBe(64);
    expect(err).toContain(words);
    expect(err).not.toContain('hush');
  });

  it('writes a file whole', async () => {
    const workingDirectory = temporaryFolder();
    writeFileSync(join(workingDirectory, 'calls.csv'), 'source_namespace,source_workload,destination_host,count\nshop,cart,a.b,1440\n'); // prettier-ignore
    const { exitCode, out, err } = await runCommand(['evidence', 'calls.csv', '--window', '1d', '--output', 'traffic.json'], { workingDirectory }); // prettier-ignore
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: '' });
    expect(err).toBe('note: 1 edge, 1 workload that reports its calls\n');
  });
});
