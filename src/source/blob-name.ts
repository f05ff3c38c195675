import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** The name git gives a content (SHA-1), so that a file on disk and a blob of a commit can be told to be the same. */
export function blobName(content: Uint8Array | string): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** The same for an open file of `size` bytes, without holding it in memory. */
export async function blobNameOfFile(handle: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
