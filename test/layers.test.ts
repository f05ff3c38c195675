import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/** What each layer may import from the others, and which packages. The map for readers is src/README.md. */
const LAYERS: Readonly<Record<string, { layers: readonly string[]; packages: readonly string[] }>> = {
  diagnostic: { layers: [], packages: [] },
  kubernetes: { layers: ['diagnostic'], packages: [] },
  istio: { layers: ['kubernetes', 'diagnostic'], packages: [] },
  envoy: { layers: ['kubernetes'], packages: [] },
  evidence: { layers: ['kubernetes', 'diagnostic'], packages: [] },
  reachability: { layers: ['istio', 'evidence', 'kubernetes', 'diagnostic'], packages: [] },
  snapshot: { layers: ['istio', 'kubernetes', 'diagnostic'], packages: ['yaml'] },
  policy: { layers: ['layout', 'reachability', 'kubernetes', 'diagnostic'], packages: ['@noble/hashes', 'yaml'] },
  core: {
    layers: ['policy', 'reachability', 'snapshot', 'istio', 'evidence', 'kubernetes', 'diagnostic'],
    packages: [],
  },
  verify: { layers: ['core', 'reachability', 'istio', 'envoy', 'kubernetes', 'diagnostic'], packages: [] },
  report: {
    layers: ['core', 'verify', 'policy', 'reachability', 'evidence', 'kubernetes', 'diagnostic'],
    packages: ['diff'],
  },
  handbook: { layers: ['report', 'reachability', 'diagnostic'], packages: [] },
  layout: { layers: ['kubernetes', 'diagnostic'], packages: ['picomatch'] },
  source: {
    layers: ['layout', 'evidence', 'kubernetes', 'diagnostic'],
    packages: ['node', 'picomatch', 'lru-cache', 'p-queue', 'tar-stream'],
  },
  github: {
    layers: [
      'core',
      'report',
      'source',
      'layout',
      'policy',
      'reachability',
      'snapshot',
      'evidence',
      'kubernetes',
      'diagnostic',
    ],
    packages: [
      'node',
      'probot',
      '@octokit/rest',
      'bullmq',
      'diff',
      'ioredis',
      'lru-cache',
      'p-queue',
      'prom-client',
      'tar-stream',
      'yaml',
    ],
  },
  cli: {
    layers: [
      'core',
      'verify',
      'envoy',
      'report',
      'handbook',
      'source',
      'github',
      'layout',
      'policy',
      'reachability',
      'snapshot',
      'evidence',
      'kubernetes',
      'diagnostic',
    ],
    packages: ['node', 'commander', '@octokit/rest'],
  },
  action: {
    layers: ['cli', 'report', 'source', 'policy', 'snapshot', 'evidence', 'kubernetes'],
    packages: ['node', '@actions/core'],
  },
};

const SHELL = new Set(['source', 'github', 'cli', 'action']);

interface SourceFile {
  readonly path: string;
  readonly layer: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => relative('.', path).split('\\').join('/'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const found = text.matchAll(
      /(?:^|\n)(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    );
    return { path, layer: layerOf(path), text, imports: [...found].map((match) => match[1] ?? match[2] ?? '') };
  });

function layerOf(path: string): string {
  const folder = path.split('/')[0]!;
  return path.includes('/') ? folder : 'core';
}

function resolve(from: SourceFile, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from.path), specifier)).replace(/\.js$/, '.ts');
}

/** Code without comments and texts, so that prose may say what code may not. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

describe('layers', () => {
  it('knows every folder', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter(({ layer }) => !(layer in LAYERS)).map(({ path }) => path)).toEqual([]);
  });

  it('imports only what the table allows', () => {
    const forbidden = files.flatMap((file) =>
      file.imports.flatMap((specifier) => {
        const { layers, packages } = LAYERS[file.layer]!;
        if (specifier.startsWith('.')) {
          const target = layerOf(resolve(file, specifier));
          return target === file.layer || layers.includes(target) ? [] : [`${file.path} imports ${target}`];
        }
        const name = specifier.startsWith('node:')
          ? 'node'
          : specifier
              .split('/')
              .slice(0, specifier.startsWith('@') ? 2 : 1)
              .join('/');
        return packages.includes(name) ? [] : [`${file.path} imports ${specifier}`];
      }),
    );
    expect(forbidden).toEqual([]);
  });

  it('has no cycles among files', () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      state.set(path, 'open');
      const file = byPath.get(path);
      const runtime = file ? runtimeImports(file) : [];
      for (const next of runtime) visit(next, [...trail, path]);
      state.set(path, 'done');
    };
    for (const { path } of files) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('keeps the core pure: no I/O, no clock, no chance, no waiting', () => {
    const impure = files
      .filter(({ layer }) => !SHELL.has(layer))
      .flatMap(({ path, text }) => {
        const match = /\b(process\.|console\.|Date\b|Math\.random|async |await |setTimeout|Promise\b)/.exec(
          codeOf(text),
        );
        return match ? [`${path}: ${match[0]}`] : [];
      });
    expect(impure).toEqual([]);
  });

  it('lets the GitHub layer move results without knowing what a Sidecar is', () => {
    const knowing = files.filter(({ layer, text }) => layer === 'github' && /sidecar/i.test(codeOf(text)));
    expect(knowing.map(({ path }) => path)).toEqual([]);
  });

  it('loads the client of Redis only when there is one: it takes longer than all the rest', () => {
    const eager = files
      .filter(({ path }) => !path.startsWith('github/redis/'))
      .flatMap(({ path, text }) => {
        const match = /(?<!import type [^;]*)\bfrom '(?:bullmq|ioredis|\.[^']*\/redis\/[^']*)'/.exec(text);
        return match ? [`${path}: ${match[0]}`] : [];
      });
    expect(eager).toEqual([]);
    expect(files.some(({ imports }) => imports.includes('./redis/redis-coordination.js'))).toBe(true);
  });

  it('keeps what was parsed for the command line alone: a change must not be judged by what it may have written', () => {
    const keepers = files.filter(({ text }) => codeOf(text).includes('new ParseCache('));
    expect(keepers.map(({ path }) => path)).toEqual(['cli/main.ts']);
  });

  it('has no barrels and no drawers', () => {
    const names = files.map(({ path }) => path.split('/').at(-1)!.replace('.ts', ''));
    expect(names.filter((name) => /^(index|utils?|helpers?|common|misc)$/.test(name))).toEqual([]);
  });
});

/** Imports that are there when the program runs: types alone make no cycle. */
function runtimeImports(file: SourceFile): string[] {
  const found = file.text.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\b)([^;'"]*?)from\s*['"](\.[^'"]+)['"]/g);
  return [...found]
    .filter((match) =>
      match[1]!
        .replace(/[{}\s]/g, '')
        .split(',')
        .some((name) => name !== '' && !name.startsWith('type')),
    )
    .map((match) => resolve(file, match[2]!));
}
