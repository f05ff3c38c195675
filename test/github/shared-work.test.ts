import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { embeddedCoordination, type Coordination } from '../../src/github/coordination.js';
import { isOverWithin } from '../../src/github/embedded-queue.js';
import { LeaseLost } from '../../src/github/exclusive.js';
import type { InstallationTokens } from '../../src/github/installation-tokens.js';
import { pullJob, type Job } from '../../src/github/job.js';
import { createLog } from '../../src/github/log.js';
import { Leases } from '../../src/github/redis/leases.js';
import { coordinateByRedis } from '../../src/github/redis/redis-coordination.js';
import { RedisLink } from '../../src/github/redis/redis-link.js';
import { Seal } from '../../src/github/redis/seal.js';
import { PRIVATE_KEY, until } from './app-process.js';
import { HAS_REDIS, RedisServer } from './redis-server.js';

const LEASE_MS = 1500;
const OTHER_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

let server: RedisServer;
let lines: string[];
let appId = 0;
let opened: Coordination[];

beforeAll(async () => {
  if (HAS_REDIS) server = await RedisServer.start();
});

afterAll(async () => {
  if (HAS_REDIS) await server.stop();
});

beforeEach(() => {
  lines = [];
  opened = [];
  appId += 1;
});

afterEach(async () => {
  for (const { queue, close } of opened) {
    await queue.close(0, 0);
    await close();
  }
});

const log = createLog('info', (line) => lines.push(line));

function openShared(url = server.url): Coordination {
  const onError = (error: unknown): unknown => lines.push(String(error));
  const coordination = coordinateByRedis(url, {
    appId,
    privateKey: PRIVATE_KEY,
    log,
    concurrency: 2,
    leaseMs: LEASE_MS,
    onError,
  });
  opened.push(coordination);
  return coordination;
}

function openAlone(): Coordination {
  return embeddedCoordination({ appId, privateKey: PRIVATE_KEY, log, concurrency: 2, onError: () => undefined });
}

function job(headSha: string, order = '1', number = 1): Job {
  const repository = { id: 1, installation: 1, owner: 'acme', repo: 'mesh', url: 'https://github.com/acme/mesh' };
  return pullJob(repository, { number, headSha, baseRef: 'main', updatedAt: order }, { delivery: 'd' });
}

const KINDS = [
  { name: 'alone', open: openAlone },
  { name: 'in Redis', open: () => openShared() },
];

