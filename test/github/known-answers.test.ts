import { beforeEach, describe, expect, it } from 'vitest';
import { KnownAnswers } from '../../src/github/known-answers.js';
import { MemoryNotes } from '../../src/github/notes.js';

const UNANSWERED = { kind: 'unanswered', externalId: '1 main unanswered x' } as const;
const SETTLED = { kind: 'settled', externalId: '1 main a b config defaults', conclusion: 'success' } as const;
const HOUR_MS = 3_600_000;

let now: number;
let known: KnownAnswers;

beforeEach(() => {
  now = 0;
  known = new KnownAnswers(new MemoryNotes(), () => now);
});

/** Milliseconds for which a head is left alone from now on. */
async function rest(headSha = 'head'): Promise<number> {
  const start = now;
  while ((await known.of('key', headSha)).isResting) now += 1000;
  return now - start;
}

describe('a head that could not be answered', () => {
  it('rests for 20 seconds, then twice as long each time, up to an hour', async () => {
    const rests: number[] = [];
    for (let time = 0; time < 10; time++) {
      await known.remember('key', 'head', UNANSWERED);
      rests.push(await rest());
    }
    expect(rests.slice(0, 4)).toEqual([20_000, 40_000, 80_000, 160_000]);
    expect(rests.slice(-2)).toEqual([HOUR_MS, HOUR_MS]);
  });

  it('begins anew with another head, and after an answer', async () => {
    await known.remember('key', 'head', UNANSWERED);
    await known.remember('key', 'head', UNANSWERED);
    expect((await known.of('key', 'other')).isResting).toBe(false);
    await known.remember('key', 'other', UNANSWERED);
    expect(await rest('other')).toBe(20_000);
    await known.remember('key', 'other', SETTLED);
    expect(await known.of('key', 'other')).toEqual({ isResting: false, settledId: SETTLED.externalId });
    await known.remember('key', 'other', UNANSWERED);
    expect(await rest('other')).toBe(20_000);
  });

  it('is not forgotten for a job that was replaced', async () => {
    await known.remember('key', 'head', UNANSWERED);
    await known.remember('key', 'head', { kind: 'superseded', externalId: null });
    expect(await rest()).toBe(20_000);
  });
});

it('what a check run said of another question is forgotten once it says something else', async () => {
  await known.remember('key', 'head', SETTLED);
  await known.remember('other key', 'head', SETTLED);
  expect((await known.of('key', 'head')).settledId).toBe(SETTLED.externalId);
  await known.remember('other key', 'head', { ...SETTLED, externalId: 'another' });
  expect((await known.of('key', 'head')).settledId).toBeNull();
  expect((await known.of('other key', 'head')).settledId).toBe('another');
});
