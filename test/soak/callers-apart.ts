import { setTimeout as wait } from 'node:timers/promises';
import type { RateLimits } from '../github/stand-in/rate-limits.js';

/** For replicas to connect to Redis again, and to tell each other what came up meanwhile. */
const CATCH_UP_MS = 3000;

/** Takes away what replicas tell each other by: what one of them was told, the others cannot know. */
export async function withCallersApart(rates: RateLimits, outage: () => Promise<void>): Promise<void> {
  rates.areApart = true;
  await outage();
  void wait(CATCH_UP_MS).then(() => (rates.areApart = false));
}
