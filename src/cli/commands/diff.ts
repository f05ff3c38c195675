import type { ChangeAnalysis } from '../../reachability/change.js';
import type { SourceLinks } from '../../report/change-table.js';
import { textParts } from '../../report/render-text.js';
import type { TextOptions } from '../../report/text-style.js';
import { SourceError } from '../../source/source-files.js';
import { EXIT_CODES } from '../exit-codes.js';
import { judgeSides, type JudgedSides } from '../judge-sides.js';
import { readEvidenceFile } from '../read-evidence-file.js';
import { readSettings, type ChangeFormat, type CommonOptions } from '../read-settings.js';
import { readSnapshotFile } from '../read-snapshot-file.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope diff [BEFORE [AFTER]]` */
export async function diff(
  sides: readonly string[],
  options: CommonOptions<ChangeFormat>,
  terminal: Terminal,
): Promise<number> {
  const settings = await readSettings(options, terminal.workingDirectory);
  const snapshot = await readSnapshotFile(options, settings.snapshot, terminal.workingDirectory);
  const evidence = await readEvidenceFile(options, settings.evidence, terminal);
  let judged: JudgedSides;
  try {
    judged = await judgeSides(sides, { settings, snapshot, evidence }, options, terminal);
  } catch (error) {
    if (!(error instanceof SourceError && error.refused)) throw error;
    terminal.writeErr(`undetermined: ${error.message}\n`);
    return EXIT_CODES.undetermined;
  }
  const { analysis, showPath } = judged;
  await writeAnalysis(analysis, options, showPath, terminal);
  return EXIT_CODES[analysis.verdict];
}

/** Writes what a change does, in the format that is asked for. */
export async function writeAnalysis(
  analysis: ChangeAnalysis,
  { format, verbose }: Pick<CommonOptions<ChangeFormat>, 'format' | 'verbose'>,
  showPath: NonNullable<TextOptions['showPath']>,
  terminal: Terminal,
): Promise<void> {
  terminal.checkpoint?.('render');
  await terminal.writeParts(await renderAnalysis(analysis, format, { ...textOptions(terminal, verbose), showPath }));
}

/** The same answer in each of the formats, of which only the one that is asked for is loaded; in parts where it can be long. */
export async function renderAnalysis(
  analysis: ChangeAnalysis,
  format: ChangeFormat,
  layout: TextOptions,
  links: SourceLinks = { blob: () => null },
): Promise<Iterable<string>> {
  switch (format) {
    case 'json':
      return (await import('../../report/render-json.js')).diffJsonParts(analysis);
    case 'markdown':
      return [(await import('../../report/render-markdown.js')).renderMarkdown(analysis, links)];
    case 'text':
      return textParts(analysis, layout);
    case 'sarif':
      return [(await import('../../report/render-sarif.js')).renderSarif(analysis)];
    case 'junit':
      return [(await import('../../report/render-junit.js')).renderJunit(analysis)];
    case 'html':
      return [(await import('../../report/html/render-html.js')).renderHtml(analysis, links)];
  }
}
