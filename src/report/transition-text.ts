import type { ChangeRow } from './change-rows.js';
import { VERDICT_WORDS } from './verdict-words.js';

/** What becomes of a call, in plain words: `meshed → unmeshed: …`, or what is new where the verdict stays. */
export function transitionText({ before, after, rerouted }: Pick<ChangeRow, 'before' | 'after' | 'rerouted'>): string {
  if (before === after && rerouted !== undefined) return `stays ${after}, but is sent elsewhere`;
  const elsewhere = rerouted === undefined ? '' : ', sent elsewhere';
  return before === after
    ? `${after} before and after${elsewhere}: ${VERDICT_WORDS[after]}`
    : `${before} → ${after}${elsewhere}: ${VERDICT_WORDS[after]}`;
}
