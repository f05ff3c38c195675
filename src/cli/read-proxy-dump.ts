import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { NotJson } from '../envoy/json-pieces.js';
import type { ProxyDump } from '../envoy/proxy-dump.js';
import { joinDumps, NoProxyDump, readDump } from '../envoy/read-dump.js';
import { UsageError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

const MAX_BYTES = 2 ** 30;

/** What of a proxy's configuration is in files, or, for `-`, in standard input; as one.
 *
 * @throws UsageError for a file that cannot be read, or holds nothing of a proxy. */
export async function readProxyDumps(files: readonly string[], terminal: Terminal): Promise<ProxyDump> {
  const dumps: ProxyDump[] = [];
  for (const file of files)
    dumps.push(parseProxyDump(await read(file, terminal), file === '-' ? 'standard input' : file));
  return joinDumps(dumps);
}

/** @throws UsageError as `readProxyDumps` does. */
export function parseProxyDump(bytes: Uint8Array, name: string): ProxyDump {
  try {
    return readDump(bytes);
  } catch (error) {
    if (error instanceof NotJson || error instanceof NoProxyDump) throw new UsageError(`${name} ${error.message}`);
    throw error;
  }
}

async function read(file: string, { readInput, workingDirectory }: Terminal): Promise<Uint8Array> {
  if (file === '-') return readInput();
  const path = resolve(workingDirectory, file);
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new UsageError(`${file} holds more than ${MAX_BYTES / 2 ** 20} MiB`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`${file} cannot be read (${reason})`);
  }
}
