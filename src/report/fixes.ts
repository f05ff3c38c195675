import type { ChangeAnalysis } from '../reachability/change.js';
import type { Fix, TextPatch } from '../reachability/fix.js';
import { codeBlock, codeSpan, escapeMarkdown } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { placeName } from './place.js';
import { wrapText, type Paint, type TextOptions } from './text-style.js';
import { cutText, visibleText } from './visible-text.js';
import { count } from './workload-name.js';

const MAX_FIXES = 20;
const MAX_SUMMARY = 600;
const MAX_PATCH_LINES = 60;

/** `mends 3 calls, opens no other`; in plain text. */
export function fixEffect({ mends, opens, opensUnregistered, meshes = [] }: Fix): string {
  const others = opens === 0 ? 'no other' : count(opens, 'other');
  const unregistered = opensUnregistered ? ', and lets pass what nobody has registered' : '';
  const where = meshes.length === 0 ? '' : `, in ${meshes.join(', ')}`;
  return `mends ${count(mends.length, 'call')}, opens ${others}${unregistered}${where}`;
}

/** The lines of a patch as `diff` shows them: what stays is there for its place. */
export function patchLines({ before, after }: TextPatch): readonly string[] {
  let [start, end] = [0, 0];
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start++;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const kept = (line: string): string => ` ${line}`;
  return [
    ...before.slice(0, start).map(kept),
    ...before.slice(start, before.length - end).map((line) => `-${line}`),
    ...after.slice(start, after.length - end).map((line) => `+${line}`),
    ...before.slice(before.length - end).map(kept),
  ];
}

/** What was tried and mends something, for a terminal. */
export function fixLines(
  { fixes = [], isFixSearchCut }: ChangeAnalysis,
  paint: Paint,
  options: TextOptions,
): readonly string[] {
  const { width, isVerbose = false, showPath = (path: string): string => path } = options;
  const shown = isVerbose ? fixes : fixes.slice(0, MAX_FIXES);
  const lines = shown.flatMap((fix) => [
    `${paint('green', 'fix')} ${wrapText(visibleText(fix.summary), width - 4, '  ')}`,
    `  ${wrapText(`tried: it ${fixEffect(fix)}`, width - 2, '    ')}`,
    ...(fix.patches ?? []).flatMap((patch) => {
      const place = placeName({ ...patch, line: patch.startLine }, showPath(patch.path, 'after'));
      const all = patchLines(patch).map((line) => `    ${paintDiff(visibleText(line), paint)}`);
      const left = isVerbose ? 0 : all.length - MAX_PATCH_LINES;
      return [
        `  ${paint('cyan', place)}`,
        ...(left > 0 ? [...all.slice(0, MAX_PATCH_LINES), `    … ${count(left, 'more line')}`] : all),
      ];
    }),
    ...(fix.whyNoPatches === undefined ? [] : [`  ${wrapText(noPatchText(fix), width - 2, '    ')}`]),
  ]);
  const left = fixes.length - shown.length;
  return [
    ...lines,
    ...(left > 0 ? [`… ${count(left, 'more fix', 'more fixes')}`] : []),
    ...(isFixSearchCut ? [wrapText(SEARCH_CUT, width, '  ')] : []),
  ];
}

function paintDiff(line: string, paint: Paint): string {
  if (line.startsWith('-')) return paint('red', line);
  return line.startsWith('+') ? paint('green', line) : line;
}

export const SEARCH_CUT = 'The search for fixes ended before everything was tried.';

/** Where a fix has no lines: what it edits, as it is applied, and why its text is not edited. */
export function noPatchText({ whyNoPatches = '', edits }: Fix): string {
  const places = [...new Set(edits.map(({ path }) => path))].join(', ');
  return `No lines are offered for ${visibleText(places)}. ${visibleText(whyNoPatches)}`;
}

/** The same in Markdown, each with its lines folded; empty where nothing was found. */
export function fixList({ fixes = [], isFixSearchCut }: ChangeAnalysis, budget: number): string {
  if (fixes.length === 0) return isFixSearchCut ? SEARCH_CUT : '';
  const title =
    '**How to mend it.** Each was tried: what it mends, failures and warnings, is gone, and nothing fails that did not.';
  const items = fixes.map(fixItem);
  // Where the lines of all have no room, what to do still has.
  const sizes = budget - title.length - 120;
  const whole = items.reduce((sum, { text, fold }) => sum + text.length + fold.length + 4, 0) <= sizes;
  const fitted = fitRows(
    items.map(({ text, fold }) => (whole ? `${text}${fold}` : text)),
    sizes,
  );
  const notes = [
    ...(fitted.cut === 0 ? [] : [`- and ${count(fitted.cut, 'more fix', 'more fixes')}`]),
    ...(whole ? [] : ['', '`egress-scope fix` prints their lines, which are cut here for length.']),
    ...(isFixSearchCut ? ['', SEARCH_CUT] : []),
  ];
  return [title, '', ...fitted.rows, ...notes].join('\n').trimEnd();
}

function fixItem(fix: Fix): { readonly text: string; readonly fold: string } {
  const summary = escapeMarkdown(cutText(visibleText(fix.summary), MAX_SUMMARY));
  const text = `- ${summary} <sub>${escapeMarkdown(fixEffect(fix))}</sub>`;
  if (fix.whyNoPatches !== undefined)
    return { text: `${text}<br>${escapeMarkdown(cutText(noPatchText(fix), MAX_SUMMARY))}`, fold: '' };
  const blocks = (fix.patches ?? []).map((patch) => {
    const lines = patchLines(patch);
    const left = lines.length - MAX_PATCH_LINES;
    const shown = left > 0 ? [...lines.slice(0, MAX_PATCH_LINES), `… ${count(left, 'more line')}`] : lines;
    const place = codeSpan(placeName({ ...patch, line: patch.startLine }));
    return `${place}\n\n${codeBlock('diff', shown)}`;
  });
  if (blocks.length === 0) return { text, fold: '' };
  const content = `<details><summary>the lines</summary>\n\n${blocks.join('\n\n')}\n\n</details>`;
  return { text, fold: `\n\n${indent(content)}\n` };
}

/** As part of the item above. */
function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}
