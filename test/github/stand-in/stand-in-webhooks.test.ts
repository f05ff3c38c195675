import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fate } from './deliveries.js';
import { GitHubStandIn } from './github-stand-in.js';
import type { RepositoryPeople } from './repository-people.js';
import { SeededRandom } from './seeded-random.js';

interface Received {
  readonly name: string;
  readonly id: string;
  readonly payload: Record<string, unknown>;
}

let github: GitHubStandIn;
let repository: RepositoryPeople;
let receiver: Server;
let received: Received[];
let badSignatures: number;

beforeEach(async () => {
  received = [];
  badSignatures = 0;
  github = await GitHubStandIn.start();
  receiver = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const signature = `sha256=${createHmac('sha256', github.world.app.webhookSecret).update(body).digest('hex')}`;
      if (request.headers['x-hub-signature-256'] !== signature) badSignatures += 1;
      const payload = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
      const action = typeof payload['action'] === 'string' ? `.${payload['action']}` : '';
      const id = String(request.headers['x-github-delivery']);
      received.push({ name: `${String(request.headers['x-github-event'])}${action}`, id, payload });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  github.sendWebhooksTo(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}`);
  repository = await github.createRepository({ name: 'mesh', files: { 'a.yaml': 'a\n' } });
});

afterEach(async () => {
  await github.close();
  receiver.closeAllConnections();
  receiver.close();
});

/** The events of what `act` does, in the order of their arrival. */
async function eventsOf(act: () => unknown): Promise<readonly string[]> {
  await github.deliveries.settled();
  received.length = 0;
  await act();
  await github.deliveries.settled();
  return received.map(({ name }) => name);
}

describe('the stand-in’s webhooks', () => {
  it('tells of everything that people do, signed, in GitHub’s shape', async () => {
    await github.deliveries.settled();
    expect(received.map(({ name }) => name)).toEqual(['installation.created']);
    expect(await eventsOf(() => repository.push('f', { 'b.yaml': 'b\n' }))).toEqual(['push', 'check_suite.requested']);
    expect(received[0]?.payload).toMatchObject({ created: true, commits: [{ added: ['b.yaml'], removed: [] }] });
    const pull = await repository.openPullRequest({ head: 'f' });
    expect(await eventsOf(() => repository.push('f', { 'c.yaml': 'c\n' }))).toEqual([
      'push',
      'check_suite.requested',
      'pull_request.synchronize',
    ]);
    expect(await eventsOf(() => repository.setDraft(pull, true))).toEqual(['pull_request.converted_to_draft']);
    expect(await eventsOf(() => repository.setDraft(pull, false))).toEqual(['pull_request.ready_for_review']);
    expect(await eventsOf(() => repository.changeBase(pull, 'main'))).toEqual(['pull_request.edited']);
    expect(await eventsOf(() => repository.editTitle(pull, 'x'))).toEqual(['pull_request.edited']);
    expect(await eventsOf(() => repository.close(pull))).toEqual(['pull_request.closed']);
    expect(await eventsOf(() => repository.reopen(pull))).toEqual(['pull_request.reopened']);
    const comment = repository.comment(pull, 'someone', '/egress-scope recheck');
    expect(await eventsOf(() => repository.editComment(pull, comment, 'else'))).toEqual(['issue_comment.edited']);
    expect(received[0]?.payload).toMatchObject({ changes: { body: { from: '/egress-scope recheck' } } });
    expect(await eventsOf(() => repository.rerequestCheckSuite(pull.head))).toEqual(['check_suite.rerequested']);
    expect(await eventsOf(() => github.setInstalled(repository, false))).toEqual(['installation_repositories.removed']);
    expect(await eventsOf(() => repository.push('f', { d: 'd' }))).toEqual([]);
    expect([badSignatures, github.ownProblems]).toEqual([0, []]);
  });

  it('queues a merge group on a branch of its own, and merges it', async () => {
    await repository.push('one', { 'one.yaml': '1\n' });
    await repository.push('two', { 'two.yaml': '2\n' }, 'main');
    const pulls = [
      await repository.openPullRequest({ head: 'one' }),
      await repository.openPullRequest({ head: 'two' }),
    ];
    const events = await eventsOf(() => repository.createMergeGroup(pulls));
    expect(events).toEqual(['push', 'check_suite.requested', 'merge_group.checks_requested']);
    const [group] = repository.store.mergeGroups;
    expect(group?.ref).toMatch(/^refs\/heads\/gh-readonly-queue\/main\/pr-2-[0-9a-f]{40}$/);
    expect(received[2]?.payload).toMatchObject({
      merge_group: { head_sha: group?.headSha, base_ref: 'refs/heads/main' },
    });
    const tree = await repository.store.git.tree(group?.headSha ?? '', true);
    expect(tree?.map(({ path }) => path)).toEqual(['a.yaml', 'one.yaml', 'two.yaml']);
    if (group) await repository.endMergeGroup(group, 'merged');
    expect(repository.branch('main')).toBe(group?.headSha);
    expect(pulls.map(({ state, isMerged }) => [state, isMerged])).toEqual([
      ['closed', true],
      ['closed', true],
    ]);
    await github.deliveries.settled();
    expect(github.ownProblems).toEqual([]);
  });

  it('rebases, merges and conflicts as git does', async () => {
    await repository.push('one', { 'a.yaml': 'one\n' });
    await repository.push('two', { 'a.yaml': 'two\n' }, 'main');
    await repository.push('three', { 'b.yaml': 'b\n' }, 'main');
    const one = await repository.openPullRequest({ head: 'one' });
    const two = await repository.openPullRequest({ head: 'two' });
    const three = await repository.openPullRequest({ head: 'three' });
    expect(await repository.merge(one)).toBe(true);
    expect(await repository.merge(two)).toBe(false);
    expect(await repository.rebase(three)).toBe(true);
    const rebased = await repository.store.git.commit(three.head);
    expect(rebased?.parents).toEqual([repository.branch('main')]);
    expect(three.head).toBe(repository.branch('three'));
  });

  it('clicks a button that is there, and no other', async () => {
    const token = 'ghs_of_a_test';
    github.world.tokens.set(token, { installation: repository.store.installation, expiresAt: Date.now() + 60_000 });
    const actions = [{ label: 'Accept', description: 'd', identifier: 'accept' }];
    await fetch(`${github.world.apiUrl}/repos/acme/mesh/check-runs`, {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'x-github-api-version': '2022-11-28', 'user-agent': 'a test' },
      body: JSON.stringify({ name: 'n', head_sha: repository.branch('main'), actions }),
    });
    const [run] = repository.store.checkRuns;
    if (!run) throw new Error('There is no check run.');
    expect(await eventsOf(() => repository.clickAction(run, 'accept', 'keeper'))).toEqual([
      'check_run.requested_action',
    ]);
    expect(received[0]?.payload).toMatchObject({
      requested_action: { identifier: 'accept' },
      sender: { login: 'keeper' },
    });
    expect(() => repository.clickAction(run, 'other', 'keeper')).toThrow('no button');
    expect(await eventsOf(() => repository.rerequestCheckRun(run))).toEqual(['check_run.rerequested']);
  });
});

describe('the stand-in’s post', () => {
  async function sendFour(fate: Exclude<Fate, 'sent'>, rate = 1): Promise<readonly string[]> {
    await github.deliveries.settled();
    received.length = 0;
    github.deliveries.faults = { random: new SeededRandom(3), rate, fates: [fate], lateMs: 100 };
    const pull = await repository.openPullRequest({ head: 'main' });
    for (const title of ['b', 'c', 'd']) await repository.editTitle(pull, title);
    await github.deliveries.settled();
    return received.map(({ id }) => id);
  }

  it('loses deliveries', async () => {
    expect(await sendFour('lost')).toEqual([]);
    expect(github.deliveries.counts.get('lost')).toBe(4);
  });

  it('sends deliveries twice, under one id', async () => {
    const ids = await sendFour('doubled');
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(4);
  });

  it('sends deliveries late, yet all of them', async () => {
    expect(new Set(await sendFour('late')).size).toBe(4);
  });

  it('lets deliveries overtake others', async () => {
    const ids = await sendFour('reordered', 0.5);
    const order = github.deliveries.log.slice(-4).map(({ id }) => id);
    expect([...ids].sort()).toEqual([...order].sort());
    expect(ids).not.toEqual(order);
  });

  it('gives up on an App that is not there, and delivers again when asked to', async () => {
    const { target } = github.deliveries;
    github.deliveries.target = 'http://127.0.0.1:9/';
    await repository.openPullRequest({ head: 'main' });
    await github.deliveries.settled();
    expect(github.deliveries.counts.get('unreachable')).toBe(1);
    github.deliveries.target = target;
    received.length = 0;
    expect(github.deliveries.redeliver(github.deliveries.log.length)).toBe(true);
    await github.deliveries.settled();
    expect(received.map(({ name }) => name)).toEqual(['pull_request.opened']);
  });
});
