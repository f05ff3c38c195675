import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTraffic } from '../../src/source/read-traffic.js';
import { runCommand } from '../cli/run-command.js';
import { callLabels, HAS_PROMETHEUS, PrometheusServer, type IngestedSeries, type Sample } from './prometheus-server.js';

const REVIEWS = 'reviews.bookinfo.svc.cluster.local';
const RATINGS = 'ratings.bookinfo.svc.cluster.local';
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** On the minute, as windows end. */
const NOW = Math.floor(Date.now() / 60_000) * MINUTE;

/** A counter every five minutes, from so many seconds ago to so many. */
function counter(fromAgo: number, toAgo: number, valueAt: (minutes: number) => number): Sample[] {
  const samples: Sample[] = [];
  for (let at = NOW - fromAgo; at <= NOW - toAgo; at += 5 * MINUTE)
    samples.push([at, valueAt((at - NOW + fromAgo) / MINUTE)]);
  return samples;
}

const requests = (labels: IngestedSeries['labels'], samples: readonly Sample[]): IngestedSeries => {
  return { metric: 'istio_requests_total', labels, samples };
};

const HISTORY: readonly IngestedSeries[] = [
  // 20 a minute, from two pods, one of which restarts every day.
  requests(callLabels('shop/cart', REVIEWS), counter(3 * DAY - MINUTE, 0, (minutes) => 1000 + 10 * minutes)),
  requests(callLabels('shop/cart', REVIEWS, { pod: 'cart-1' }), counter(3 * DAY - MINUTE, 0, (minutes) => 10 * (minutes % 1440))),
  // The server counts the same calls again.
  requests(callLabels('shop/cart', REVIEWS, { reporter: 'destination', pod: 'reviews-0' }), counter(3 * DAY - MINUTE, 0, (minutes) => 20 * minutes)),
  // Three calls of a job that had ended before Prometheus saw it a second time; yesterday.
  requests(callLabels('shop/nightly', RATINGS), [[NOW - 1.5 * DAY, 3]]),
  // Once, before all of it: the pod still says so.
  requests(callLabels('shop/cart', 'stock.shop.svc.cluster.local'), counter(3 * DAY - MINUTE, 0, () => 7)),
  // A caller without a sidecar, and one whose sidecar reports nothing.
  requests(callLabels('unknown/unknown', REVIEWS, { reporter: 'destination', source_workload: 'unknown', pod: 'reviews-0' }), counter(3 * DAY - MINUTE, 0, (minutes) => 6 * minutes)),
  requests(callLabels('shop/mute', RATINGS, { reporter: 'destination', pod: 'ratings-0' }), counter(3 * DAY - MINUTE, 0, (minutes) => minutes)),
  // Past the mesh, and into the black hole.
  requests(callLabels('shop/cart', 'unknown', { destination_service: 'api.example.com', destination_service_name: 'PassthroughCluster', destination_service_namespace: 'unknown' }), counter(3 * DAY - MINUTE, 0, (minutes) => 2 * minutes)),
  { metric: 'istio_tcp_connections_opened_total', labels: callLabels('shop/cart', 'unknown', { destination_service: 'unknown', destination_service_name: 'BlackHoleCluster', destination_service_namespace: 'unknown', request_protocol: 'tcp' }), samples: counter(3 * DAY - MINUTE, 2 * DAY, (minutes) => minutes / 5) },
  { metric: 'istio_tcp_connections_opened_total', labels: callLabels('shop/cart', 'redis.shop.svc.cluster.local', { request_protocol: 'tcp' }), samples: counter(DAY, 0, (minutes) => minutes / 5) },
  // Of another mesh.
  requests(callLabels('shop/cart', RATINGS, { cluster: 'staging' }), counter(DAY, 0, (minutes) => minutes)),
]; // prettier-ignore

