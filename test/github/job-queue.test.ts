import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedQueue } from '../../src/github/embedded-queue.js';
import type { JobQueue, Room } from '../../src/github/job-queue.js';
import { explainJob, pullJob, type Job } from '../../src/github/job.js';
import { createLog } from '../../src/github/log.js';
import { RedisLink } from '../../src/github/redis/redis-link.js';
import { RedisQueue } from '../../src/github/redis/redis-queue.js';
import { HAS_REDIS, RedisServer } from './redis-server.js';

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const CONCURRENCY = 2;
const ROOM: Room = { all: 12, ofOneInstallation: 10 };

/** A kind of queue, and what it takes to make one. */
interface Kind {
  readonly name: string;
  /** Whether what was not finished is lost with it. */
  readonly isLost: boolean;
  readonly open: (onError: (error: unknown) => void) => Promise<JobQueue>;
  readonly close: () => Promise<void>;
}

const EMBEDDED: Kind = {
  name: 'embedded',
  isLost: true,
  open: (onError) => Promise.resolve(new EmbeddedQueue(CONCURRENCY, onError, ROOM)),
  close: () => Promise.resolve(),
};

let server: RedisServer;
let link: RedisLink;
let queues = 0;

const REDIS: Kind = {
  name: 'in Redis',
  isLost: false,
  open: (onError) => {
    const log = createLog('fatal', () => undefined);
    link = new RedisLink(server.url, log);
    const prefix = `{test ${(queues += 1)}}`;
    const onAbandoned = (): Promise<void> => Promise.resolve();
    const options = { link, prefix, concurrency: CONCURRENCY, leaseMs: 3000, log, onError, onAbandoned, room: ROOM };
    return Promise.resolve(new RedisQueue(options));
  },
  close: () => {
    link.close();
    return Promise.resolve();
  },
};

beforeAll(async () => {
  if (HAS_REDIS) server = await RedisServer.start();
});

afterAll(async () => {
  if (HAS_REDIS) await server.stop();
});

