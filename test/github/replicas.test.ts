import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppProcess, until } from './app-process.js';
import { HAS_REDIS, RedisServer } from './redis-server.js';
import { BEFORE, completedRun, NARROWED, openPull, runsOf } from './stand-in-app.js';
import { GitHubStandIn } from './stand-in/github-stand-in.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { StoredPull } from './stand-in/store.js';

const LEASE_SECONDS = 2;
const TOKEN = 'POST /app/installations/{installation_id}/access_tokens';

let redis: RedisServer | null = null;
let github: GitHubStandIn;
let replicas: AppProcess[];
let people: RepositoryPeople;

function startReplica(reconcileSeconds: number): AppProcess {
  return new AppProcess({
    ...github.appEnvironment,
    LOG_LEVEL: 'debug',
    EGRESS_SCOPE_REDIS_URL: redis?.url ?? '',
    TEST_LEASE_SECONDS: String(LEASE_SECONDS),
    RECONCILE_SECONDS: String(reconcileSeconds),
  });
}

async function start(count: number, { isPersistent = false, reconcileSeconds = 3600 } = {}): Promise<void> {
  redis = await RedisServer.start({ isPersistent });
  github = await GitHubStandIn.start();
  replicas = Array.from({ length: count }, () => startReplica(reconcileSeconds));
  const [first = '', ...others] = await Promise.all(replicas.map((replica) => replica.url()));
  github.sendWebhooksTo(first, ...others);
  people = await github.createRepository({ files: BEFORE, permissions: { writer: 'write' } });
  await until(() => logs().includes('GitHub accepts'));
}

afterEach(async () => {
  github.deliveries.target = null;
  await Promise.all(replicas.map((replica) => replica.stop()));
  await github.close();
  await redis?.stop();
  redis = null;
});

const logs = (): string => replicas.map(({ log }) => log).join('');

/** Those that have begun to judge a head. */
function at(headSha: string): readonly AppProcess[] {
  return replicas.filter(({ log }) =>
    log.split('\n').some((line) => line.includes('Its turn has come') && line.includes(headSha)),
  );
}

/** Lets jobs wait for GitHub to merge, for ever. */
function holdMerges(): void {
  github.world.looksUntilMerged = () => Infinity;
}

function releaseMerges(): void {
  github.world.looksUntilMerged = () => 0;
  for (const pull of people.store.pulls.values()) pull.looksUntilMerged = 0;
}

async function kill(replica: AppProcess | undefined): Promise<void> {
  if (!replica) throw new Error('There is nobody to kill.');
  process.kill(replica.pid, 'SIGKILL');
  await replica.exited;
}

/** What has to be true in the end. */
async function expectOneAnswer(pull: StoredPull): Promise<void> {
  const run = await completedRun(people, pull.head);
  await until(() => run.conclusion === 'failure');
  expect(runsOf(people, pull.head)).toHaveLength(1);
  expect(pull.reviews).toHaveLength(1);
}

const statusOf = async (replica: AppProcess | undefined, path: string): Promise<number> => {
  return (await fetch(`${(await replica?.url()) ?? ''}${path}`)).status;
};

