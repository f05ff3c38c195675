import { createTwoFilesPatch } from 'diff';
import type { ChangeAnalysis } from '../reachability/change.js';
import type { Fix } from '../reachability/fix.js';
import { fixEffect, noPatchText, SEARCH_CUT } from './fixes.js';
import { toJsonText } from './json-text.js';
import { fixJson } from './render-json.js';
import { wrapText } from './text-style.js';
import { visibleText } from './visible-text.js';
import { count } from './workload-name.js';

/** A file before and after all fixes; null where it is not there. */
export interface EditedFile {
  /** As a patch names it, with forward slashes. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Where fixes lead to. */
export interface FixOutcome {
  readonly files: readonly EditedFile[];
  /** Findings that fail the gate, and that no fix with lines mends. */
  readonly left: number;
  /** What was edited, and what the gate says afterwards; null where nothing was written. */
  readonly written: Pick<ChangeAnalysis, 'verdict' | 'failing'> | null;
}

/** A unified patch that `git apply` and `patch -p1` take, whatever the files' line ends are. */
export function unifiedPatch(files: readonly EditedFile[]): string {
  return files
    .map(({ path, before, after }) => {
      const [from, to] = [before === null ? '/dev/null' : `a/${path}`, after === null ? '/dev/null' : `b/${path}`];
      const mode = before === null ? 'new file mode 100644\n' : after === null ? 'deleted file mode 100644\n' : '';
      const patch = createTwoFilesPatch(quoted(from), quoted(to), before ?? '', after ?? '', undefined, undefined);
      return `diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}\n${mode}${patch.replace(/^=+\n/, '')}`;
    })
    .join('');
}

/** As git writes a path that holds what ends it. */
function quoted(path: string): string {
  return /^[ -~]+$/.test(path) && !/["\\]/.test(path) ? path : JSON.stringify(path);
}

const WIDTH = 78;

/** `egress-scope fix`: what each fix does, in lines that patch programs pass over, and the patch. Ends with a newline, or is empty. */
export function renderFixText(analysis: ChangeAnalysis, outcome: FixOutcome): string {
  const { fixes = [], isFixSearchCut } = analysis;
  const said = [
    ...fixes.flatMap(fixComment),
    ...(isFixSearchCut ? [SEARCH_CUT] : []),
    ...(outcome.left > 0 ? [leftText(outcome.left)] : []),
    ...(fixes.length === 0 && outcome.left === 0 ? ['Nothing fails or warns that could be mended.'] : []),
  ];
  const comment = said.map((line) => `# ${wrapText(visibleText(line), WIDTH, '#   ')}\n`).join('');
  return `${comment}${unifiedPatch(outcome.files)}`;
}

function leftText(left: number): string {
  const [fails, is] = left === 1 ? ['fails', 'is'] : ['fail', 'are'];
  return `${count(left, 'finding')} that ${fails} the gate ${is} left without a fix.`;
}

function fixComment(fix: Fix): readonly string[] {
  const effect = `Tried: it ${fixEffect(fix)}.`;
  return [
    `${fix.summary} ${effect}`,
    ...(fix.whyNoPatches === undefined ? [] : [`Not in the patch: ${noPatchText(fix)}`]),
  ];
}

/** `egress-scope fix --format json`. Ends with a newline. */
export function renderFixJson(
  { istioVersion, verdict, fixes = [], isFixSearchCut }: ChangeAnalysis,
  outcome: FixOutcome,
): string {
  const { files, left, written } = outcome;
  return toJsonText({
    schema: 'egress-scope/fix/v1',
    istioVersion,
    verdict,
    fixes: fixes.map(fixJson),
    ...(isFixSearchCut === undefined ? {} : { isFixSearchCut }),
    left,
    patch: unifiedPatch(files),
    ...(written === null ? {} : { written: files.map(({ path }) => path), verdictAfterwards: written.verdict }),
  });
}
