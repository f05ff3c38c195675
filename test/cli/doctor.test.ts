import { generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { POSTS_ONLY } from '../../src/github/webhook-server.js';
import { StandInApp } from '../github/stand-in-app.js';
import { GitHubStandIn, EVENTS, type StandInOptions } from '../github/stand-in/github-stand-in.js';
import type { LoggedDelivery } from '../github/stand-in/deliveries.js';
import { DEFAULT_PERMISSIONS } from '../github/stand-in/world.js';
import { runCommand } from './run-command.js';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

/** A GitHub on which the App is installed, and something that listens where its webhooks go. */
async function start(options: StandInOptions = {}, listener: RequestListener = answerAsApp) {
  const github = await GitHubStandIn.start(options);
  const { store } = await github.createRepository();
  const app = createServer(listener);
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => github.close(),
    () => new Promise((resolve) => app.close(resolve)),
  );
  const appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  github.sendWebhooksTo(appUrl);
  const web = github.world.webUrl;
  const settings = `${web}/organizations/acme/settings/apps/egress-scope-test`;
  return { github, appUrl, installation: store.installation, web, settings };
}

const answerAsApp: RequestListener = (_request, response) => {
  response.writeHead(405).end(POSTS_ONLY);
};

async function doctor(github: GitHubStandIn, over: Readonly<Record<string, string>> = {}) {
  const environment = { ...github.appEnvironment, ...over };
  const before = github.requests.length;
  const answer = await runCommand(['doctor'], { workingDirectory: '/', environment });
  expect(answer.out + answer.err).not.toContain(github.world.app.privateKey.slice(40, 100));
  expect(answer.out + answer.err).not.toContain(github.world.app.webhookSecret);
  // Nothing is changed. The App beside it may ask for tokens.
  const changing = github.requests
    .slice(before)
    .filter(({ method, path }) => method !== 'GET' && !/access_tokens/.test(path));
  expect(changing).toEqual([]);
  expect([github.violations, github.ownProblems]).toEqual([[], []]);
  return answer;
}

let number = 0;

/** A delivery that ended with this answer, later than those before it. */
function delivery(answer: number | null): LoggedDelivery {
  number += 1;
  const sentAt = Date.UTC(2026, 0, 1) + number * 1000;
  return {
    number,
    id: String(number),
    event: 'push',
    action: null,
    fate: 'sent',
    body: '',
    attempt: 1,
    sentAt,
    answer,
    milliseconds: 1,
  };
}

