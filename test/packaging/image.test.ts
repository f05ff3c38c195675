import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import picomatch from 'picomatch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocument, ROOT } from '../document.js';
import { AppProcess } from '../github/app-process.js';
import { BEFORE, completedRun, NARROWED, openPull } from '../github/stand-in-app.js';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';

/** The image's stages as folders. What the Dockerfile fetches is what is installed here already. */
const build = mkdtempSync(join(tmpdir(), 'egress-scope-build-'));
const image = mkdtempSync(join(tmpdir(), 'egress-scope-image-'));
/** The image has a Node that its user may run; the one of these tests may be in a folder that only its owner enters. */
const node = join(image, 'node');

interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
}

/** A Dockerfile's stages, each with its instructions. */
function readStages(): readonly (readonly Instruction[])[] {
  const text = readDocument('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', '');
  const instructions = text.split('\n').flatMap((line): Instruction[] => {
    const [name = '', ...words] = line.trim().split(/\s+/);
    return name === '' ? [] : [{ name, words }];
  });
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  return starts.map((start, index) => instructions.slice(start, starts[index + 1]));
}

/** Whether the builder gets a file at all. */
function isSent(path: string): boolean {
  const [all, ...exceptions] = readDocument('.dockerignore')
    .split('\n')
    .filter((line) => /^[^#]/.test(line));
  expect(all).toBe('*');
  return exceptions.some((line) => path === line.slice(1) || path.startsWith(`${line.slice(1)}/`));
}

/** Copies what is written behind COPY, of the files that the builder gets. */
function copy(words: readonly string[], folder: string): void {
  const sources = words.slice(0, -1);
  const to = join(folder, words.at(-1) ?? '');
  for (const source of sources) {
    const names = readdirSync(join(ROOT, dirname(source))).map((name) => join(dirname(source), name));
    const found = names.filter((name) => picomatch.isMatch(name, source) && isSent(name));
    if (!source.includes('*')) expect(found, `${source} is not sent to the builder`).toHaveLength(1);
    for (const path of found) {
      const isOne = words.length === 2 && !words[1]?.endsWith('/');
      // What an earlier build left there is in no checkout.
      const filter = (from: string): boolean => relative(ROOT, from) !== 'src/report/embedded.ts';
      cpSync(join(ROOT, path), isOne ? to : join(to, path.split('/').at(-1) ?? ''), { recursive: true, filter });
    }
  }
}

function makeBuildStage(instructions: readonly Instruction[]): void {
  for (const { name, words } of instructions) {
    const command = words.join(' ');
    if (name === 'COPY') copy(words, build);
    else if (command.startsWith('npm ci')) symlinkSync(join(ROOT, 'node_modules'), join(build, 'node_modules'));
    else if (name === 'RUN' && !/fetch-renderers|npm prune/.test(command)) {
      execFileSync('sh', ['-c', command], { cwd: build, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  }
}

function makeImage(instructions: readonly Instruction[]): void {
  for (const { name, words } of instructions.filter(({ name }) => name === 'COPY')) {
    const [from = '', source = '', to = ''] = words;
    expect(name).toBe('COPY');
    if (!from.startsWith('--from')) copy(words, image);
    else if (source === '/build/node_modules') copyProductionPackages(join(image, to));
    else if (source.startsWith('/build/'))
      cpSync(join(build, relative('/build', source)), join(image, to), { recursive: true });
  }
}

/** What `npm prune --omit=dev` leaves. */
function copyProductionPackages(folder: string): void {
  const list = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: ROOT, encoding: 'utf8' });
  const modules = join(ROOT, 'node_modules');
  for (const path of list.trim().split('\n')) {
    const place = relative(modules, path);
    if (place.startsWith('..') || place.includes('/node_modules/')) continue;
    mkdirSync(join(folder, dirname(place)), { recursive: true });
    cpSync(path, join(folder, place), { recursive: true });
  }
}

const stages = readStages();
const [buildStage = [], imageStage = []] = stages;
const user = imageStage.findLast(({ name }) => name === 'USER')?.words[0] ?? '0';

beforeAll(() => {
  makeBuildStage(buildStage);
  makeImage(imageStage);
  copyFileSync(process.execPath, node);
  execFileSync('chmod', ['-R', 'a=rX', image]);
}, 600_000);

afterAll(() => {
  chmodSync(image, 0o700);
  execFileSync('chmod', ['-R', 'u+w', image]);
  for (const folder of [build, image]) rmSync(folder, { recursive: true, force: true });
});

describe('the image', () => {
  it('is made of two stages, and runs as a number that is not root’s', () => {
    expect(stages).toHaveLength(2);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('serves the App as that user, with nothing of it to write to', async () => {
    const [uid, gid] = user.split(':').map(Number);
    const github = await GitHubStandIn.start();
    const [program = '', ...args] = JSON.parse(
      imageStage.findLast(({ name }) => name === 'CMD')?.words.join(' ') ?? '[]',
    ) as readonly string[];
    expect(program).toBe('node');
    const asUser = process.getuid?.() === 0 ? { uid, gid } : {};
    const app = new AppProcess(
      { ...github.appEnvironment, RECONCILE_SECONDS: '0' },
      { node, args, cwd: image, ...asUser },
    );
    github.sendWebhooksTo(await app.url());
    const people = await github.createRepository({ files: BEFORE });
    const pull = await openPull(people, 'narrow', NARROWED);
    const run = await completedRun(people, pull.head);
    expect(run.conclusion).toBe('failure');
    expect(run.output.summary).toContain('my-shell');
    github.deliveries.target = null;
    expect(await app.stop()).toBe(0);
    await github.close();
  });
});