// Without `redis-server`, this is tested in CI.
describe.skipIf(!HAS_REDIS)('three replicas on one Redis', () => {
  beforeEach(() => start(3, { isPersistent: true, reconcileSeconds: 1 }));

  it('share the work, and take over what one was at that is killed', async () => {
    holdMerges();
    const pulls: StoredPull[] = [];
    for (const name of ['a', 'b', 'c']) pulls.push(await openPull(people, name, { ...NARROWED, 'README.md': name }));
    const [first, second, third] = pulls as [StoredPull, StoredPull, StoredPull];
    await until(() => pulls.every(({ head }) => runsOf(people, head).some(({ status }) => status === 'in_progress')));
    const former = first.head;
    const [victim] = at(former);
    await kill(victim);
    // The one that is dead cannot stop; another is to end what it left open.
    await people.push('a', { 'README.md': 'more\n' });
    expect(
      await statusOf(
        replicas.find((replica) => replica !== victim),
        '/readyz',
      ),
    ).toBe(200);
    releaseMerges();
    for (const pull of [first, second, third]) await expectOneAnswer(pull);
    expect((await completedRun(people, former)).conclusion).toBe('cancelled');
    // What somebody asks of one of them, another may do.
    people.comment(first, 'writer', '/egress-scope accept this is meant to be');
    const [run] = runsOf(people, first.head);
    await until(() => run?.conclusion === 'neutral' || run?.conclusion === 'success');
    expect(runsOf(people, first.head)).toHaveLength(1);
    expect(first.reviews).toHaveLength(1);
    expect(github.violations).toEqual([]);
  });

  it('ask for one token together, also after one was killed, and for another once GitHub takes it no longer', async () => {
    await expectOneAnswer(await openPull(people, 'a', NARROWED));
    const [victim] = replicas;
    await kill(victim);
    replicas[0] = startReplica(1);
    const urls = await Promise.all(replicas.map((replica) => replica.url()));
    github.sendWebhooksTo(urls[0] ?? '', ...urls.slice(1));
    for (const name of ['b', 'c', 'd']) {
      await expectOneAnswer(await openPull(people, name, { ...NARROWED, 'README.md': name }));
    }
    expect(github.count(TOKEN)).toBe(1);
    for (const token of github.world.tokens.values()) token.expiresAt = 0;
    for (const name of ['e', 'f', 'g']) {
      await expectOneAnswer(await openPull(people, name, { ...NARROWED, 'README.md': name }));
    }
    expect(github.count(TOKEN)).toBe(2);
    expect(logs()).not.toContain('ghs_');
    expect(github.violations).toEqual([]);
  });
});

describe.skipIf(!HAS_REDIS).each([
  { name: 'with what it knew', isPersistent: true },
  { name: 'without what it knew', isPersistent: false },
])('two replicas on a Redis that comes back $name', ({ isPersistent }) => {
  beforeEach(() => start(2, { isPersistent }));

  it('answer deliveries meanwhile, and judge everything once', async () => {
    holdMerges();
    const pull = await openPull(people, 'before', NARROWED);
    await until(() => runsOf(people, pull.head).some(({ status }) => status === 'in_progress'));
    await redis?.kill();
    await until(() => replicas.every(({ log }) => log.includes('Redis cannot be reached')));
    const missed = await openPull(people, 'meanwhile', { ...NARROWED, 'README.md': 'x\n' });
    await github.deliveries.settled();
    expect(github.deliveries.log.map(({ answer }) => answer)).toEqual(github.deliveries.log.map(() => 202));
    for (const replica of replicas) expect(await statusOf(replica, '/readyz')).toBe(503);
    await until(() => logs().includes('A delivery could not be taken'));
    await redis?.start();
    await until(() => replicas.every(({ log }) => log.includes('Redis can be reached again')));
    releaseMerges();
    for (const each of [pull, missed]) await expectOneAnswer(each);
    for (const replica of replicas) expect(await statusOf(replica, '/readyz')).toBe(200);
    expect(github.violations).toEqual([]);
    expect(logs()).not.toContain('hush');
  });
});

describe('a replica that never reaches its Redis', () => {
  it('says so, and stops when it is told to', async () => {
    github = await GitHubStandIn.start();
    const replica = new AppProcess({ ...github.appEnvironment, EGRESS_SCOPE_REDIS_URL: 'redis://:hush@127.0.0.1:9/0' });
    replicas = [replica];
    await until(() => replica.log.includes('GitHub accepts') && replica.log.includes('Redis cannot be reached'));
    const readiness = await fetch(`${await replica.url()}/readyz`);
    expect([readiness.status, await readiness.text()]).toEqual([503, 'Redis cannot be reached; the log says why\n']);
    expect(await replica.stop()).toBe(0);
    expect(replica.log).toContain('"Stopped."');
    expect(replica.log).not.toContain('hush');
  });
});
