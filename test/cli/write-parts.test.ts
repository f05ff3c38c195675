import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { EXIT_INTERNAL } from '../../src/cli/exit-codes.js';
import { writeParts } from '../../src/cli/write-parts.js';
import { makeBenchMesh } from '../bench/bench-mesh.js';
import { temporaryFolder, writeFiles } from '../source/temporary-folder.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

/** A mesh of which `reach` says more than any pipe holds. */
function folderOfMesh(): string {
  const folder = temporaryFolder();
  writeFiles(folder, makeBenchMesh(30, 3).files);
  return folder;
}

function reach(folder: string, out: 'pipe' | number) {
  return spawn(process.execPath, [MAIN, 'reach', folder, '--format', 'json'], { stdio: ['ignore', out, 'pipe'] });
}

describe('what is written in parts', () => {
  it('is made as it is taken', async () => {
    let made = 0;
    let most = 0;
    function* parts(): Iterable<string> {
      for (; made < 100; made += 1) yield 'x'.repeat(50_000);
    }
    let taken = 0;
    const slow = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        setImmediate(() => {
          most = Math.max(most, made * 50_000 - taken);
          taken += chunk.length;
          done();
        });
      },
    });
    await writeParts(slow, parts());
    expect([made, taken]).toEqual([100, 5_000_000]);
    expect(most).toBeLessThanOrEqual(150_000);
  });

  it('is not made any further where nobody takes it', async () => {
    let made = 0;
    function* parts(): Iterable<string> {
      for (; made < 100; made += 1) yield 'x'.repeat(100_000);
    }
    const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('gone')) });
    gone.on('error', () => undefined);
    await writeParts(gone, parts());
    expect(made).toBe(0);
  });

  it('is no failure where the reader has had enough', async () => {
    const program = reach(folderOfMesh(), 'pipe');
    const said = text(program.stderr!);
    program.stdout!.once('data', () => program.stdout!.destroy());
    const exitCode = await new Promise((resolve) => program.on('exit', resolve));
    expect([exitCode, await said]).toEqual([0, '']);
  });

  it.runIf(existsSync('/dev/full'))('is a failure where there is no room for it', async () => {
    const full = openSync('/dev/full', 'w');
    const program = reach(folderOfMesh(), full);
    const exitCode = await new Promise((resolve) => program.on('exit', resolve));
    closeSync(full);
    expect(exitCode).toBe(EXIT_INTERNAL);
  });
});
