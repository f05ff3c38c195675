import type { Writable } from 'node:stream';

const CHUNK = 64 * 1024;

/**
 * Writes a text part by part, each chunk when the one before has been taken: what has no room with the reader waits, and is not
 * made yet. Ends early where nobody takes any more; why not, the stream's `error` event tells.
 */
export async function writeParts(stream: Writable, parts: Iterable<string>): Promise<void> {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK) continue;
    if (!(await isTaken(stream, chunk))) return;
    chunk = '';
  }
  if (chunk !== '') await isTaken(stream, chunk);
}

function isTaken(stream: Writable, chunk: string): Promise<boolean> {
  return new Promise((resolve) => void stream.write(chunk, (error) => resolve(!error)));
}
