import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIGURATION_PATH } from '../../src/policy/configuration-schema.js';
import { runCommand } from '../cli/run-command.js';
import { readDocument, ROOT } from '../document.js';
import { commitAll, git, temporaryFolder } from '../source/temporary-folder.js';

const DOCUMENT = readDocument('docs/ci.md');
const { version } = JSON.parse(readDocument('package.json')) as { readonly version: string };

/** The blocks of a language, in the order of the document. */
function blocks(language: string): string[] {
  return [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');
}

describe('docs/ci.md', () => {
  it('speaks of the version that there is', () => {
    const said = [...DOCUMENT.matchAll(/(?:egress-scope[@:]|\bv)(\d+\.\d+\.\d+)/g)].map((match) => match[1]);
    expect(said.length).toBeGreaterThan(3);
    expect(new Set(said)).toEqual(new Set([version]));
    expect(DOCUMENT).toContain(`egress-scope/egress-scope@v${version.split('.')[0] ?? ''}`);
    expect(DOCUMENT).toContain(`\`${CONFIGURATION_PATH}\``);
  });

  it('shows YAML that can be read', () => {
    const shown = blocks('yaml').map((text) => parse(text) as unknown);
    expect(shown.length).toBeGreaterThan(4);
    for (const each of shown) expect(each).toBeTypeOf('object');
  });

  it('gives egress-scope options that it has', async () => {
    const lines = [...blocks('sh'), ...blocks('yaml'), ...blocks('groovy')].join('\n').split('\n');
    const commands = lines.flatMap(
      (line) => /(?:^|\s|')(?:egress-scope(?:@\S+)?) (diff\b[^'|>]*)/.exec(line)?.[1] ?? [],
    );
    expect(commands.length).toBeGreaterThan(3);
    const help = (await runCommand(['diff', '--help'], { workingDirectory: ROOT })).out;
    for (const option of commands.join(' ').match(/--[a-z-]+/g) ?? []) expect(help).toContain(option);
  });

  it('has a script for GitLab that shows the report, keeps it, and ends as egress-scope does', () => {
    const pipeline = parse(blocks('yaml').find((text) => text.startsWith('egress-scope:\n')) ?? '') as {
      readonly 'egress-scope': { readonly script: readonly string[] };
    };
    const folder = temporaryFolder();
    git(folder, 'init', '--quiet', '--initial-branch=main');
    cpSync(join(ROOT, 'examples/bookinfo/before'), folder, { recursive: true });
    const base = commitAll(folder, 'base');
    cpSync(join(ROOT, 'examples/bookinfo/after'), folder, { recursive: true });
    commitAll(folder, 'change');
    // A job stops at the first line that fails, and its shell is the image's.
    const shell = ['set -e', ...pipeline['egress-scope'].script].join('\n');
    const programs = temporaryFolder();
    const program = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist/bin/egress-scope.js')}" "$@"\n`;
    writeFileSync(join(programs, 'egress-scope'), program, { mode: 0o755 });
    const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}`, CI_MERGE_REQUEST_DIFF_BASE_SHA: base };
    let exitCode: unknown = 0;
    let out = '';
    try {
      out = execFileSync('sh', ['-c', shell], {
        cwd: folder,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      ({ status: exitCode, stdout: out } = error as { status: unknown; stdout: string });
    }
    expect(exitCode).toBe(1);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'Fails: default/Pod/my-shell would call 6 destinations past the mesh, without mutual TLS.',
    );
    expect(git(folder, 'status', '--short')).toBe('?? egress-scope.html\n?? egress-scope.xml');
    expect(readFileSync(join(folder, 'egress-scope.xml'), 'utf8')).toMatch(/<testsuite [^>]*failures="[1-9]/);
    expect(readFileSync(join(folder, 'egress-scope.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });
});
