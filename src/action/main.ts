import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { error, setOutput } from '@actions/core';
import { EXIT_CODES, EXIT_INTERNAL, EXIT_USAGE, UsageError } from '../cli/exit-codes.js';
import type { JudgedSides } from '../cli/judge-sides.js';
import type { Terminal } from '../cli/terminal.js';
import { writeParts } from '../cli/write-parts.js';
import { blobAddress } from '../report/blob-address.js';
import type { SourceLinks } from '../report/change-table.js';
import { renderText } from '../report/render-text.js';
import { findRepository } from '../source/git-repository.js';
import { SourceError } from '../source/source-files.js';
import { readInputs, type ActionInputs } from './action-inputs.js';
import { sidesOfEvent, type CommitSides, type WorkflowEvent } from './event-sides.js';
import { judgeCommits, judgeNamed } from './judge-event.js';
import { annotate, writeReports, writeSummary } from './publish-answer.js';

// The GitHub Action: inputs and event in; log, annotations, job summary, reports and an exit code out. It calls no server.

process.exitCode = await runAction();

async function runAction(): Promise<number> {
  try {
    const inputs = readInputs();
    const folder = resolve(inputs.workingDirectory);
    const { judged, links } = await judgeInputs(inputs, folder);
    setOutput('verdict', judged.analysis.verdict);
    annotate(judged);
    await writeSummary(judged, links);
    await writeReports(judged, inputs, folder, links);
    return EXIT_CODES[judged.analysis.verdict];
  } catch (thrown) {
    return exitCodeOf(thrown);
  }
}

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof SourceError && thrown.refused) {
    setOutput('verdict', 'undetermined');
    error(`undetermined: ${thrown.message}`, { title: 'egress-scope' });
    return EXIT_CODES.undetermined;
  }
  if (thrown instanceof UsageError || thrown instanceof SourceError) {
    error(thrown.message, { title: 'egress-scope' });
    return EXIT_USAGE;
  }
  const trace = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  error(`internal error, please report it:\n${trace}`, { title: 'egress-scope' });
  return EXIT_INTERNAL;
}

interface JudgedInputs {
  readonly judged: JudgedSides;
  readonly links: SourceLinks;
}

/** Judges, and prints the answer as `diff` does. What comes from manifests must not be taken for commands to the runner. */
async function judgeInputs({ sides, options }: ActionInputs, folder: string): Promise<JudgedInputs> {
  const terminal = logOf(folder);
  const token = randomUUID();
  terminal.writeOut(`::stop-commands::${token}\n`);
  try {
    const answer = sides.length > 0 ? await judgeGiven(sides) : await judgeEvent();
    const { analysis, showPath } = answer.judged;
    const color = (process.env['NO_COLOR'] ?? '') === '';
    terminal.writeOut(renderText(analysis, { color, width: 120, showPath }));
    return answer;
  } finally {
    terminal.writeOut(`::${token}::\n`);
  }

  async function judgeGiven(named: readonly string[]): Promise<JudgedInputs> {
    return { judged: await judgeNamed(named, options, terminal), links: { blob: () => null } };
  }

  async function judgeEvent(): Promise<JudgedInputs> {
    const repository = await findRepository(folder);
    const commits = await sidesOfEvent(await readEvent(), repository);
    return { judged: await judgeCommits(commits, repository, options, terminal), links: linksTo(commits) };
  }
}

async function readEvent(): Promise<WorkflowEvent> {
  const { GITHUB_EVENT_NAME: name = '', GITHUB_EVENT_PATH: path = '' } = process.env;
  const text = path === '' ? '{}' : await readFile(path, 'utf8');
  return { name, payload: JSON.parse(text) as WorkflowEvent['payload'] };
}

/** Lines of both commits on GitHub; none outside of it. */
function linksTo(commits: CommitSides): SourceLinks {
  const { GITHUB_SERVER_URL: server = '', GITHUB_REPOSITORY: repository = '' } = process.env;
  if (server === '' || repository === '') return { blob: () => null };
  const url = `${server}/${repository}`;
  return { blob: (path, line, side) => blobAddress(url, commits[side], path, line) };
}

function logOf(workingDirectory: string): Terminal {
  return {
    writeOut: (text) => process.stdout.write(text),
    writeParts: (parts) => writeParts(process.stdout, parts),
    writeErr: (text) => process.stdout.write(text),
    readInput: () => Promise.reject(new UsageError('there is no standard input for an Action')),
    environment: process.env,
    workingDirectory,
    outIsTerminal: false,
    errIsTerminal: false,
    columns: undefined,
  };
}
