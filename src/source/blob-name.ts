import { createHash } from 'node:crypto';
import type { OpenFile } from './walk-folder.js';

const CHUNK_BYTES = 2 ** 20;

/** The name git gives a content (SHA-1), so that a file on disk and a blob of a commit can be told to be the same. */
export function blobName(content: Uint8Array | string): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** The same for an open file of which nothing is read yet, without holding it in memory. */
export function blobNameOfFile({ size, readSome }: OpenFile): string {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  for (let chunk = readSome(CHUNK_BYTES); chunk.byteLength > 0; chunk = readSome(CHUNK_BYTES)) hash.update(chunk);
  return hash.digest('hex');
}
