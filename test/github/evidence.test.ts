import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenCall } from '../../src/evidence/traffic-evidence.js';
import { writeEvidence } from '../../src/evidence/write-evidence.js';
import { EvidenceFetcher, isAllowed, isEvidencePrefix } from '../../src/github/evidence-fetcher.js';
import { deployment, namespace, service, sidecar } from '../reachability/change-mesh.js';
import type { Changes, Files } from './stand-in/git-store.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';
import { completedRun, openPull, StandInApp } from './stand-in-app.js';

const DAY = 24 * 60 * 60 * 1000;
const CONFIGURATION = '.github/egress-scope.yml';
const PATH = 'mesh/traffic.json';
const CART = 'cart.shop.svc.cluster.local';
/** `web` names nothing. */
const BASE = {
  'k8s/shop.yaml': [namespace('shop'), service('shop/cart'), deployment('shop/cart')].join('---\n'),
  'k8s/front.yaml': [namespace('front'), deployment('front/web')].join('---\n'),
};
/** Takes everything from it. */
const NARROWED = { 'k8s/sidecar.yaml': sidecar('front/default', ['istio-system/*']) };

function evidence(host: string, days = 0): string {
  const to = Math.floor(Date.now() / 1000) * 1000 - days * DAY;
  const call: SeenCall = { from: 'front/web', host, port: null, protocol: 'http', via: null, perMinute: 1200, lastSeen: to }; // prettier-ignore
  return writeEvidence({
    ...{ source: 'prometheus', readAt: to, from: to - 14 * DAY, to, leftOut: 0, unattributed: 0 },
    parts: { asked: 14, failed: 0, empty: 0 },
    callers: [{ workload: 'front/web', since: to - 14 * DAY }],
    calls: [call],
  });
}

function plain(text: string | null | undefined): string {
  return (text ?? '').replace(/[\\\u200b]/g, '');
}

const servers: Server[] = [];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe('a pull request, with evidence', () => {
  let app: StandInApp;
  let url: string;
  let asked = 0;
  let pull: StoredPull;

  async function judge(base: Files, changes: Changes = NARROWED): Promise<StoredCheckRun> {
    const people = await app.newRepository({ files: { ...BASE, ...base } });
    pull = await openPull(people, 'change', changes);
    const run = await completedRun(people, pull.head);
    expect(app.github.violations).toEqual([]);
    return run;
  }

  beforeAll(async () => {
    url = await listen((request, response) => {
      asked += 1;
      if (request.url === '/mesh/traffic.json') response.setHeader('etag', '"1"').end(evidence(CART));
      else response.writeHead(500).end();
    });
    app = await StandInApp.start({ EVIDENCE_URLS: `https://evidence.example.com ${url}/mesh` });
  });
  afterAll(() => app.stop());

  const IN_GIT = { [CONFIGURATION]: `evidence: {file: ${PATH}}\n` };

  it('gates the loss of a call that is made, and says how often', async () => {
    const run = await judge({ ...IN_GIT, [PATH]: evidence(CART) });
    expect(run.conclusion).toBe('failure');
    const body = plain(pull.reviews[0]?.body);
    expect(body).toMatch(/\*\*Fails: front\/Deployment\/web would call 1 destination past the mesh, without mutual TLS, at 1\.2k requests a minute\.\*\*/); // prettier-ignore
    expect(body).toContain('traffic evidence shows that it calls it: 1.2k requests a minute, last seen ');
    expect(body).toContain('traffic evidence less than an hour old');
    expect(plain(run.output.summary)).toContain('14 days; 1 workload of 1 namespace reports its calls');
  });

  it('lets pass what nobody calls', async () => {
    const run = await judge({ ...IN_GIT, [PATH]: evidence('other.shop.svc.cluster.local') });
    expect(run.conclusion).toBe('success');
    expect(plain(run.output.summary)).toContain('traffic evidence shows no such call');
  });

  it('goes by the base’s, whatever the pull request brings', async () => {
    const forged = { ...NARROWED, [PATH]: evidence('other.shop.svc.cluster.local') };
    expect((await judge({ ...IN_GIT, [PATH]: evidence(CART) }, forged)).conclusion).toBe('failure');
    expect((await judge({}, { ...forged, ...IN_GIT })).conclusion).toBe('failure');
  });

  it.each([
    ['is not there', {}, /evidence mesh\/traffic\.json is not in [0-9a-f]{7}/],
    ['is none', { [PATH]: '{"a": 1}' }, /does not begin as evidence does/],
    ['is old', { [PATH]: evidence('other.shop.svc.cluster.local', 40) }, /it is older than 30 days/],
  ])('weighs nothing less by one that %s, and says so', async (_name, files, words) => {
    const run = await judge({ ...IN_GIT, ...files });
    expect(run.conclusion).toBe('failure');
    expect(plain(run.output.summary)).toMatch(words);
    expect(plain(run.output.summary)).toMatch(/evidence-(?:unusable|stale)/);
  });

  it('is fetched from an address that the App allows, and kept for a while', async () => {
    const configured = { [CONFIGURATION]: `evidence: {url: "${url}/mesh/traffic.json"}\n` };
    const run = await judge(configured);
    expect(run.conclusion).toBe('failure');
    expect(plain(pull.reviews[0]?.body)).toContain('1.2k requests a minute');
    const before = asked;
    await judge(configured);
    expect(plain(pull.reviews[0]?.body)).toContain('1.2k requests a minute');
    expect(asked).toBe(before);
  });

  it('is not fetched from any other address, nor for a configuration that is not in force', async () => {
    const before = asked;
    const elsewhere = { [CONFIGURATION]: `evidence: {url: "${url}/secret"}\n` };
    const run = await judge(elsewhere);
    expect(run.conclusion).toBe('failure');
    expect(plain(run.output.summary)).toContain('is not among the addresses of EVIDENCE_URLS');
    await judge({}, { ...NARROWED, [CONFIGURATION]: `evidence: {url: "${url}/mesh/other.json"}\n` });
    expect(asked).toBe(before);
  });
});