describe.each(HAS_REDIS ? KINDS : KINDS.slice(0, 1))('what processes share, $name', ({ open }) => {
  it('notes each text once, in the order in which they came', async () => {
    const { notes } = open();
    await notes.change('a', { add: ['1', '2', '3'] });
    await notes.change('a', { remove: ['2', 'x'], add: ['1', '4'] });
    await notes.change('a', {});
    expect(await notes.list('a')).toEqual(['3', '1', '4']);
    expect(await notes.list('b')).toEqual([]);
    await notes.change('a', { remove: ['3', '1', '4'] });
    expect(await notes.list('a')).toEqual([]);
  });

  it('lets work of one key run one at a time, and other work meanwhile', async () => {
    const { heads } = open();
    const events: string[] = [];
    const work = (name: string, key: string): Promise<void> =>
      heads.run(key, async (lease) => {
        events.push(`start ${name}`);
        await wait(20);
        await lease.assertHeld();
        events.push(`end ${name}`);
        if (name === 'bad') throw new Error('bad');
      });
    const all = await Promise.allSettled([work('bad', 'a'), work('second', 'a'), work('other', 'b')]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    const ofFirst = events.filter((event) => !event.endsWith('other'));
    expect(ofFirst).toEqual(['start bad', 'end bad', 'start second', 'end second']);
    expect(events.indexOf('start other')).toBeLessThan(events.indexOf('end second'));
  });

  it('keeps installation tokens, each by its own key, until GitHub takes them no longer', async () => {
    const coordination = open();
    await until(() => coordination.whyNot === null);
    const { tokens } = coordination;
    const narrowed = '1|mesh|contents';
    expect(await tokens.get('1')).toBeUndefined();
    await tokens.set('1', 'ghs_first|now');
    expect([await tokens.get('1'), await tokens.get(narrowed)]).toEqual(['ghs_first|now', undefined]);
    await tokens.set(narrowed, 'ghs_narrow|now');
    await tokens.refuse('1', 'ghs_another');
    expect(await tokens.get('1')).toBe('ghs_first|now');
    await tokens.refuse('1', 'ghs_first');
    expect([await tokens.get('1'), await tokens.get(narrowed)]).toEqual([undefined, 'ghs_narrow|now']);
  });

  it('lets GitHub be asked for 160 tokens a minute', async () => {
    const coordination = open();
    await until(() => coordination.whyNot === null);
    const { tokens } = coordination;
    for (let asked = 0; asked < 160; asked += 1) await tokens.pace();
    expect(await isOverWithin(tokens.pace(), 500)).toBe(false);
  });

  it('calls on one to look round', async () => {
    const { leadership } = open();
    let turns = 0;
    leadership.onTurn(() => (turns += 1));
    await until(() => turns === 1 && leadership.isLeading);
  });
});

// Without `redis-server`, this is tested in CI.
describe.skipIf(!HAS_REDIS)('replicas that share a Redis', () => {
  it('stop the job of an older head that another of them runs', async () => {
    const [first, second] = [openShared(), openShared()];
    const events: string[] = [];
    const run = async ({ version }: Job, signal: AbortSignal): Promise<void> => {
      events.push(`start ${version}`);
      if (version.startsWith('a'))
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      events.push(`end ${version}`);
    };
    first.queue.start(run);
    await first.queue.add(job('a'));
    await until(() => events.length === 1);
    expect(await second.queue.newestVersion('1 1')).toBe('a main');
    expect(await second.queue.add(job('b', '0'))).toBe('outdated');
    expect(await second.queue.add(job('b', '2'))).toBe('taken');
    await until(() => events.length === 4);
    expect(events).toEqual(['start a main', 'end a main', 'start b main', 'end b main']);
  });

  it('take over what one of them leaves when it stops, and what it was at', async () => {
    const [first, second] = [openShared(), openShared()];
    const stopped: string[] = [];
    first.queue.start(async ({ version }, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      stopped.push(version);
    });
    for (const number of [1, 2, 3]) await first.queue.add(job(`${number}`, '1', number));
    await expect.poll(async () => (await first.queue.state()).running).toBe(2);
    expect(await first.queue.close(0, 1000)).toEqual([]);
    expect(stopped).toEqual(['1 main', '2 main']);
    const done: string[] = [];
    second.queue.start(({ version }) => {
      done.push(version);
      return Promise.resolve();
    });
    await until(() => done.length === 3);
    expect(done.sort()).toEqual(['1 main', '2 main', '3 main']);
    await expect.poll(() => second.queue.state()).toEqual({ waiting: 0, running: 0, oldestWaitingSeconds: 0 });
  });

  it('run a job again of which a replica had lost the turn', async () => {
    const { queue } = openShared();
    let runs = 0;
    queue.start(() => {
      runs += 1;
      return runs === 1 ? Promise.reject(new LeaseLost()) : Promise.resolve();
    });
    await queue.add(job('a'));
    await until(() => runs === 2);
    await expect.poll(() => queue.newestVersion('1 1')).toBeNull();
  });

  it('have one that looks round, and another once that one ends', async () => {
    const [first, second] = [openShared(), openShared()];
    const turns: string[] = [];
    first.leadership.onTurn(() => turns.push('first'));
    await until(() => turns.length === 1);
    second.leadership.onTurn(() => turns.push('second'));
    await wait(LEASE_MS);
    expect(turns).toEqual(['first']);
    await first.leadership.resign();
    await until(() => turns.length === 2);
    expect([first.leadership.isLeading, second.leadership.isLeading]).toEqual([false, true]);
  });

  it('tell each other what cannot wait', async () => {
    const [first, second] = [openShared(), openShared()];
    const heard: unknown[] = [];
    second.announcements.hear('wait', (text) => heard.push(text));
    second.announcements.hear('configuration', () => heard.push('something else'));
    await until(() => {
      first.announcements.tell('wait', 'a minute');
      return heard.length > 0;
    });
    expect(new Set(heard)).toEqual(new Set(['a minute']));
  });

  it('tell each other later what came up while there was no Redis', async () => {
    const [speaker, listener] = [openShared(), openShared()];
    const heard: string[] = [];
    listener.announcements.hear('wait', (text) => heard.push(text));
    await until(() => speaker.whyNot === null && listener.whyNot === null);
    await server.kill();
    await until(() => speaker.whyNot !== null);
    speaker.announcements.tell('wait', 'a minute');
    await server.start();
    await until(() => heard.length > 0);
    expect(heard).toEqual(['a minute']);
  });

  it('go on without Redis, say so once, without its password, and look round when it is there again', async () => {
    const { queue, notes, leadership } = openShared();
    const coordination = opened[0]!;
    await notes.change('a', { add: ['1'] });
    expect(coordination.whyNot).toBeNull();
    let turns = 0;
    leadership.onTurn(() => (turns += 1));
    await until(() => turns === 1);
    await server.kill();
    await until(() => coordination.whyNot !== null);
    expect(coordination.whyNot).toBe('Redis cannot be reached; the log says why');
    await expect(queue.add(job('a'))).rejects.toThrow();
    expect((await queue.state()).waiting).toBeNaN();
    await server.start();
    await until(() => turns === 2);
    expect(coordination.whyNot).toBeNull();
    expect(await queue.add(job('a'))).toBe('taken');
    const errors = lines
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.msg).toMatch(/^Redis cannot be reached: .*look-rounds find their work later\.$/);
    const wrong = openShared(server.url.replace('hush-hush', 'wrong-hush'));
    await until(() => lines.some((line) => line.includes('WRONGPASS')));
    expect(wrong.whyNot).not.toBeNull();
    expect(lines.join('')).not.toMatch(/hush/);
  });
});

