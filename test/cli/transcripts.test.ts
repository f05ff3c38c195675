import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Each file of `transcripts/` is one command line and all it answers: standard output, standard error, exit code. To add
 * one, write its first line (`$ egress-scope …`) and run the tests with UPDATE_TRANSCRIPTS=1; to change many at once, too. */
const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(import.meta.dirname, 'transcripts');
const MAIN = join(ROOT, 'dist/bin/egress-scope.js');
const PROMPT = '$ egress-scope ';
const isUpdate = process.env.UPDATE_TRANSCRIPTS === '1';

const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('the command line answers as its transcripts say', () => {
  it('has been built, and has transcripts', () => {
    expect(existsSync(MAIN), 'run npm run build first').toBe(true);
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(names)('%s', async (name) => {
    const expected = readFileSync(join(FOLDER, name), 'utf8');
    const command = (expected.split('\n', 1)[0] ?? '').slice(PROMPT.length);
    expect(expected.startsWith(PROMPT)).toBe(true);
    expect(name).toBe(fileName(command));
    const actual = await run(command);
    if (isUpdate) writeFileSync(join(FOLDER, name), actual);
    else expect(actual).toBe(expected);
  });
});

/** `diff a/b c` → `egress-scope_diff_a~b_c.txt` */
function fileName(command: string): string {
  return `egress-scope_${command.replaceAll(' ', '_').replace(/[/:]/g, '~')}.txt`;
}

function run(command: string): Promise<string> {
  const args = command.split(' ').filter((word) => word !== '');
  const env = { PATH: process.env.PATH };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd: ROOT, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      const sections = [section('stdout', stdout), section('stderr', stderr), `--- exit code\n${String(exitCode)}\n`];
      resolve(`${PROMPT}${command}\n${sections.join('')}`);
    });
  });
}

function section(name: string, text: string): string {
  return text === '' ? '' : `--- ${name}\n${text}${text.endsWith('\n') ? '' : '\n(no line break at the end)\n'}`;
}