describe('doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    const app = await StandInApp.start();
    closing.push(() => app.stop());
    const { github } = app;
    await github.createRepository();
    await github.deliveries.settled();
    const hook = github.deliveries.target ?? '';
    const { exitCode, out, err } = await doctor(github);
    expect(out.replace(/is \d s (?:ahead of|behind) /, 'is some way off ')).toBe(`\
ok     key            The private key is that of App 4242, egress-scope-test, which belongs to acme.
ok     clock          This machine’s clock is some way off GitHub’s.
ok     permissions    The App has all that it needs: contents: read, pull_requests: write, checks: write, issues: read, merge_queues: read, metadata: read.
ok     events         The App is told of pull_request, merge_group, push, check_run, check_suite, issue_comment, pull_request_review.
note   webhook        ${hook} is not encrypted on its way.
                      → Use https, at http://${github.host}/organizations/acme/settings/apps/egress-scope-test.
ok     deliveries     The last 1 arrived.
ok     reachability   The App answers at ${hook}, asked from here.
ok     installations  acme has granted all, for selected repositories.
All is right.
`);
    expect([exitCode, err]).toEqual([0, '']);
  });

  it('names permissions and events that are missing, and those that are too many', async () => {
    const { github, settings } = await start({
      permissions: { contents: 'write', pull_requests: 'read', checks: 'write', metadata: 'read', members: 'read' },
      events: ['pull_request', 'push', 'check_run', 'check_suite', 'merge_group', 'release'],
    });
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out).toContain(
      'wrong  permissions    The App lacks pull_requests: write, issues: read, merge_queues: read.\n',
    );
    expect(out).toContain('note   permissions    The App has more than it needs: contents: write.\n');
    expect(out).toContain(`→ Set them at ${settings}/permissions; each installation has to accept what is added.`);
    expect(out).toContain('wrong  events         The App is not told of issue_comment, pull_request_review.\n');
    // What the App does not ask for, an installation cannot accept.
    expect(out).toContain('ok     installations');
    expect(out).toContain('2 to mend.\n');
  });

  it('names events that are too many where none is missing', async () => {
    const { github } = await start({ events: [...EVENTS, 'release'] });
    const { exitCode, out } = await doctor(github);
    expect(out).toContain('note   events         The App is told of more than it needs: release.\n');
    expect(exitCode).toBe(0);
  });

  it('names installations that have not accepted what the App asks for, or are suspended', async () => {
    const { github, installation, web } = await start();
    const accepted = Object.entries(DEFAULT_PERMISSIONS).filter(([name]) => name !== 'merge_queues');
    installation.granted = Object.fromEntries(accepted);
    const other = await github.createRepository({ owner: 'globex' });
    other.store.installation.isSuspended = true;
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out).toContain('wrong  installations  acme has not granted merge_queues: read.\n');
    expect(out).toContain(`${web}/organizations/acme/settings/installations/${installation.id}.`);
    expect(out).toContain('wrong  installations  globex has suspended the App.\n');
  });

  it('says when the App is installed nowhere', async () => {
    const { github, web } = await start();
    github.world.installations.clear();
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out).toContain(`→ Install it at ${web}/apps/egress-scope-test/installations/new.`);
  });

  it('names what is wrong with the webhook', async () => {
    const { github, appUrl, settings } = await start();
    github.world.hook = { url: `${appUrl}/`, content_type: 'form', secret: undefined };
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out).toContain(`wrong  webhook        The URL is ${appUrl}/.\n`);
    expect(out).toContain(`→ Let its path be /api/github/webhooks, at ${settings}.`);
    expect(out).toContain('wrong  webhook        The content type is form; the App takes JSON only.\n');
    expect(out).toContain('wrong  webhook        There is no secret.\n');
    github.world.hook = { url: undefined };
    expect((await doctor(github)).out).toContain('wrong  webhook        The App has no webhook URL.\n');
    github.world.hook = { url: 'https://127.0.0.1:1/api/github/webhooks', insecure_ssl: '1' };
    expect((await doctor(github)).out).toContain('note   webhook        GitHub does not verify the certificate.\n');
  });

  it.each([
    [400, 'The signature does not match'],
    [403, 'Something in front of the App asks for a login'],
    [404, 'Let the proxy pass /api/github/webhooks on unchanged.'],
    [413, 'Let the proxy take bodies of 25 MB.'],
    [null, 'See whether the App runs'],
  ])('says what to do when the newest delivery ended with %s', async (status, words) => {
    const { github } = await start();
    github.deliveries.log.push(delivery(202), delivery(status));
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^wrong {2}deliveries {5}Of the last 2, 1 did not arrive: push at .* ended with /m);
    expect(out).toContain(words);
  });

  it('notes older deliveries that did not arrive', async () => {
    const { github } = await start();
    github.deliveries.log.push(delivery(null), delivery(202));
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^note {3}deliveries .* The newest did arrive\.$/m);
  });

  it('looks whether the App answers where its webhooks go', async () => {
    const { github, appUrl } = await start({}, (_request, response) => response.writeHead(503).end());
    const unwell = await doctor(github);
    expect(unwell.exitCode).toBe(1);
    expect(unwell.out).toContain(
      `wrong  reachability   ${appUrl}/api/github/webhooks answers with 503, and not as the App does, asked from here.\n`,
    );
    github.world.hook = { url: 'http://127.0.0.1:1/api/github/webhooks' };
    expect((await doctor(github)).out).toContain('http://127.0.0.1:1/api/github/webhooks does not answer');
    github.deliveries.log.push(delivery(202));
    const elsewhere = await doctor(github);
    expect(elsewhere.out).toMatch(/^note {3}reachability .* GitHub’s deliveries arrive\.$/m);
    expect(elsewhere.exitCode).toBe(0);
  });

  it('tells another App’s key from one that GitHub does not reach', async () => {
    const { github } = await start();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const foreign = await doctor(github, { PRIVATE_KEY: privateKey });
    expect(foreign.exitCode).toBe(1);
    expect(foreign.out).toContain('wrong  key            GitHub refuses the private key for App 4242.\n');
    expect(foreign.out).toContain('Take APP_ID and a private key from the settings page of one and the same App.');
    expect(foreign.out).not.toContain('permissions');
    expect((await doctor(github, { APP_ID: '4243' })).out).toContain('GitHub refuses the private key for App 4243.');
    const away = await doctor(github, { GHE_HOST: '127.0.0.1:1' });
    expect(away.out).toContain('wrong  key            http://127.0.0.1:1/api/v3 cannot be reached');
    github.faults.plan('GET /app', { kind: 'status', status: 404 }, 1);
    expect((await doctor(github)).out).toContain('There is no App 4242 on this GitHub.');
    github.faults.plan('GET /app', { kind: 'status', status: 500 }, 1);
    expect((await doctor(github)).out).toContain('GitHub answers with 500.');
  });

  it('goes on where GitHub does not answer one question', async () => {
    const { github } = await start();
    for (const operation of ['GET /app/hook/config', 'GET /app/hook/deliveries', 'GET /app/installations']) {
      github.faults.plan(operation, { kind: 'status', status: 503 });
    }
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out.match(/^.{13}.*answers with 503\.$/gm)?.map((line) => line.slice(7, 20).trim())).toEqual([
      'webhook',
      'deliveries',
      'installations',
    ]);
  });

  it('sees that the clock is wrong', async () => {
    const { github } = await start();
    github.faults.plan('GET /app', { kind: 'status', status: 401 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    const { exitCode, out } = await doctor(github);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^wrong {2}clock {10}This machine’s clock is \d+ s ahead of GitHub’s/m);
    expect(out).toContain('Set this machine’s clock first.');
  });

  it('needs the variables that serve needs', async () => {
    const { exitCode, out, err } = await runCommand(['doctor'], { workingDirectory: '/' });
    expect([exitCode, out]).toEqual([64, '']);
    expect(err).toContain('APP_ID is not set.');
  });
});