describe.skipIf(!HAS_REDIS)('replicas that share installation tokens', () => {
  let redis: Redis;

  beforeEach(() => {
    redis = server.client();
    redis.on('error', () => undefined);
  });

  afterEach(() => redis.disconnect());

  /** What Redis has under each key of this App, whatever kind it is of. */
  async function everything(): Promise<string> {
    const keys = await redis.keys(`{egress-scope:${appId}}*`);
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return keys.join('\n') + dumps.map((dump) => dump.toString('latin1')).join('\n');
  }

  async function open(count: number): Promise<readonly InstallationTokens[]> {
    const all = Array.from({ length: count }, () => openShared());
    await until(() => all.every(({ whyNot }) => whyNot === null));
    return all.map(({ tokens }) => tokens);
  }

  it('have one of them ask for each, which the others wait for', async () => {
    const [first, second, third] = (await open(3)) as [InstallationTokens, InstallationTokens, InstallationTokens];
    expect(await first.get('1')).toBeUndefined();
    const others = Promise.all([second.get('1'), third.get('1')]);
    expect(
      await isOverWithin(
        others.then(() => undefined),
        500,
      ),
    ).toBe(false);
    // For another installation, another may ask meanwhile; and who asks may ask again.
    expect([await second.get('2'), await first.get('1')]).toEqual([undefined, undefined]);
    await first.set('1', 'ghs_secret|now');
    expect(await others).toEqual(['ghs_secret|now', 'ghs_secret|now']);
    const late = openShared();
    await until(() => late.whyNot === null);
    expect(await late.tokens.get('1')).toBe('ghs_secret|now');
  });

  it('ask in place of one that does not come back', async () => {
    const [first, second] = (await open(2)) as [InstallationTokens, InstallationTokens];
    expect(await first.get('1')).toBeUndefined();
    expect(await second.get('1')).toBeUndefined();
  });

  it('keep them where nobody can read them, for less than GitHub’s hour', async () => {
    const [tokens] = (await open(1)) as [InstallationTokens];
    await tokens.set('1', 'ghs_secret|now');
    const place = `{egress-scope:${appId}}:token:1`;
    const sealed = (await redis.get(place)) ?? '';
    const minutes = (await redis.pttl(place)) / 60_000;
    expect([minutes > 58, minutes <= 59]).toEqual([true, true]);
    expect(sealed).not.toBe('');
    for (const text of [await everything(), Buffer.from(sealed, 'base64').toString('latin1'), lines.join('')]) {
      expect(text).not.toMatch(/ghs_|secret/);
    }
    await tokens.set('2', 'ghs_secret|now');
    expect(await redis.get(`{egress-scope:${appId}}:token:2`)).not.toBe(sealed);
  });

  it.each([
    { name: 'was sealed with another key', seal: () => new Seal(OTHER_KEY).seal('ghs_other|now', '1') },
    { name: 'is in another’s place', seal: () => new Seal(PRIVATE_KEY).seal('ghs_other|now', '2') },
    { name: 'is nothing that was sealed', seal: () => 'ghs_other|now' },
  ])('ask anew for what $name', async ({ seal }) => {
    const [first, second] = (await open(2)) as [InstallationTokens, InstallationTokens];
    await redis.set(`{egress-scope:${appId}}:token:1`, seal(), 'PX', 60_000);
    expect(await first.get('1')).toBeUndefined();
    await first.set('1', 'ghs_own|now');
    expect(await second.get('1')).toBe('ghs_own|now');
  });

  it('replace one that GitHub takes no longer for all', async () => {
    const [first, second] = (await open(2)) as [InstallationTokens, InstallationTokens];
    await first.set('1', 'ghs_old|now');
    expect(await second.get('1')).toBe('ghs_old|now');
    await first.refuse('1', 'ghs_old');
    expect(await first.get('1')).toBeUndefined();
    await first.set('1', 'ghs_new|now');
    await second.refuse('1', 'ghs_old');
    expect([await first.get('1'), await second.get('1')]).toEqual(['ghs_new|now', 'ghs_new|now']);
  });

  it('ask for 160 a minute all together', async () => {
    const [first, second] = (await open(2)) as [InstallationTokens, InstallationTokens];
    for (let asked = 0; asked < 80; asked += 1) await Promise.all([first.pace(), second.pace()]);
    expect(await isOverWithin(second.pace(), 500)).toBe(false);
    // So nobody is to ask, and nobody else waits for whoever would.
    expect(
      await isOverWithin(
        first.get('1').then(() => undefined),
        500,
      ),
    ).toBe(false);
    expect(await redis.exists(`{egress-scope:${appId}}:token-asked:1`)).toBe(0);
  });

  it('get their own at once without Redis, and share them when it is there again', async () => {
    const coordination = openShared();
    await until(() => coordination.whyNot === null);
    const { tokens } = coordination;
    await tokens.set('1', 'ghs_before|now');
    await server.kill();
    await until(() => coordination.whyNot !== null);
    const began = performance.now();
    await tokens.pace();
    expect([await tokens.get('1'), await tokens.get('2')]).toEqual(['ghs_before|now', undefined]);
    await tokens.set('2', 'ghs_meanwhile|now');
    await tokens.refuse('3', 'ghs_unknown');
    expect(performance.now() - began).toBeLessThan(500);
    await server.start();
    await until(() => coordination.whyNot === null);
    await expect.poll(() => redis.exists(`{egress-scope:${appId}}:token:2`)).toBe(1);
    const [other] = (await open(1)) as [InstallationTokens];
    expect([await other.get('1'), await other.get('2')]).toEqual(['ghs_before|now', 'ghs_meanwhile|now']);
  });
});

