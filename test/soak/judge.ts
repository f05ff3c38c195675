import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { judgeRecord } from './judge-record.js';
import type { SoakRecord } from './soak-record.js';

/** `tsx test/soak/judge.ts FOLDER`: prints what is wrong with what a soak left in a folder, and fails if anything is. */
const folder = process.argv[2];
if (folder === undefined) throw new Error('Which folder?');
const record = JSON.parse(readFileSync(path.join(folder, 'record.json'), 'utf8')) as SoakRecord;
const { problems, counts } = await judgeRecord(record);
console.log('Judged:');
for (const [what, count] of [...counts].sort(([a], [b]) => a.localeCompare(b))) console.log(`  ${what}: ${count}`);
for (const problem of problems) console.log(`WRONG ${problem}`);
console.log(problems.length === 0 ? 'The App passes.' : `The App fails: ${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;
