import { describe, expect, it } from 'vitest';
import { JobQueue, type Job } from '../../src/github/job-queue.js';

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

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('JobQueue', () => {
  function setUp(): {
    readonly queue: JobQueue;
    readonly events: string[];
    readonly job: (name: string, order: string, until?: Promise<void>) => Job;
  } {
    const events: string[] = [];
    const queue = new JobQueue(2, (error) => events.push(String(error)));
    const job = (version: string, order: string, until: Promise<void> = Promise.resolve()): Job => ({
      key: 'repo 1',
      about: {},
      version,
      order,
      run: async (signal) => {
        events.push(`start ${version}`);
        const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        await Promise.race([until, stopped]);
        events.push(signal.aborted ? `stopped ${version}: ${(signal.reason as Error).message}` : `end ${version}`);
      },
    });
    return { queue, events, job };
  }

  it('stops the job of an older head when a newer one comes', async () => {
    const { queue, events, job } = setUp();
    queue.add(job('aaaaaaaaa', '1', gate().opened));
    await turn();
    expect(queue.add(job('bbbbbbbbb', '2'))).toBe(true);
    await queue.close(1000, 0);
    expect(events).toEqual([
      'start aaaaaaaaa',
      'stopped aaaaaaaaa: The pull request changed again; the answer for its new state replaces this one.',
      'start bbbbbbbbb',
      'end bbbbbbbbb',
    ]);
  });

  it('drops a late delivery of an older head', async () => {
    const { queue, events, job } = setUp();
    const hold = gate();
    queue.add(job('new', '2', hold.opened));
    await turn();
    expect(queue.add(job('old', '1'))).toBe(false);
    hold.open();
    await queue.close(1000, 0);
    expect(events).toEqual(['start new', 'end new']);
  });

  it('keeps only the newest of those that wait, and runs the same head again after itself', async () => {
    const { queue, events, job } = setUp();
    const hold = gate();
    queue.add(job('x', '1', hold.opened));
    await turn();
    queue.add(job('x', '1'));
    queue.add(job('x', '1'));
    hold.open();
    await queue.close(1000, 0);
    expect(events).toEqual(['start x', 'end x', 'start x', 'end x']);
  });

  it('lets every other job go before an errand', async () => {
    const { queue, events, job } = setUp();
    const hold = gate();
    for (const key of ['a', 'b']) queue.add({ ...job('first', '1', hold.opened), key });
    await turn();
    queue.add({ ...job('errand', '1'), key: 'c', isErrand: true });
    queue.add({ ...job('head', '1'), key: 'd' });
    hold.open();
    await queue.close(1000, 0);
    expect(events.filter((event) => event.startsWith('start')).slice(2)).toEqual(['start head', 'start errand']);
  });

  it('knows how many jobs wait and run, and for how long the oldest has waited', async () => {
    const { queue, job } = setUp();
    const hold = gate();
    for (const key of ['a', 'b', 'c']) queue.add({ ...job('x', '1', hold.opened), key });
    await turn();
    expect(queue.state()).toMatchObject({ waiting: 1, running: 2 });
    const { oldestWaitingSeconds } = queue.state();
    expect(oldestWaitingSeconds).toBeGreaterThan(0);
    await turn();
    queue.add({ ...job('newer', '2', hold.opened), key: 'c' });
    expect(queue.state().oldestWaitingSeconds).toBeGreaterThan(oldestWaitingSeconds);
    hold.open();
    await queue.close(1000, 0);
    expect(queue.state()).toEqual({ waiting: 0, running: 0, oldestWaitingSeconds: 0 });
  });

  it('reports a job that fails, and goes on with the next', async () => {
    const { queue, events, job } = setUp();
    const hold = gate();
    queue.add({ ...job('bad', '1'), run: () => hold.opened.then(() => Promise.reject(new Error('no'))) });
    await turn();
    queue.add(job('bad', '2'));
    hold.open();
    await queue.close(1000, 0);
    expect(events).toEqual(['Error: no', 'start bad', 'end bad']);
  });

  it('stops what still runs when the deadline is over, and takes nothing more', async () => {
    const { queue, events, job } = setUp();
    queue.add(job('slow', '1', gate().opened));
    await turn();
    queue.add({ ...job('quick', '1'), key: 'repo 2' });
    queue.add({ ...job('deaf', '1'), key: 'repo 3', run: () => gate().opened });
    queue.add({ ...job('waiting', '1'), key: 'repo 4' });
    const closed = queue.close(20, 20);
    expect(queue.add(job('later', '2'))).toBe(false);
    expect((await closed).map(({ version }) => version)).toEqual(['slow', 'deaf', 'waiting']);
    expect(events.slice(0, 3)).toEqual(['start slow', 'start quick', 'end quick']);
    expect(events[3]).toMatch(/^stopped slow: The App was stopped/);
    expect(events).toHaveLength(4);
  });
});