describe.skipIf(!HAS_REDIS)('a lease', () => {
  let links: RedisLink[];
  let all: Leases[];

  beforeEach(() => {
    links = [];
    all = [];
  });

  afterEach(() => {
    for (const leases of all) leases.close();
    for (const link of links) link.close();
  });

  function openLeases(): Leases {
    const link = new RedisLink(server.url, log);
    const leases = new Leases(link, `{leases ${appId}}`, LEASE_MS);
    links.push(link);
    all.push(leases);
    return leases;
  }

  async function acquire(leases: Leases): ReturnType<Leases['acquire']> {
    let lease = await leases.acquire('head');
    // A Redis that has just started gives nothing out at once.
    for (let time = 0; lease === null && time < 30; time++) {
      await wait(100);
      lease = await leases.acquire('head');
    }
    return lease;
  }

  it('is had by one process at a time, for as long as it renews it', async () => {
    const [mine, theirs] = [openLeases(), openLeases()];
    const lease = await acquire(mine);
    await wait(1.5 * LEASE_MS);
    expect(await theirs.acquire('head')).toBeNull();
    expect(await theirs.acquire('another head')).not.toBeNull();
    await lease?.assertHeld();
    await lease?.release();
    expect(await theirs.acquire('head')).not.toBeNull();
  });

  it('is lost by a process that stands still while another comes, and not if none does', async () => {
    const [mine, theirs] = [openLeases(), openLeases()];
    const lease = await acquire(mine);
    mine.close();
    await wait(1.2 * LEASE_MS);
    await lease?.assertHeld();
    await wait(1.2 * LEASE_MS);
    const other = await theirs.acquire('head');
    await expect(lease?.assertHeld()).rejects.toThrow(LeaseLost);
    expect(lease?.lost.aborted).toBe(true);
    await lease?.release();
    await other?.assertHeld();
    await other?.release();
    await expect(lease?.assertHeld()).rejects.toThrow(LeaseLost);
  });

  it('is kept when Redis forgets everything, although others ask for it at once', async () => {
    const [mine, theirs] = [openLeases(), openLeases()];
    const lease = await acquire(mine);
    await server.restart();
    const asked: unknown[] = [];
    for (let time = 0; time < 30; time++) {
      asked.push(await theirs.acquire('head'));
      await wait(100);
    }
    expect(asked.every((answer) => answer === null)).toBe(true);
    await lease?.assertHeld();
    expect(lease?.lost.aborted).toBe(false);
  });
});
