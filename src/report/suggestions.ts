import type { ChangeAnalysis } from '../reachability/change.js';
import type { Fix, TextPatch } from '../reachability/fix.js';
import { escapeMarkdown } from './escape-markdown.js';
import { fixEffect } from './fixes.js';
import { cutText, visibleText } from './visible-text.js';
import { count } from './workload-name.js';

/** A review comment that offers other lines for some of the after side. GitHub takes it only where all of them are in one hunk of
 * the diff. */
export interface Suggestion {
  readonly path: string;
  /** From 1, both included. */
  readonly startLine: number;
  readonly endLine: number;
  readonly body: string;
}

const MAX_SUMMARY = 500;
/** More lines are nothing to read beside a diff. */
const MAX_LINES = 60;

/** The suggestions of each fix whose lines are known. Those of one fix belong together: one without the others mends nothing. */
export function buildSuggestions({ fixes = [] }: ChangeAnalysis): readonly (readonly Suggestion[])[] {
  return fixes.map(suggestionsOf).filter((suggestions) => suggestions.length > 0);
}

function suggestionsOf(fix: Fix): readonly Suggestion[] {
  const patches = fix.patches ?? [];
  // A file that is not there has no line to comment on.
  const isShort = ({ endLine, after }: TextPatch): boolean => endLine > 0 && after.length <= MAX_LINES;
  if (!patches.every(isShort)) return [];
  return patches.map((patch, index) => {
    const { path, startLine, endLine } = patch;
    const part = `Part ${index + 1} of ${count(patches.length, 'part')}, which mend it only together. `;
    const summary = escapeMarkdown(cutText(visibleText(fix.summary), MAX_SUMMARY));
    const head = `${patches.length > 1 ? part : ''}${summary} <sub>Tried: it ${escapeMarkdown(fixEffect(fix))}.</sub>`;
    return { path, startLine, endLine, body: `${head}\n\n${suggestionBlock(patch)}` };
  });
}

/** The lines as they are to be, verbatim: what GitHub puts into the file. */
function suggestionBlock({ after, hasCarriageReturns }: TextPatch): string {
  const runs = after.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  const end = hasCarriageReturns ? '\r\n' : '\n';
  return `${fence}suggestion\n${after.map((line) => `${line}${end}`).join('')}${fence}`;
}
