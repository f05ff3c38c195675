import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './app-process.js';
import { completedRun, NARROWED, openPull, SIDECAR_PATH, StandInApp } from './stand-in-app.js';

/** On SIGUSR2 the main thread tells how many signals are left after collections of garbage; the first one lets go of what waits for
 * such. Whatever can be told to stop has a signal: every job, and every request. */
const COUNTER = `import { isMainThread } from 'node:worker_threads';
import { setTimeout as wait } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
const count = () => queryObjects(AbortSignal, { format: 'count' });
const tell = async () => {
  for (let collection = 0; collection < 3; collection += 1) await wait(count() && 100);
  process.stderr.write(JSON.stringify({ signals: count() }) + '\\n');
};
if (isMainThread) process.on('SIGUSR2', () => void tell());`;
const PUSHES = 10;

let app: StandInApp;

beforeAll(async () => {
  const preload = `data:text/javascript;base64,${Buffer.from(COUNTER).toString('base64')}`;
  app = await StandInApp.start({ NODE_OPTIONS: `--import ${preload}` });
});

afterAll(() => app.stop());

async function countSignals(): Promise<number> {
  const told = /"signals":(\d+)/g;
  const before = [...app.process.log.matchAll(told)].length;
  process.kill(app.process.pid, 'SIGUSR2');
  await until(() => [...app.process.log.matchAll(told)].length > before);
  return Number([...app.process.log.matchAll(told)].at(-1)?.[1]);
}

it('keeps nothing of a job, or of its requests to GitHub, once it is over', async () => {
  const people = await app.newRepository();
  const pull = await openPull(people, 'change', NARROWED);
  await completedRun(people, pull.head);
  const first = await countSignals();
  for (let push = 1; push <= PUSHES; push += 1) {
    await people.push('change', { [SIDECAR_PATH]: `${NARROWED[SIDECAR_PATH]}# ${push}\n` });
    await completedRun(people, pull.head);
  }
  expect(await countSignals()).toBeLessThan(first + PUSHES / 2);
}, 120_000);
