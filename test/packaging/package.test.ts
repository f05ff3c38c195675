import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildPackage } from '../../deploy/build-package.js';
import { buildReleaseTree } from '../../deploy/build-release-tree.js';
import { codeIn, readDocument, ROOT, tableUnder, updateParts, writtenParts } from '../document.js';
import { commitAll, git } from '../source/temporary-folder.js';

const EXAMPLE = 'examples/library/judge-folders.ts';
const SIDES = ['before', 'after'].map((side) => join(ROOT, 'examples/bookinfo', side));
const MANIFEST = JSON.parse(readDocument('package.json')) as {
  readonly version: string;
  readonly homepage: string;
  readonly repository: { readonly url: string };
  readonly exports: Readonly<Record<string, unknown>>;
};
const HOW_TO_UPDATE = 'run `UPDATE_README=1 npx vitest run test/packaging`, and read what it changed';

interface Answer {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program as somebody would who has the package and no checkout: not offline by chance, but told to be. */
async function run(
  folder: string,
  [program = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const env = { ...process.env, ...variables, npm_config_offline: 'true', NO_COLOR: '1', FORCE_COLOR: '0' };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: folder, env, maxBuffer: 2 ** 26 });
    return { exitCode: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, out: stdout, err: stderr };
  }
}

/** A program of this project's own dependencies. */
function bin(name: string): string {
  return join(ROOT, 'node_modules/.bin', name);
}

