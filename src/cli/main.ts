#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { buffer } from 'node:stream/consumers';
import { cacheFolderOf } from './cache-folder.js';
import { EXIT_INTERNAL } from './exit-codes.js';
import { ParseCache } from './parse-cache.js';
import { runCli } from './run-cli.js';
import { StageTimes, TIMES_VARIABLE } from './stage-times.js';
import { writeParts } from './write-parts.js';

/** Of the code that parses, in the program that is one file; absent where it runs as modules, which may change at any time. */
declare const PARSER_DIGEST: string | undefined;

/** A reader that stops early (`| head`) has what it wanted: that is no failure. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = EXIT_INTERNAL;
  });
}

const parseCache = openParseCache();
const times = process.env[TIMES_VARIABLE] ? new StageTimes() : null;

const exitCode = await runCli(process.argv.slice(2), await readVersion(), {
  writeOut: (text) => process.stdout.write(text),
  writeParts: (parts) => writeParts(process.stdout, parts),
  writeErr: (text) => process.stderr.write(text),
  readInput: () => buffer(process.stdin),
  environment: process.env,
  workingDirectory: process.cwd(),
  outIsTerminal: process.stdout.isTTY,
  errIsTerminal: process.stderr.isTTY,
  columns: process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : undefined,
  ...(parseCache && { parseCache }),
  ...(times && { checkpoint: (stage) => (stage ? times.begin(stage, performance.now()) : undefined) }),
});

// Whoever got half of an answer must not take it for one.
process.exitCode ??= exitCode;
parseCache?.save();

if (times) {
  times.end(performance.now());
  process.stderr.write(times.tell(process.resourceUsage()));
}

function openParseCache(): ParseCache | null {
  const folder = cacheFolderOf(process.env, process.platform);
  return folder === null || typeof PARSER_DIGEST === 'undefined' ? null : new ParseCache(folder, PARSER_DIGEST);
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
