import { isMainThread } from 'node:worker_threads';

// `node --import tsx --import …/tsx-in-threads.mjs`: tsx by itself sees to the main thread alone, and the App starts others.
if (!isMainThread) {
  const { register } = await import('tsx/esm/api');
  register();
}