// Without `redis-server`, the second is tested in CI.
describe.each(HAS_REDIS ? [EMBEDDED, REDIS] : [EMBEDDED])('the queue, $name', ({ isLost, open, close }) => {
  let queue: JobQueue;
  let events: string[];
  /** What jobs of a version wait for; the others end at once. */
  let holds: Map<string, Promise<void>>;

  beforeEach(async () => {
    events = [];
    holds = new Map();
    queue = await open((error) => events.push(String(error)));
    queue.start(async (job, signal) => {
      const name = nameOf(job);
      events.push(`start ${name}`);
      const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      if (name === 'bad') throw new Error('no');
      await Promise.race([holds.get(name) ?? Promise.resolve(), ...(name === 'deaf' ? [] : [stopped])]);
      events.push(signal.aborted ? `stopped ${name}: ${(signal.reason as Error).message}` : `end ${name}`);
    });
  });

  afterEach(async () => {
    await queue.close(1000, 0);
    await close();
  });

  /** A job for a head, which is its name in what happens. */
  function job(headSha: string, order: string, number = 1, installation = 1, isForced = false): Job {
    const repository = {
      id: installation,
      installation,
      owner: 'acme',
      repo: 'mesh',
      url: 'https://github.com/acme/mesh',
    };
    const pull = { number, headSha, baseRef: 'main', updatedAt: order };
    return pullJob(repository, pull, { delivery: 'd', isForced });
  }

  function errand(name: string, number: number): Job {
    const { repository, task } = job(name, '1', number);
    if (task.kind !== 'pull_request') throw new Error('no pull request');
    const command = { kind: 'explain', workload: 'w', destination: { host: 'h', port: 1, protocol: 'http' } } as const;
    return explainJob(repository, 'd', { pull: task.pull, commentId: 7, command });
  }

  /** Lets a job wait until the gate is opened. */
  function hold(name: string): Gate {
    const made = gate();
    holds.set(name, made.opened);
    return made;
  }

  async function seen(event: string): Promise<void> {
    await expect.poll(() => events, { interval: 2 }).toContain(event);
  }

  const started = (): readonly string[] =>
    events.filter((event) => event.startsWith('start ')).map((event) => event.slice('start '.length));

  it('stops the job of an older head when a newer one comes', async () => {
    hold('aaaaaaaaa');
    await queue.add(job('aaaaaaaaa', '1'));
    await seen('start aaaaaaaaa');
    expect(await queue.add(job('bbbbbbbbb', '2'))).toBe('taken');
    await seen('end bbbbbbbbb');
    expect(events).toEqual([
      'start aaaaaaaaa',
      'stopped aaaaaaaaa: The pull request changed again; the answer for its new state replaces this one.',
      'start bbbbbbbbb',
      'end bbbbbbbbb',
    ]);
  });

  it('drops a late delivery of an older head', async () => {
    const { open: release } = hold('new');
    await queue.add(job('new', '2'));
    await seen('start new');
    expect(await queue.newestVersion('1 1')).toBe('new main');
    expect(await queue.add(job('old', '1'))).toBe('outdated');
    release();
    await seen('end new');
    await expect.poll(() => queue.newestVersion('1 1')).toBeNull();
    expect(events).toEqual(['start new', 'end new']);
  });

  it('keeps only the newest of those that wait, and runs the same head again after itself', async () => {
    const { open: release } = hold('x');
    await queue.add(job('x', '1'));
    await seen('start x');
    await queue.add(job('x', '1'));
    await queue.add(job('x', '1'));
    release();
    await expect.poll(() => events).toEqual(['start x', 'end x', 'start x', 'end x']);
    await queue.close(1000, 0);
    expect(events).toHaveLength(4);
  });

  it('does not forget that a head is to be judged anew when somebody asks for the same', async () => {
    const { open: release } = hold('x');
    await queue.add(job('x', '1'));
    await seen('start x');
    await queue.add(job('x', '1', 1, 1, true));
    await queue.add(job('x', '1'));
    release();
    await expect.poll(() => events).toEqual(['start x', 'end x', 'start x anew', 'end x anew']);
  });

  it('lets every other job go before an errand', async () => {
    const gates = [hold('first'), hold('second')];
    await queue.add(job('first', '1', 1));
    await queue.add(job('second', '1', 2));
    await seen('start second');
    await queue.add(errand('errand', 3));
    await queue.add(job('head', '1', 4));
    for (const { open: release } of gates) release();
    await seen('start errand');
    expect(started().slice(2)).toEqual(['head', 'errand']);
  });

  it('lets nobody wait longer because somebody else has much to do', async () => {
    const gates = [hold('noisy 1'), hold('noisy 2')];
    for (let number = 1; number <= 8; number++) await queue.add(job(`noisy ${number}`, '1', number, 1));
    await seen('start noisy 2');
    for (const number of [1, 2]) await queue.add(job(`quiet ${number}`, '1', number, 2));
    await queue.add(job('third', '1', 1, 3));
    gates[0]?.open();
    await seen('start noisy 3');
    // One of the noisy one's still runs, so all others go before its third.
    expect(started().slice(0, 6)).toEqual(['noisy 1', 'noisy 2', 'quiet 1', 'third', 'quiet 2', 'noisy 3']);
    gates[1]?.open();
    await seen('end noisy 8');
  });

  it('takes no more than there is room for, and leaves room for others', async () => {
    const gates = [hold('one 1'), hold('one 2')];
    const admissions: string[] = [];
    for (let number = 1; number <= 13; number++) admissions.push(await queue.add(job(`one ${number}`, '1', number)));
    await seen('start one 2');
    // Two of them run, or are about to.
    expect(admissions.filter((admission) => admission === 'full').length).toBeGreaterThanOrEqual(1);
    for (let number = 14; number <= 16; number++) await queue.add(job(`one ${number}`, '1', number));
    expect((await queue.state()).waiting).toBe(ROOM.ofOneInstallation);
    expect(await queue.add(job('one 17', '1', 17))).toBe('full');
    // What waits behind a running job takes no room of others.
    expect(await queue.add(job('one 1', '1', 1))).toBe('taken');
    expect(await queue.add(job('other 1', '1', 1, 2))).toBe('taken');
    expect(await queue.add(job('third 1', '1', 1, 3))).toBe('full');
    for (const { open: release } of gates) release();
    await seen('end other 1');
    await expect.poll(async () => (await queue.state()).waiting).toBe(0);
    expect(await queue.add(job('third 1', '1', 1, 3))).toBe('taken');
    await seen('end third 1');
  });

  it('knows how many jobs wait and run, and for how long the oldest has waited', async () => {
    const gates = ['a', 'b', 'c', 'newer'].map(hold);
    for (const [index, name] of ['a', 'b', 'c'].entries()) await queue.add(job(name, '1', index + 1));
    await seen('start b');
    expect(await queue.state()).toMatchObject({ waiting: 1, running: 2 });
    await expect.poll(async () => (await queue.state()).oldestWaitingSeconds).toBeGreaterThan(0);
    const { oldestWaitingSeconds } = await queue.state();
    await queue.add(job('newer', '2', 3));
    await expect.poll(async () => (await queue.state()).oldestWaitingSeconds).toBeGreaterThan(oldestWaitingSeconds);
    for (const { open: release } of gates) release();
    await expect.poll(() => queue.state()).toEqual({ waiting: 0, running: 0, oldestWaitingSeconds: 0 });
  });

  it('reports a job that fails, and goes on with the next', async () => {
    const { open: release } = hold('good');
    await queue.add(job('bad', '1'));
    await seen('Error: no');
    await queue.add(job('good', '2'));
    release();
    await seen('end good');
    expect(events).toEqual(['start bad', 'Error: no', 'start good', 'end good']);
  });

  it('lets jobs end that do within the time that it is given to close', async () => {
    const { open: release } = hold('slow');
    await queue.add(job('slow', '1'));
    await seen('start slow');
    const closed = queue.close(5000, 0);
    release();
    expect(await closed).toEqual([]);
    expect(events).toEqual(['start slow', 'end slow']);
  });

  it('stops what still runs when the deadline is over, and takes nothing more', async () => {
    hold('slow');
    hold('deaf');
    await queue.add(job('slow', '1', 1));
    await seen('start slow');
    await queue.add(job('quick', '1', 2));
    await queue.add(job('deaf', '1', 3));
    await seen('start deaf');
    await queue.add(job('waiting', '1', 4));
    const closed = queue.close(20, 20);
    expect(await queue.add(job('later', '2'))).toBe('closed');
    expect((await closed).map(nameOf)).toEqual(isLost ? ['slow', 'deaf', 'waiting'] : []);
    expect(started()).toEqual(['slow', 'quick', 'deaf']);
    expect(events.slice(-1)[0]).toMatch(/^stopped slow: The App was stopped/);
  });
});

function nameOf({ task }: Job): string {
  if (task.kind === 'explain') return task.pull.headSha;
  if (task.kind !== 'pull_request') throw new Error('no pull request');
  return `${task.pull.headSha}${task.isForced ? ' anew' : ''}`;
}
