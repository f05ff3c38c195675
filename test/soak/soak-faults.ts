import type { Fault } from '../github/stand-in/faults.js';

/** What goes wrong at GitHub, and how often. */
export const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 503 },
  { kind: 'lost-answer' },
  { kind: 'cut', when: 'before' },
  { kind: 'cut', when: 'after' },
  { kind: 'cut', when: 'within' },
  { kind: 'slow-body', milliseconds: 1500 },
  { kind: 'secondary-limit', status: 403, seconds: 3 },
  { kind: 'secondary-limit', status: 429, seconds: 2 },
  { kind: 'primary-limit', status: 403, seconds: 2 },
  { kind: 'expired-token' },
];
export const FAULT_RATE = 0.05;
