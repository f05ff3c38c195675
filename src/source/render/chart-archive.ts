import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** What a packed chart may unpack to, together with the charts packed in it. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_NESTING = 5;

/**
 * The texts of a packed chart (`.tgz`) by their paths in it, those of charts packed in it included; null where it is none, or
 * unpacks to more than is read.
 */
export async function readChartArchive(content: Uint8Array, nesting = 0): Promise<ReadonlyMap<string, string> | null> {
  const texts = new Map<string, string>();
  try {
    const tar = gunzipSync(content, { maxOutputLength: MAX_BYTES });
    const archive = extract();
    archive.end(tar);
    for await (const entry of archive) {
      const { name, type } = entry.header;
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      if (type !== 'file') continue;
      const bytes = Buffer.concat(chunks);
      if (!name.endsWith('.tgz')) texts.set(name, bytes.toString('utf8'));
      else {
        const inner = nesting === MAX_NESTING ? null : await readChartArchive(bytes, nesting + 1);
        if (inner === null) return null;
        for (const [path, text] of inner) texts.set(`${name}/${path}`, text);
      }
    }
  } catch {
    return null;
  }
  return texts;
}
