import { setTimeout as wait } from 'node:timers/promises';
import { statusOf } from './cannot-judge.js';

const RETRY_DELAY_MS = 1000;

/**
 * Creates something that must exist once only. After an error on GitHub's side the request may have taken effect all the
 * same, so it is repeated only when `find` does not see its result. Octokit's own retries must be off for the request.
 */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | null>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    const status = statusOf(error);
    if (status !== null && status < 500) throw error;
    await wait(RETRY_DELAY_MS);
    return (await find()) ?? (await create());
  }
}
