import { join } from 'node:path';
import { UsageError } from '../cli/exit-codes.js';
import { judgeSides, type JudgedBy, type JudgedSides } from '../cli/judge-sides.js';
import { NO_EVIDENCE, readEvidenceFile, type GivenEvidence } from '../cli/read-evidence-file.js';
import { adjustmentBy, readSettings, type CommonOptions } from '../cli/read-settings.js';
import { readSnapshotFile, type SnapshotFile } from '../cli/read-snapshot-file.js';
import type { Terminal } from '../cli/terminal.js';
import { parseManifestFile } from '../kubernetes/parse-manifest-file.js';
import { CONFIGURATION_PATH } from '../policy/configuration-schema.js';
import {
  DEFAULT_CONFIGURATION,
  parsePolicyFile,
  type EvidenceSettings,
  type PolicyFile,
  type SnapshotSettings,
} from '../policy/parse-policy-file.js';
import { readEvidence, unusableEvidence } from '../evidence/read-evidence.js';
import { readSnapshot } from '../snapshot/read-snapshot.js';
import { readFileOfCommit } from '../source/git-objects.js';
import { SourceError } from '../source/source-files.js';
import type { CommitSides } from './event-sides.js';

/** Judges what the inputs name, as `egress-scope diff` does.
 *
 * @throws UsageError, SourceError as `judgeSides` does. */
export async function judgeNamed(
  sides: readonly string[],
  options: CommonOptions,
  terminal: Terminal,
): Promise<JudgedSides> {
  const settings = await readSettings(options, terminal.workingDirectory);
  const snapshot = await readSnapshotFile(options, settings.snapshot, terminal.workingDirectory);
  const evidence = await readEvidenceFile(options, settings.evidence, terminal);
  return judgeSides(sides, { settings, snapshot, evidence }, options, terminal);
}

/** Judges two commits by the configuration and the snapshot of the earlier one: nothing in a change decides how it is judged.
 *
 * @throws UsageError, SourceError as `judgeSides` does. */
export async function judgeCommits(
  { before, after }: CommitSides,
  repository: string,
  options: CommonOptions,
  terminal: Terminal,
): Promise<JudgedSides> {
  const path = options.config ?? CONFIGURATION_PATH;
  const [old, now] = await Promise.all([before, after].map((commit) => readFileOfCommit(repository, commit, path)));
  if (!old && options.config !== undefined) throw new UsageError(`${path} is not in ${before.slice(0, 10)}`);
  if (old?.toString() !== now?.toString()) {
    terminal.writeErr(`note: ${path} differs; the change is judged by the file as it was before\n`);
  }
  const settings = adjustmentBy(options)(
    old ? usable(parsePolicyFile(path, old.toString('utf8'))) : DEFAULT_CONFIGURATION,
  );
  const snapshot =
    options.snapshot === undefined
      ? await snapshotOfCommit(settings.snapshot, repository, before)
      : await readSnapshotFile(options, settings.snapshot, terminal.workingDirectory);
  const evidence = await evidenceOfCommit(settings.evidence, repository, before);
  const by: JudgedBy = { settings, snapshot, evidence };
  const judged = await judgeSides([`rev:${before}`, `rev:${after}`], by, { ...options, repo: repository }, terminal);
  return { ...judged, showPath: (path) => path };
}

function usable(file: PolicyFile): PolicyFile {
  if (file.problems.length === 0) return file;
  const lines = file.problems.map(({ path, line, message }) => `${path ?? ''}:${line ?? 1}: ${message}`);
  throw new UsageError(`the configuration is wrong\n${lines.join('\n')}`);
}

async function snapshotOfCommit(
  settings: SnapshotSettings | null,
  repository: string,
  commit: string,
): Promise<SnapshotFile | null> {
  if (settings === null) return null;
  const { path, maxAge } = settings;
  const content = await readFileOfCommit(repository, commit, path);
  if (content === null) throw new SourceError(`the snapshot ${path} is not in ${commit.slice(0, 10)}`, true);
  const reading = readSnapshot(parseManifestFile({ path, content }), Date.now(), maxAge);
  if (reading.kind === 'unusable') throw new SourceError(`the snapshot ${path} ${reading.reason}`, true);
  return { snapshot: reading.snapshot, path: join(repository, path) };
}

/** Evidence that cannot be had only lets things weigh more. */
async function evidenceOfCommit(
  settings: EvidenceSettings | null,
  repository: string,
  commit: string,
): Promise<GivenEvidence> {
  if (settings === null) return NO_EVIDENCE;
  if (settings.from.kind === 'url') {
    return { diagnostics: [unusableEvidence(settings.from.url, 'is fetched by the App alone')] };
  }
  const { path } = settings.from;
  const content = await readFileOfCommit(repository, commit, path);
  if (content === null) return { diagnostics: [unusableEvidence(path, `is not in ${commit.slice(0, 10)}`)] };
  const reading = readEvidence(path, content.toString('utf8'), Date.now(), settings.maxAge);
  if (reading.kind === 'unusable') return { diagnostics: [unusableEvidence(path, reading.reason)] };
  return { evidence: reading.evidence, path: join(repository, path), diagnostics: [] };
}
