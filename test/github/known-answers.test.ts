import { beforeEach, describe, expect, it } from 'vitest';
import { KnownAnswers } from '../../src/github/known-answers.js';

const UNANSWERED = { kind: 'unanswered', externalId: '1 main unanswered x' } as const;
const SETTLED = { kind: 'settled', externalId: '1 main a b config defaults', conclusion: 'success' } as const;
const HOUR_MS = 3_600_000;

let now: number;
let known: KnownAnswers;

beforeEach(() => {
  now = 0;
  known = new KnownAnswers(() => now);
});

/** Milliseconds for which a head is left alone from now on. */
function rest(headSha = 'head'): number {
  const start = now;
  while (known.isResting('key', headSha)) now += 1000;
  return now - start;
}

describe('a head that could not be answered', () => {
  it('rests for 20 seconds, then twice as long each time, up to an hour', () => {
    const rests = Array.from({ length: 10 }, () => {
      known.remember('key', 'head', UNANSWERED);
      return rest();
    });
    expect(rests.slice(0, 4)).toEqual([20_000, 40_000, 80_000, 160_000]);
    expect(rests.slice(-2)).toEqual([HOUR_MS, HOUR_MS]);
  });

  it('begins anew with another head, and after an answer', () => {
    known.remember('key', 'head', UNANSWERED);
    known.remember('key', 'head', UNANSWERED);
    expect(known.isResting('key', 'other')).toBe(false);
    known.remember('key', 'other', UNANSWERED);
    expect(rest('other')).toBe(20_000);
    known.remember('key', 'other', SETTLED);
    expect([known.isResting('key', 'other'), known.settledId('key', 'other')]).toEqual([false, SETTLED.externalId]);
    known.remember('key', 'other', UNANSWERED);
    expect(rest('other')).toBe(20_000);
  });

  it('is not forgotten for a job that was replaced', () => {
    known.remember('key', 'head', UNANSWERED);
    known.remember('key', 'head', { kind: 'superseded', externalId: null });
    expect(rest()).toBe(20_000);
  });
});
