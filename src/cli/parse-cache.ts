import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ManifestFile, ParsedFile } from '../kubernetes/manifest.js';
import { packParsedFile, unpackParsedFile } from '../kubernetes/packed-file.js';
import { ValuePacker } from '../kubernetes/packed-values.js';
import { parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import { isOwn, trustedFolder } from './cache-folder.js';
import { bytesOfPack, digestOfContent, ParsedPack } from './parsed-pack.js';

/** In bytes. */
export interface CacheLimits {
  /** Of all packs together; the one that was used longest ago goes first. */
  readonly all: number;
  /** Of one of them. */
  readonly pack: number;
  /** Of content that has to have been parsed anew before a pack is written. */
  readonly news: number;
}

export const CACHE_LIMITS: CacheLimits = { all: 256 * 2 ** 20, pack: 64 * 2 ** 20, news: 128 * 2 ** 10 };

/** A pack is written anew when this part of what was read was not in it. */
const NEWS_SHARE = 1 / 8;
const PACK = /^[0-9a-f]{64}\.(?:pack|[0-9a-f-]{36}\.tmp)$/;
/** Beside a token for each byte of the content. Only aliases make more of it, and what they repeat is dear to keep. */
const SPARE_TOKENS = 64;

/**
 * What was parsed by earlier runs, in a folder: one pack for what a run reads together, since thousands of small files take as long to read
 * as to parse. By content alone: both sides of a change share it. Secrets are not kept. Whatever is the matter with the folder or a pack,
 * files are parsed then, and nobody hears of it.
 */
export class ParseCache {
  /** Of the run; none before anything is read. */
  #trees: readonly string[] = [];
  /** Of the pack's file. */
  #name = '';
  #isOpen = false;
  #pack: ParsedPack | null = null;
  readonly #seen = new Map<string, { readonly parsed: ParsedFile; readonly size: number }>();
  #bytes = 0;
  #newBytes = 0;

  /** @param program equal for programs that parse alike, and keep it alike. */
  constructor(
    private readonly folder: string,
    private readonly program: string,
    private readonly limits = CACHE_LIMITS,
  ) {}

  /**
   * Says what is read next; what is read first in a run decides which pack it is.
   *
   * @param trees absolute paths of folders and files; none for what comes from elsewhere, of which nothing is kept.
   * @param globs what of them is read; empty for all.
   */
  open(trees: readonly string[], globs: readonly string[]): void {
    this.#isOpen = trees.length > 0;
    if (!this.#isOpen || this.#trees.length > 0) return;
    this.#trees = trees;
    this.#name = `${createHash('sha256')
      .update(JSON.stringify([trees, globs]))
      .digest('hex')}.pack`;
    const folder = trustedFolder(this.folder, trees);
    if (folder !== null) this.#pack = this.#read(join(folder, this.#name));
  }

  parse(file: ManifestFile): ParsedFile {
    const { content } = file;
    if (!this.#isOpen || typeof content === 'string' || file.isRendered) return parseManifestFile(file);
    const digest = digestOfContent(content);
    const packed = this.#pack?.find(digest);
    const parsed = packed ? unpackParsedFile(file, packed) : parseManifestFile(file);
    if (!this.#seen.has(digest)) {
      this.#seen.set(digest, { parsed, size: content.length });
      this.#bytes += content.length;
      if (packed === undefined) this.#newBytes += content.length;
    }
    return parsed;
  }

  /** Keeps what was parsed, where enough of it is new. */
  save(): void {
    if (this.#newBytes < Math.max(this.limits.news, NEWS_SHARE * this.#bytes)) return;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const folder = trustedFolder(this.folder, this.#trees);
      if (folder === null) return;
      const bytes = this.#packSeen();
      if (bytes.length > this.limits.pack) return;
      replace(join(folder, this.#name), bytes);
      prune(folder, this.limits.all);
    } catch {
      // What cannot be kept is parsed again.
    }
  }

  #packSeen(): Uint8Array {
    const packer = new ValuePacker();
    const places = new Map<string, number | null>();
    for (const [digest, { parsed, size }] of this.#seen) {
      const isSecret = parsed.objects.some(({ kind }) => kind === 'Secret');
      places.set(digest, isSecret ? null : packer.pack(packParsedFile(parsed), size + SPARE_TOKENS));
    }
    return bytesOfPack(places, packer.finish(), this.program);
  }

  #read(path: string): ParsedPack | null {
    try {
      const bytes = readOwn(path, this.limits.pack);
      const pack = bytes && ParsedPack.of(bytes, this.program);
      const now = new Date();
      if (pack) utimesSync(path, now, now);
      return pack;
    } catch {
      return null;
    }
  }
}

/** Null for what is not a file of the user's own, or too large. */
function readOwn(path: string, most: number): Buffer | null {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() && isOwn(stats) && stats.size <= most ? readFileSync(descriptor) : null;
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file, which is the old one or the new one for whoever reads it. */
function replace(path: string, bytes: Uint8Array): void {
  const draft = path.replace(/pack$/, `${randomUUID()}.tmp`);
  try {
    writeFileSync(draft, bytes, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Leaves so many bytes of packs, and of what was begun of them, in the folder: those that were used last. */
function prune(folder: string, most: number): void {
  const packs = readdirSync(folder)
    .filter((name) => PACK.test(name))
    .map((name) => ({ path: join(folder, name), stats: statSync(join(folder, name), { throwIfNoEntry: false }) }))
    .sort((a, b) => (b.stats?.mtimeMs ?? 0) - (a.stats?.mtimeMs ?? 0));
  let bytes = 0;
  for (const { path, stats } of packs) {
    bytes += stats?.size ?? 0;
    if (bytes > most) rmSync(path, { force: true });
  }
}
