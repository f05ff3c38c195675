import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { embeddedCoordination, type Coordination } from '../../src/github/coordination.js';
import { LeaseLost } from '../../src/github/exclusive.js';
import { pullJob, type Job } from '../../src/github/job.js';
import { createLog } from '../../src/github/log.js';
import { Leases } from '../../src/github/redis/leases.js';
import { coordinateByRedis } from '../../src/github/redis/redis-coordination.js';
import { RedisLink } from '../../src/github/redis/redis-link.js';
import { until } from './app-process.js';
import { HAS_REDIS, RedisServer } from './redis-server.js';

const LEASE_MS = 1500;

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
  const coordination = coordinateByRedis(url, { appId, log, concurrency: 2, leaseMs: LEASE_MS, onError });
  opened.push(coordination);
  return coordination;
}

function openAlone(): Coordination {
  return embeddedCoordination({ appId, log, concurrency: 2, onError: () => undefined });
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