describe.skipIf(!HAS_PROMETHEUS)('evidence from a Prometheus', () => {
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    prometheus = await PrometheusServer.start(HISTORY);
  });
  afterAll(() => prometheus.stop());

  const read = (days: number, selector = 'cluster!="staging"') =>
    readTraffic(
      {
        window: { from: (NOW - days * DAY) * 1000, to: NOW * 1000 },
        selector,
        clusterDomain: 'cluster.local',
      },
      { url: prometheus.url, headers: {} },
    );

  it('adds up what pods have counted, whatever has reset their counters', async () => {
    const { calls } = await read(3);
    const reviews = calls.find(({ from, host }) => from === 'shop/cart' && host === REVIEWS);
    expect(reviews?.perMinute).toBeGreaterThanOrEqual(19);
    expect(reviews?.perMinute).toBeLessThanOrEqual(21);
    expect(reviews).toMatchObject({ protocol: 'http', port: null, via: null, lastSeen: NOW * 1000 });
  });

  it('knows the calls of what has lived for one scrape only', async () => {
    const { calls } = await read(3);
    const job = calls.find(({ from }) => from === 'shop/nightly');
    expect(job).toMatchObject({ host: RATINGS, perMinute: 0.00069, lastSeen: (NOW - DAY) * 1000 });
  });

  it('tells what was counted before the window from what was never counted', async () => {
    const { calls } = await read(2);
    expect(calls.find(({ host }) => host === 'stock.shop.svc.cluster.local')).toMatchObject({
      perMinute: 0,
      lastSeen: null,
    });
  });

  it('tells who reports, and of whom only servers tell', async () => {
    const { callers, calls, unattributed } = await read(3);
    expect(callers.map(({ workload }) => workload)).toEqual(['shop/cart', 'shop/nightly']);
    expect(calls.find(({ from }) => from === 'shop/mute')).toMatchObject({ host: RATINGS, perMinute: 1 });
    expect(unattributed).toBeCloseTo(6, 0);
  });

  it('has what went past the mesh, and what went nowhere', async () => {
    const { calls } = await read(3);
    const elsewhere = calls.filter(({ via }) => via !== null);
    expect(elsewhere).toEqual([
      { from: 'shop/cart', host: null, port: null, protocol: 'tcp', via: 'BlackHoleCluster', perMinute: expect.closeTo(0.067, 2) as number, lastSeen: (NOW - 2 * DAY) * 1000 },
      { from: 'shop/cart', host: 'api.example.com', port: null, protocol: 'http', via: 'PassthroughCluster', perMinute: 2, lastSeen: NOW * 1000 },
    ]); // prettier-ignore
  });

  it('has connections, by what a selector leaves', async () => {
    const all = await read(1, '');
    expect(all.calls.find(({ host }) => host === RATINGS)?.perMinute).toBeCloseTo(1, 1);
    const { calls } = await read(1);
    expect(calls.some(({ host }) => host === RATINGS)).toBe(true);
    expect(calls.find(({ from, host }) => from === 'shop/cart' && host === RATINGS)).toBeUndefined();
    expect(calls.find(({ host }) => host === 'redis.shop.svc.cluster.local')).toMatchObject({
      protocol: 'tcp',
      perMinute: 0.2,
    });
  });

  it('says how much of a window Prometheus has nothing of', async () => {
    const { parts } = await read(10);
    expect(parts).toEqual({ asked: 10, failed: 0, empty: 7 });
  });

  it('writes a file that reads back, from the command line', async () => {
    const { exitCode, out, err } = await runCommand(
      ['evidence', '--prometheus', prometheus.url, '--window', '3d', '--select', 'cluster!="staging"'],
      { workingDirectory: '/' },
    );
    expect(err).toContain('2 workloads that report their calls');
    expect(exitCode).toBe(0);
    expect(out).toContain(
      '{"from": "shop/cart", "to": "api.example.com", "protocol": "http", "via": "PassthroughCluster", "perMinute": 2}',
    );
    expect(out.split('\n').filter((line) => line.includes('"from": "shop/'))).toHaveLength(7);
  });
});

describe.skipIf(!HAS_PROMETHEUS)('evidence from a Prometheus that scrapes', () => {
  let pod: Server;
  let prometheus: PrometheusServer;
  let count = 0;

  beforeAll(async () => {
    pod = createServer((_request, response) => {
      count += 5;
      const labels = Object.entries(callLabels('shop/cart', REVIEWS))
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',');
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`# TYPE istio_requests_total counter\nistio_requests_total{${labels}} ${count}\n`);
    });
    await new Promise<void>((resolve) => pod.listen(0, '127.0.0.1', resolve));
    prometheus = await PrometheusServer.start([], `127.0.0.1:${(pod.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await prometheus.stop();
    pod.close();
  });

  it('sees what is being counted', async () => {
    let calls: Awaited<ReturnType<typeof readTraffic>>['calls'] = [];
    for (let attempt = 0; attempt < 30 && calls.length === 0; attempt += 1) {
      await wait(1000);
      const to = Date.now();
      const window = { from: to - 10 * 60_000, to };
      const question = { window, selector: '', clusterDomain: 'cluster.local' };
      ({ calls } = await readTraffic(question, { url: prometheus.url, headers: {} }));
      calls = calls.filter(({ perMinute }) => perMinute !== 0);
    }
    expect(calls).toEqual([expect.objectContaining({ from: 'shop/cart', host: REVIEWS, via: null })]);
  });
});
