import { analyzeChange } from '../../analyze-change.js';
import type { ChangeAnalysis } from '../../reachability/change.js';
import type { SourceLinks } from '../../report/change-table.js';
import { renderDiffJson } from '../../report/render-json.js';
import { renderMarkdown } from '../../report/render-markdown.js';
import { renderText } from '../../report/render-text.js';
import type { TextOptions } from '../../report/text-style.js';
import { SourceError } from '../../source/source-files.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { readInput, type Input, type InputName, type InputOptions } from '../read-input.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope diff [BEFORE [AFTER]]` */
export async function diff(sides: readonly string[], options: CommonOptions, terminal: Terminal): Promise<number> {
  const { mesh, policy, scope } = await readSettings(options, terminal.workingDirectory);
  const [beforeName, afterName] = nameSides(sides);
  const inputOptions: InputOptions = { repo: options.repo, globs: options.path ?? [], scope, terminal };
  let before: Input;
  let after: Input;
  try {
    before = await readInput(beforeName, inputOptions);
    after = await readInput(afterName, inputOptions);
  } catch (error) {
    if (!(error instanceof SourceError && error.refused)) throw error;
    terminal.writeErr(`undetermined: ${error.message}\n`);
    return EXIT_CODES.undetermined;
  }
  refuseNothing(before, after, options.path ?? []);
  warnOfUnequalSides(before, after, options.path ?? [], terminal);
  const exemptions = { today: new Date().toISOString().slice(0, 10), acceptances: [] };
  const analysis = analyzeChange({ before: before.manifests, after: after.manifests, mesh, policy, exemptions });
  const showPath: TextOptions['showPath'] = (path, side) => (side === 'before' ? before : after).showPath(path);
  terminal.writeOut(renderAnalysis(analysis, options.format, { ...textOptions(terminal), showPath }));
  return EXIT_CODES[analysis.verdict];
}

/** The same answer in each of the formats. */
export function renderAnalysis(
  analysis: ChangeAnalysis,
  format: CommonOptions['format'],
  layout: TextOptions,
  links: SourceLinks = { blob: () => null },
): string {
  switch (format) {
    case 'json':
      return renderDiffJson(analysis);
    case 'markdown':
      return renderMarkdown(analysis, links);
    case 'text':
      return renderText(analysis, layout);
  }
}

function nameSides([before, after]: readonly string[]): readonly [InputName, InputName] {
  return [
    before === undefined ? { kind: 'merge-base' } : { kind: 'argument', text: before },
    after === undefined ? { kind: 'working-tree' } : { kind: 'argument', text: after },
  ];
}

/** A pattern with a slip in it would let everything pass for good. */
function refuseNothing(before: Input, after: Input, globs: readonly string[]): void {
  if (globs.length === 0 || before.manifests.filesRead + after.manifests.filesRead > 0) return;
  throw new UsageError(`No file of ${before.label} or ${after.label} fits --path ${globs.join(' --path ')}.`);
}

/** A folder on one side and a whole repository on the other is seldom meant: whatever lies elsewhere would look removed. */
function warnOfUnequalSides(before: Input, after: Input, globs: readonly string[], terminal: Terminal): void {
  const isPath = (input: Input) => input.kind === 'path';
  if (isPath(before) === isPath(after)) return;
  const whole = isPath(before) ? after : before;
  if (globs.length === 0) {
    terminal.writeErr(`note: comparing ${before.label} with ${after.label}; --path narrows ${whole.label}\n`);
  }
}
