import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/github/log.js';
import { Metrics } from '../../src/github/metrics.js';
import { createWebhookServer, type Delivery } from '../../src/github/webhook-server.js';
import { until } from './app-process.js';

const SECRET = 'hush';
let server: Server;
let port: number;
let deliveries: Delivery[];
let lines: string[];
let metrics: Metrics;
let readiness: { isStopping: boolean; whyNot: string | null };

beforeEach(async () => {
  deliveries = [];
  lines = [];
  metrics = new Metrics(
    () => Promise.resolve({ waiting: 0, running: 0, oldestWaitingSeconds: 0 }),
    () => ({ threads: 1, waiting: 0, running: 0, usedHeapBytes: 0 }),
  );
  readiness = { isStopping: false, whyNot: null };
  server = createWebhookServer({
    secret: SECRET,
    log: createLog('trace', (line) => lines.push(line)),
    onDelivery: (delivery) => {
      deliveries.push(delivery);
    },
    readiness,
    metrics,
    showsMetrics: true,
    maxBytesAtATime: 40 * 2 ** 20,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function sign(body: string, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const usual = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': sign(body),
  };
  return fetch(`http://127.0.0.1:${port}/api/github/webhooks`, {
    method: 'POST',
    headers: { ...usual, ...headers },
    body,
  });
}

function get(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`);
}

/** Writes a request head by hand, then as much of a body as the server lets through; returns what it answers. */
async function sendLarge(
  head: readonly string[],
  bytes: number,
): Promise<{ readonly answer: string; readonly sent: number }> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('utf8')));
  socket.on('error', () => undefined);
  socket.write(
    `POST /api/github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: d\r\nX-Hub-Signature-256: sha256=00\r\n${head.join('\r\n')}\r\n\r\n`,
  );
  const isChunked = head.some((line) => line.includes('chunked'));
  const block = Buffer.alloc(2 ** 20, 'secretbody');
  let sent = 0;
  while (sent < bytes && answer === '' && !socket.destroyed) {
    if (isChunked) socket.write(`${block.byteLength.toString(16)}\r\n`);
    const isFlushed = socket.write(block);
    if (isChunked) socket.write('\r\n');
    sent += block.byteLength;
    await new Promise((resolve) => setTimeout(resolve, isFlushed ? 0 : 5));
  }
  await until(() => answer !== '' || socket.destroyed);
  socket.destroy();
  return { answer, sent };
}

describe('the webhook server', () => {
  it('hands over a signed delivery', async () => {
    expect((await post('{"action":"opened"}')).status).toBe(202);
    expect(deliveries).toEqual([{ id: 'd-1', event: 'pull_request', payload: { action: 'opened' } }]);
  });

  it('keeps an idle connection for longer than load balancers do, so that it never closes one that is used', async () => {
    const [, seconds] = /timeout=(\d+)/.exec((await get('/healthz')).headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(60);
  });

  it.each([
    ['a wrong secret', sign('{"a":1}', 'development')],
    ['a signature of another body', sign('{"a":2}')],
    ['a signature that is too short', 'sha256=ab'],
    ['an older algorithm', `sha1=${'0'.repeat(40)}`],
  ])('refuses %s, and logs nothing of the body', async (_name, signature) => {
    const answer = await post('{"a":1}', { 'x-hub-signature-256': signature });
    expect(answer.status).toBe(400);
    expect(deliveries).toEqual([]);
    expect(lines.join('')).not.toContain('{\\"a\\"');
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['an empty delivery id', { 'x-github-delivery': '' }, 400],
    ['a delivery id of unreasonable length', { 'x-github-delivery': 'x'.repeat(5000) }, 400],
  ])('refuses %s', async (_name, headers, status) => {
    expect((await post('{}', headers)).status).toBe(status);
    expect(deliveries).toEqual([]);
  });

  it.each(['[]', 'null', '{', '"text"'])('refuses the signed body %s', async (body) => {
    expect((await post(body)).status).toBe(400);
    expect(deliveries).toEqual([]);
  });

  it('refuses a body of 30 MB by its announced size, before it arrives', async () => {
    const { answer, sent } = await sendLarge([`Content-Length: ${30 * 2 ** 20}`], 30 * 2 ** 20);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(20 * 2 ** 20);
    expect(lines.join('')).not.toContain('secretbody');
    expect(lines.join('').length).toBeLessThan(1000);
  });

  it('cuts off a body that does not announce its size', async () => {
    const { answer } = await sendLarge(['Transfer-Encoding: chunked'], 40 * 2 ** 20);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(deliveries).toEqual([]);
    expect(lines.join('')).not.toContain('secretbody');
  });

  it('takes no more bodies at a time than fit into memory', async () => {
    const head = `Content-Length: ${20 * 2 ** 20}`;
    const sending = [sendLarge([head], 15 * 2 ** 20), sendLarge([head], 15 * 2 ** 20)];
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { answer } = await sendLarge([head], 15 * 2 ** 20);
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*Too much is arriving/s);
    server.closeAllConnections();
    await Promise.all(sending);
    expect((await post('{}')).status).toBe(202);
    expect(lines.join('')).not.toContain('secretbody');
  });

  it('lives but is not ready before GitHub knows it, and takes deliveries all the same', async () => {
    readiness.whyNot = 'GitHub was not asked yet';
    expect((await get('/healthz')).status).toBe(200);
    const answer = await get('/readyz');
    expect([answer.status, await answer.text()]).toEqual([503, 'GitHub was not asked yet\n']);
    expect((await post('{}')).status).toBe(202);
    readiness.whyNot = null;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('lives and takes nothing while it stops', async () => {
    Object.assign(readiness, { isStopping: true, whyNot: 'stopping' });
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    expect((await post('{}')).status).toBe(503);
  });

  it('counts deliveries by event and outcome, and makes no label of a word that anybody may send', async () => {
    await post('{}');
    await post('{}', { 'x-hub-signature-256': sign('{}', 'development') });
    await post('{}', { 'x-github-event': 'whatever-somebody-wrote' });
    await post('{}', { 'x-github-delivery': '' });
    await post('[]');
    await post('{}', { 'content-type': 'text/plain' });
    readiness.isStopping = true;
    await post('{}');
    const text = await (await get('/metrics')).text();
    expect(text.split('\n').filter((line) => line.startsWith('egress_scope_deliveries_total'))).toEqual([
      'egress_scope_deliveries_total{event="pull_request",outcome="accepted"} 1',
      'egress_scope_deliveries_total{event="pull_request",outcome="signature"} 1',
      'egress_scope_deliveries_total{event="other",outcome="accepted"} 1',
      'egress_scope_deliveries_total{event="pull_request",outcome="headers"} 1',
      'egress_scope_deliveries_total{event="pull_request",outcome="not-json"} 1',
      'egress_scope_deliveries_total{event="pull_request",outcome="content-type"} 1',
      'egress_scope_deliveries_total{event="pull_request",outcome="stopping"} 1',
    ]);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/probot', 404],
    ['GET', '/api/github/webhooks', 405],
  ])('answers %s %s with %d', async (method, path, status) => {
    expect((await fetch(`http://127.0.0.1:${port}${path}`, { method })).status).toBe(status);
  });
});