let archive: string;
/** An empty project into which the package has been installed. */
const project = mkdtempSync(join(tmpdir(), 'egress-scope-project-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'egress-scope-archive-'));

afterAll(() => {
  for (const folder of [project, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

beforeAll(async () => {
  archive = await buildPackage(elsewhere);
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
  const { exitCode, out, err } = await run(project, ['npm', 'install', '--no-audit', '--no-fund', archive]);
  expect(err).toBe('');
  expect(out).toContain('added 1 package ');
  expect(exitCode).toBe(0);
}, 300_000);

describe('the npm package', () => {
  it('runs with npx, offline, and answers as the checkout does', async () => {
    const { exitCode, out } = await run(project, ['npx', 'egress-scope', 'diff', ...SIDES, '--format', 'json']);
    const transcript = readDocument(
      'test/cli/transcripts/egress-scope_diff_examples~bookinfo~before_examples~bookinfo~after_--format_json.txt',
    );
    expect(transcript).toContain(out);
    expect(exitCode).toBe(1);
    expect((await run(project, ['npx', 'egress-scope', '--version'])).out.trim()).toBe(MANIFEST.version);
  });

  it('can start the App, and says what it wants for it', async () => {
    const { exitCode, err } = await run(project, ['npx', 'egress-scope', 'serve']);
    expect(err).toContain('APP_ID');
    expect(exitCode).toBe(64);
  });

  it('holds the program and nothing of its development', async () => {
    const { out } = await run(project, ['tar', 'tzf', archive]);
    const own = out.split('\n').filter((path) => !path.startsWith('package/node_modules/'));
    const beside = own.filter((path) => path !== '' && !path.startsWith('package/dist/'));
    expect(beside.sort()).toEqual(
      ['LICENSE', 'README.md', 'app.yml', 'package.json', 'schema/egress-scope.schema.json'].map(
        (path) => `package/${path}`,
      ),
    );
    expect(own.filter((path) => !/^$|\/$|\.(?:js|d\.ts|json|md|yml)$|LICENSE$/.test(path))).toEqual([]);
    const published = JSON.parse(
      readFileSync(join(project, 'node_modules/egress-scope/package.json'), 'utf8'),
    ) as object;
    expect(Object.keys(published)).not.toContain('scripts');
  });

  it('has no fault that publint knows', async () => {
    const { exitCode, out, err } = await run(ROOT, [bin('publint'), archive, '--strict']);
    expect(out + err).toContain('All good!');
    expect(exitCode).toBe(0);
  });

  it('has types that every resolution of ES modules finds', async () => {
    const { exitCode, out } = await run(ROOT, [bin('attw'), archive, '--profile', 'esm-only', '--format', 'ascii']);
    expect(exitCode, out).toBe(0);
  });

  it('is as large as docs/library.md says', async () => {
    const said = /The package is (\d+) MB to fetch and (\d+) MB on the disk/.exec(readDocument('docs/library.md'));
    const { out } = await run(project, ['du', '-s', '--apparent-size', '--block-size=1M', 'node_modules/egress-scope']);
    const sizes = [statSync(archive).size / 1e6, Number(/^\d+/.exec(out)?.[0])];
    expect(said).not.toBeNull();
    for (const [index, size] of sizes.entries()) {
      expect(Math.abs(size - Number(said?.[index + 1])), `${size} MB`).toBeLessThan(2);
    }
  });
});

describe('a release’s tag', () => {
  const tag = join(elsewhere, 'tag');
  beforeAll(() => buildReleaseTree(tag));

  it('holds the Action and the hook, and no package that somebody would have to build', () => {
    const files = readdirSync(tag, { recursive: true, encoding: 'utf8' }).filter((path) => path !== 'dist');
    const { runs } = parse(readFileSync(join(tag, 'action.yml'), 'utf8')) as {
      readonly runs: { readonly main: string };
    };
    expect(files.sort()).toEqual(
      ['.pre-commit-hooks.yaml', 'LICENSE', 'README.md', 'action.yml', 'dist/action.licenses.txt', runs.main].sort(),
    );
    expect(parse(readFileSync(join(tag, '.pre-commit-hooks.yaml'), 'utf8'))).toMatchObject([
      { id: 'egress-scope', additional_dependencies: [`egress-scope@${MANIFEST.version}`] },
    ]);
  });

  /** pre-commit (https://pre-commit.com), a program of others: CI has to have it. */
  const preCommit = process.env['PRE_COMMIT_BIN'] ?? '';

  it.skipIf(preCommit === '' && !process.env['CI'])('gives pre-commit a hook that stops a bad commit', async () => {
    git(tag, 'init', '--quiet', '--initial-branch=main');
    const revision = commitAll(tag, 'release');
    const repository = mkdtempSync(join(elsewhere, 'repository-'));
    git(repository, 'init', '--quiet', '--initial-branch=main');
    cpSync(SIDES[0]!, repository, { recursive: true });
    // As the hook has it, but from the archive: the package is not published here.
    const hook = { id: 'egress-scope', additional_dependencies: [archive] };
    const repos = [{ repo: `file://${tag}`, rev: revision, hooks: [hook] }];
    writeFileSync(join(repository, '.pre-commit-config.yaml'), JSON.stringify({ repos }));
    commitAll(repository, 'first');
    const home = { PRE_COMMIT_HOME: join(elsewhere, 'pre-commit') };
    const passing = await run(repository, [preCommit, 'run', '--all-files'], home);
    expect(passing.out).toMatch(/^egress-scope\.+Passed$/m);
    cpSync(join(SIDES[1]!, 'default/sidecar.yaml'), join(repository, 'default/sidecar.yaml'));
    git(repository, 'add', '--all');
    const failing = await run(repository, [preCommit, 'run'], home);
    expect(failing.exitCode).toBe(1);
    expect(failing.out).toContain('Fails: default/Pod/my-shell would call 6 destinations past the mesh');
  });
});

describe('docs/library.md', () => {
  const [compiled, source] = ['judge-folders.js', basename(EXAMPLE)];

  it('shows the example', () => {
    const wanted = writtenParts('docs/library.md', 'file:', 'end of file').map(
      ({ argument }) => `\n\`\`\`ts\n${readDocument(argument).trimEnd()}\n\`\`\`\n\n`,
    );
    updateParts('docs/library.md', 'file:', 'end of file', wanted);
    const now = writtenParts('docs/library.md', 'file:', 'end of file').map(({ content }) => content);
    expect(now.length).toBe(1);
    expect(now, HOW_TO_UPDATE).toEqual(wanted);
  });

  it('shows one that a strict compiler takes, with every declaration that it reads, and that prints what it says', async () => {
    copyFileSync(join(ROOT, EXAMPLE), join(project, source));
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      moduleResolution: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      types: ['node'],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [source] }));
    const { exitCode, out } = await run(project, [bin('tsc'), '-p', '.']);
    expect(out).toBe('');
    expect(exitCode).toBe(0);
    const answer = await run(project, [process.execPath, compiled, ...SIDES]);
    expect(answer.err).toBe('');
    const wanted = [`\n\`\`\`\n${answer.out.trimEnd()}\n\`\`\`\n\n`];
    updateParts('docs/library.md', 'printed', 'end of printed', wanted);
    const now = writtenParts('docs/library.md', 'printed', 'end of printed').map(({ content }) => content);
    expect(now, HOW_TO_UPDATE).toEqual(wanted);
  });

  it('lists everything that can be imported, and what it names is there', async () => {
    const rows = tableUnder(readDocument('docs/library.md'), '| from |');
    const entries = Object.keys(MANIFEST.exports).filter((entry) => entry !== './package.json');
    expect(rows.map(([from = '']) => codeIn(from)[0]).sort()).toEqual(
      entries.map((entry) => entry.replace(/^\./, 'egress-scope')).sort(),
    );
    const uses = rows.map(([from = '', what = '']) => ({
      module: codeIn(from)[0] ?? '',
      names: codeIn(what)
        .map((code) => /^(?:[a-z]+[A-Z]\w+|[A-Z]+_[A-Z]+)/.exec(code)?.[0] ?? '')
        .filter((name) => name !== ''),
    }));
    const imports = uses.map(
      ({ module, names }, i) => `import * as m${i} from '${module}';
      for (const name of ${JSON.stringify(names)}) if (m${i}[name] === undefined) console.log('${module}', name);`,
    );
    expect(uses.every(({ names }) => names.length > 0)).toBe(true);
    writeFileSync(join(project, 'names.mjs'), imports.join('\n'));
    expect(await run(project, [process.execPath, 'names.mjs'])).toEqual({ exitCode: 0, out: '', err: '' });
  });
});
