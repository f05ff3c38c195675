import type { JsonValue } from '../../kubernetes/manifest.js';
import { parseGoDuration } from './go-duration.js';
import { FINE, refuse, require, type Outcome } from './outcome.js';

const MILLISECOND = 1e6;

/** Istio: agent.ValidateDuration. A duration that is not there is fine. */
export function validateDuration(value: JsonValue | undefined): Outcome {
  if (typeof value !== 'string') return FINE;
  const nanoseconds = parseGoDuration(value) ?? 0;
  if (nanoseconds < MILLISECOND) return refuse('duration must be greater than 1ms');
  return require(nanoseconds % MILLISECOND === 0, 'only durations to ms precision are supported');
}

/** Whether a duration is written, and is of no whole millisecond. */
export function isZeroDuration(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && Math.trunc((parseGoDuration(value) ?? 0) / MILLISECOND) === 0;
}
