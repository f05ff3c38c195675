import { editedFiles } from '../../patch-fixes.js';
import type { ChangeAnalysis } from '../../reachability/change.js';
import { renderFixJson, renderFixText, type EditedFile, type FixOutcome } from '../../report/render-fixes.js';
import { SourceError } from '../../source/source-files.js';
import { writeFiles } from '../../source/write-files.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { judgeSides, type JudgedSides } from '../judge-sides.js';
import { readEvidenceFile } from '../read-evidence-file.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { readSnapshotFile } from '../read-snapshot-file.js';
import type { Terminal } from '../terminal.js';

export interface FixOptions extends CommonOptions<'text' | 'json'> {
  readonly write?: boolean;
}

/** `egress-scope fix [--write] [BEFORE [AFTER]]`: 0 where nothing that fails is left with the fixes, 1 where something is, 2 where
 * the answer is not known. */
export async function fix(sides: readonly string[], options: FixOptions, terminal: Terminal): Promise<number> {
  if (options.write && sides.includes('-')) throw new UsageError('--write looks again, and - can be read only once');
  const settings = await readSettings(options, terminal.workingDirectory);
  const snapshot = await readSnapshotFile(options, settings.snapshot, terminal.workingDirectory);
  const evidence = await readEvidenceFile(options, settings.evidence, terminal);
  const judge = (): Promise<JudgedSides> => judgeSides(sides, { settings, snapshot, evidence }, options, terminal);
  try {
    const judged = await judge();
    const { analysis, after } = judged;
    const files = filesOf(judged);
    let written: FixOutcome['written'] = null;
    if (options.write) {
      if (after.folder === null) throw new UsageError(`--write edits files, and ${after.label} is none`);
      await writeFiles(after.folder, files);
      written = files.length === 0 ? analysis : (await judge()).analysis;
    }
    const left = written === null ? countLeft(analysis) : (written.failing ?? []).length;
    const shown = files.map((file): EditedFile => ({ ...file, path: patchPath(file.path, judged) }));
    const outcome: FixOutcome = { files: shown, left, written };
    terminal.writeOut(options.format === 'json' ? renderFixJson(analysis, outcome) : renderFixText(analysis, outcome));
    if (written !== null) return EXIT_CODES[written.verdict];
    if (left > 0) return EXIT_CODES.fail;
    return analysis.verdict === 'undetermined' ? EXIT_CODES.undetermined : EXIT_CODES.pass;
  } catch (error) {
    if (!(error instanceof SourceError && error.refused)) throw error;
    terminal.writeErr(`undetermined: ${error.message}\n`);
    return EXIT_CODES.undetermined;
  }
}

function filesOf({ analysis, texts }: JudgedSides): readonly EditedFile[] {
  return [...editedFiles(analysis.fixes ?? [], texts)]
    .map(([path, text]) => ({ path, before: texts.after(path), after: text === '' ? null : text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What fails the gate and is in no fix that has lines. */
function countLeft({ failing = [], fixes = [] }: ChangeAnalysis): number {
  const mended = new Set(fixes.filter(({ patches }) => patches).flatMap(({ mends }) => mends));
  return failing.filter((fingerprint) => !mended.has(fingerprint)).length;
}

/** As git has it for what git knows; else as whoever applies the patch in this folder opens it. */
function patchPath(path: string, { after, showPath }: JudgedSides): string {
  return after.kind === 'path' ? showPath(path, 'after').replace(/^\/+/, '') : path;
}
