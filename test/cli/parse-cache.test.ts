import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CACHE_LIMITS, ParseCache, type CacheLimits } from '../../src/cli/parse-cache.js';
import type { ManifestFile } from '../../src/kubernetes/manifest.js';
import { temporaryFolder } from '../source/temporary-folder.js';

const MAIN = join(import.meta.dirname, '../../dist/bin/egress-scope.js');
const LONG_AGO = new Date('2020-01-01');

interface Run {
  readonly folder: string;
  readonly tree: string;
  readonly program?: string;
  readonly limits?: Partial<CacheLimits>;
  readonly globs?: readonly string[];
}

function object(name: string, kind = 'Service'): ManifestFile {
  const text = `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
  return { path: `${name}.yaml`, content: Buffer.from(text) };
}

const FILES = ['a', 'b', 'c', 'd'].map((name) => object(name));

/** A folder for packs, which is not there yet, and one that is read. */
function folders() {
  return { folder: join(temporaryFolder(), 'egress-scope'), tree: temporaryFolder() };
}

/** One run of a program, which keeps whatever is new, to the names of the objects that it has found. */
function run(files: readonly ManifestFile[], { folder, tree, program = 'one', limits, globs = [] }: Run) {
  const cache = new ParseCache(folder, program, { ...CACHE_LIMITS, news: 1, ...limits });
  cache.open([tree], globs);
  const names = files.flatMap((file) => cache.parse(file).objects.map(({ metadata }) => metadata.name));
  cache.save();
  return names;
}

function packsOf(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** Whether a run finds all that it parses in the pack: otherwise, it puts another file in the pack's place. */
function isKept(files: readonly ManifestFile[], how: Run): boolean {
  const [pack] = packsOf(how.folder);
  const before = pack === undefined ? null : statSync(pack, { bigint: true });
  expect(run(files, how)).toEqual(files.map(({ path }) => path.replace('.yaml', '')));
  return pack !== undefined && statSync(pack, { bigint: true }).ino === before!.ino;
}

describe('what was parsed by earlier runs', () => {
  it('is found again, for the same tree and program', () => {
    const where = folders();
    run(FILES, where);
    expect(isKept(FILES, where)).toBe(true);
    expect(isKept(FILES, { ...where, program: 'another' })).toBe(false);
    expect(isKept(FILES, where)).toBe(false);
    run(FILES, { ...where, globs: ['k8s'] });
    run(FILES, { ...where, tree: temporaryFolder() });
    expect(packsOf(where.folder)).toHaveLength(3);
  });

  it('is found by content, wherever that is now', () => {
    const where = folders();
    run(FILES, where);
    const cache = new ParseCache(where.folder, 'one');
    cache.open([where.tree], []);
    const [found] = cache.parse({ ...FILES[0]!, path: 'moved/a.yaml' }).objects;
    expect(found?.origin).toEqual({ path: 'moved/a.yaml', line: 1 });
    expect(found?.locate(['metadata', 'name'])).toEqual({ path: 'moved/a.yaml', line: 4 });
  });

  it('is only for the user to read', () => {
    const { folder, tree } = folders();
    run(FILES, { folder, tree });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(packsOf(folder).map((pack) => statSync(pack).mode & 0o777)).toEqual([0o600]);
  });

  it('is written anew where enough of it is new, and has then what was read last', () => {
    const where = folders();
    const [a, b, c, d] = FILES as [ManifestFile, ManifestFile, ManifestFile, ManifestFile];
    run([a], { ...where, limits: { news: 1000 } });
    expect(packsOf(where.folder)).toEqual([]);
    const many = Array.from({ length: 16 }, (_unused, index) => object(`many-${index}`));
    run([...many, a], where);
    expect(isKept([...many, b], where)).toBe(true);
    expect(isKept([...many, b, c, d], where)).toBe(false);
    expect(isKept([...many, b, c, d], where)).toBe(true);
    expect(isKept([a, b], where)).toBe(false);
  });

  it('does not have Secrets, nor what comes from elsewhere than a tree', () => {
    const where = folders();
    const secret = object('hush', 'Secret');
    run([secret, FILES[0]!], where);
    expect(isKept([secret, FILES[0]!], where)).toBe(true);
    expect(readFileSync(packsOf(where.folder)[0]!, 'latin1')).not.toContain('hush');

    const cache = new ParseCache(where.folder, 'one', { ...CACHE_LIMITS, news: 1 });
    cache.open([where.tree], []);
    cache.open([], []);
    cache.parse(object('piped'));
    cache.save();
    expect(readFileSync(packsOf(where.folder)[0]!, 'latin1')).not.toContain('piped');
  });

  it('does not have what aliases make much of', () => {
    const where = folders();
    const list = '&n [' + '1,'.repeat(50) + '1]';
    const text = `apiVersion: v1\nkind: Service\nmetadata: {name: alias}\na: ${list}\nb: [${'*n,'.repeat(90)}*n]\n`;
    const file = { path: 'alias.yaml', content: Buffer.from(text) };
    run([file], where);
    expect(statSync(packsOf(where.folder)[0]!).size).toBeLessThan(text.length);
    expect(isKept([file], where)).toBe(true);
  });
});

describe('a pack that is not as it was written', () => {
  const damages: readonly (readonly [what: string, damage: (pack: string, other: string) => void])[] = [
    ['is empty', (pack) => truncateSync(pack)],
    ['was cut off', (pack) => truncateSync(pack, statSync(pack).size - 1)],
    ['was cut off in its head', (pack) => truncateSync(pack, 30)],
    ['has more behind it', (pack) => writeFileSync(pack, 'x', { flag: 'a' })],
    ['is a text', (pack) => writeFileSync(pack, 'a pack')],
    ['may be written by others', (pack) => chmodSync(pack, 0o622)],
    ['is a link', (pack, other) => (renameSync(pack, other), symlinkSync(other, pack))],
  ];

  it.each(damages)('and %s is as good as absent', (_what, damage) => {
    const where = folders();
    run(FILES, where);
    const [pack] = packsOf(where.folder);
    damage(pack!, join(where.tree, 'pack'));
    expect(isKept(FILES, where)).toBe(false);
    expect(isKept(FILES, where)).toBe(true);
  });

  it('at whatever byte is as good as absent', () => {
    const where = folders();
    run(FILES, where);
    const [pack] = packsOf(where.folder);
    const bytes = readFileSync(pack!);
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      writeFileSync(pack!, damaged);
      expect([at, isKept(FILES, where)]).toEqual([at, false]);
    }
  });
});

describe('the folder of packs', () => {
  it('may be unwritable, or not be one', () => {
    const { tree } = folders();
    const files = temporaryFolder({ file: '' });
    for (const folder of [join(files, 'file'), join(files, 'file/below')]) {
      expect(run(FILES, { folder, tree })).toEqual(['a', 'b', 'c', 'd']);
    }
    expect(readdirSync(files)).toEqual(['file']);
  });

  it('is not trusted where others may write to it', () => {
    const where = folders();
    run(FILES, where);
    chmodSync(where.folder, 0o777);
    const [pack] = packsOf(where.folder);
    utimesSync(pack!, LONG_AGO, LONG_AGO);
    run([...FILES, object('new')], where);
    // Neither read nor written.
    expect(statSync(pack!).mtime).toEqual(LONG_AGO);
  });

  it('holds so many bytes, of the packs that were used last, and nothing else is deleted from it', () => {
    const where = folders();
    run(FILES, where);
    const size = statSync(packsOf(where.folder)[0]!).size;
    const mine = join(where.folder, 'a file of mine');
    writeFileSync(mine, 'x'.repeat(10 * size));
    const limits = { all: 2.5 * size };
    const trees = [where.tree, temporaryFolder(), temporaryFolder()] as const;
    // The first one stays in use.
    for (const tree of [...trees.slice(0, 2), where.tree, trees[2]]) {
      for (const pack of packsOf(where.folder)) {
        const earlier = new Date(statSync(pack).mtimeMs - 1000);
        utimesSync(pack, earlier, earlier);
      }
      run(FILES, { ...where, tree, limits });
    }
    expect(packsOf(where.folder)).toHaveLength(2 + 1);
    expect(existsSync(mine)).toBe(true);
    const stays = packsOf(where.folder);
    for (const tree of [trees[0], trees[2]]) run(FILES, { ...where, tree, limits });
    expect(packsOf(where.folder)).toEqual(stays);
  });

  it('holds no pack that is too large', () => {
    const where = folders();
    run(FILES, { ...where, limits: { pack: 100 } });
    expect(packsOf(where.folder)).toEqual([]);
  });

  it('is shared by runs at the same time: the last one that ends is kept', () => {
    const where = folders();
    const [first, second] = [1, 2].map(() => new ParseCache(where.folder, 'one', { ...CACHE_LIMITS, news: 1 }));
    for (const cache of [first!, second!]) cache.open([where.tree], []);
    first!.parse(FILES[0]!);
    second!.parse(FILES[1]!);
    second!.parse(FILES[2]!);
    first!.save();
    second!.save();
    expect(packsOf(where.folder)).toHaveLength(1);
    expect(isKept([FILES[1]!, FILES[2]!], where)).toBe(true);
  });
});

describe('the program', () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_unused, index) => {
      const data = Array.from({ length: 200 }, (_none, line) => `  key-${line}: value ${index} ${line}\n`).join('');
      return [`a-${index}.yaml`, `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-${index}\ndata:\n${data}`];
    }),
  );

  function reach(tree: string, environment: Readonly<Record<string, string>>, ...args: readonly string[]): string {
    const env = { PATH: process.env['PATH'], ...environment };
    return execFileSync(process.execPath, [MAIN, 'discover', tree, '--render', '--format', 'json', ...args], {
      env,
      encoding: 'utf8',
    });
  }

  it('keeps what it parses below the home, and says the same with it', () => {
    const [home, tree] = [temporaryFolder(), temporaryFolder(files)];
    const fresh = reach(tree, { HOME: home, EGRESS_SCOPE_CACHE: 'off' });
    expect(readdirSync(home)).toEqual([]);
    expect(reach(tree, { HOME: home, CI: 'true' })).toBe(fresh);
    expect(readdirSync(home)).toEqual([]);
    expect(reach(tree, { HOME: home })).toBe(fresh);
    const caches = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
    const packs = packsOf(join(home, caches, 'egress-scope'));
    expect(packs).toHaveLength(1);
    utimesSync(packs[0]!, LONG_AGO, LONG_AGO);
    expect(reach(tree, { HOME: home })).toBe(fresh);
    expect(statSync(packs[0]!).mtimeMs).toBeGreaterThan(LONG_AGO.getTime());
  });

  it('keeps it in a folder that is named, in CI too, and never in what it reads', () => {
    const [folder, tree] = [join(temporaryFolder(), 'kept'), temporaryFolder(files)];
    reach(tree, { EGRESS_SCOPE_CACHE: folder, CI: 'true' });
    expect(packsOf(folder)).toHaveLength(1);
    reach(tree, { EGRESS_SCOPE_CACHE: join(tree, 'kept') });
    expect(packsOf(join(tree, 'kept'))).toEqual([]);
  });
});