describe('an address of evidence', () => {
  it.each([
    ['https://a.example.com/mesh/traffic.json', true],
    ['https://a.example.com/mesh', true],
    ['https://a.example.com/meshes/traffic.json', false],
    ['https://a.example.com/mesh/../secret', false],
    ['https://a.example.com/mesh/%2e%2e/secret', false],
    ['https://a.example.com/mesh/..%2fsecret', false],
    ['http://a.example.com/mesh/traffic.json', false],
    ['https://a.example.com.evil.example/mesh/x', false],
    ['https://a.example.com@evil.example/mesh/x', false],
    ['https://me:pass@a.example.com/mesh/x', false],
    ['https://a.example.com:8443/mesh/x', false],
    ['http://localhost:9000/x', true],
    ['file:///etc/passwd', false],
    ['no address', false],
  ])('%s: %s', (address, isRight) => {
    expect(isAllowed(address, ['https://a.example.com/mesh', 'http://localhost:9000'])).toBe(isRight);
  });

  it.each(['http://a.example.com', 'https://a.example.com/?x=1', 'https://me:pass@a.example.com', 'ftp://a', 'x'])('is not allowed as %s', (prefix) => {
    expect(isEvidencePrefix(prefix)).toBe(false);
  }); // prettier-ignore

  it('is asked again with what is known of it', async () => {
    const tags: (string | undefined)[] = [];
    const url = await listen((request, response) => {
      tags.push(request.headers['if-none-match']);
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.setHeader('etag', '"1"').end('text');
    });
    const fetcher = new EvidenceFetcher([url], { keepMs: 0 });
    for (let turn = 0; turn < 3; turn += 1) expect(await fetcher.fetch(`${url}/x`)).toEqual({ kind: 'text', text: 'text' }); // prettier-ignore
    expect(tags).toEqual([undefined, '"1"', '"1"']);
  });

  it.each<[string, RequestListener, string]>([
    ['fails', (_request, response) => response.writeHead(503).end(), 'answers 503'],
    ['leads elsewhere', (_request, response) => response.writeHead(302, { location: 'https://evil.example/x' }).end(), 'leads to an address that EVIDENCE_URLS does not have'],
    ['leads in circles', (_request, response) => response.writeHead(302, { location: '/x' }).end(), 'leads from address to address'],
    ['never ends', (_request, response) => void response.write('x'), 'does not answer within 0.3 seconds'],
    ['is cut off', (_request, response) => response.destroy(), 'cannot be reached'],
    ['is endless', (_request, response) => void response.writeHead(200).end('x'.repeat(21 * 2 ** 20)), 'holds more than 20 MiB'],
  ])('that %s gives none', async (_name, listener, reason) => {
    const url = await listen(listener);
    const timeoutMs = reason.includes('MiB') ? 30_000 : 300;
    expect(await new EvidenceFetcher([url], { timeoutMs }).fetch(`${url}/x`)).toEqual({ kind: 'missing', reason });
  }); // prettier-ignore
});
