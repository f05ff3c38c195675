import type { AcceptSettings } from '../policy/parse-policy-file.js';
import { buildAnnotations, type Annotation } from '../report/annotations.js';
import type { SourceLinks } from '../report/change-table.js';
import { escapeMarkdown } from '../report/escape-markdown.js';
import { countUnrendered } from '../report/ledger.js';
import { buildInlineComments } from '../report/inline-comments.js';
import { renderMarkdown, renderSummary } from '../report/render-markdown.js';
import { buildSuggestions, type Suggestion } from '../report/suggestions.js';
import { verdictSentence } from '../report/verdict-sentence.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import type { ChangedFile } from './changed-files.js';
import type { CheckConclusion, CheckResult } from './check-run.js';
import type { HeadLineOf } from './head-lines.js';
import type { ReviewComment, ReviewDraft } from './review.js';

const RESOLVED = '**Resolved.** What stood here no longer holds: by this pull request no call gets worse.';

/** What an earlier review is left with, when the configuration asks for the check run alone. */
export const MOVED_TO_CHECK = 'The answer stands in the check run: the configuration asks for no review.';

export const NOT_APPLICABLE: CheckResult = {
  verdict: 'not-applicable',
  conclusion: 'success',
  title: 'Not applicable',
  summary: 'Not applicable: this pull request touches no file that holds Kubernetes manifests.',
  annotations: [],
};

/** What the check run says about an analysed change. Undetermined is a failure: `neutral` would satisfy a required check. */
export function checkResultOf(
  analysis: ChangeAnalysis,
  links: SourceLinks,
  headLineOf: HeadLineOf,
  accept?: AcceptSettings,
): CheckResult {
  const failing = analysis.failing ?? [];
  const isOwnersMatter = analysis.owners?.some(({ mustApprove }) => mustApprove === true) ?? false;
  const invitation = accept && failing.length > 0 ? `\n\n${invitationTo(accept, isOwnersMatter)}` : '';
  return {
    verdict: analysis.verdict,
    conclusion: conclusionOf(analysis),
    title: verdictSentence(analysis),
    summary: renderSummary(analysis, links) + invitation,
    ...(accept ? { failing, hasButton: !accept.requireReason } : {}),
    annotations: buildAnnotations(analysis).flatMap((annotation) => inHead(annotation, headLineOf)),
  };
}

/** Who may let it pass all the same, and how. */
function invitationTo({ permission, codeowners, requireReason }: AcceptSettings, isOwnersMatter: boolean): string {
  const who = `Whoever has the permission ${permission} here${codeowners ? ' and owns what is changed' : ''}`;
  const button = requireReason ? '' : ', or with the button';
  const owners = isOwnersMatter
    ? ' For a workload that has owners it counts from one of them only, as does an approval of the pull request.'
    : '';
  return `${who} can accept these findings for this commit with the comment \`/egress-scope accept REASON\`${button}.${owners}`;
}

function conclusionOf(analysis: ChangeAnalysis): CheckConclusion {
  if (analysis.verdict !== 'pass') return 'failure';
  const warns = analysis.changes.some(({ severity, exemption }) => severity === 'warning' && !exemption);
  // What is made elsewhere of an object that the change touches has not been looked at either.
  const isUnseen = analysis.diagnostics.some(({ code }) => code === 'change-not-rendered');
  return warns || isUnseen || countUnrendered(analysis.ledger) > 0 ? 'neutral' : 'success';
}

/** The review about an analysed change: inline comments only where the pull request's diff shows the line. */
export function reviewDraftOf(
  analysis: ChangeAnalysis,
  links: SourceLinks,
  headSha: string,
  changedFiles: readonly ChangedFile[],
  headLineOf: HeadLineOf,
): ReviewDraft {
  const diffLines = new Map(changedFiles.map(({ path, lines }) => [path, lines]));
  const body = renderMarkdown(analysis, links);
  return {
    headSha,
    body,
    comments: [
      ...buildInlineComments(analysis).flatMap(({ path, line, body }): readonly ReviewComment[] => {
        const headLine = headLineOf(path, line);
        return headLine !== null && diffLines.get(path)?.has(headLine) ? [{ path, line: headLine, body }] : [];
      }),
      ...buildSuggestions(analysis).flatMap((parts) => {
        const placed = parts.map((part) => placeSuggestion(part, headLineOf, diffLines));
        return placed.every((comment) => comment !== null) ? placed : [];
      }),
    ],
    isWorthPosting: isWorthPosting(analysis),
    resolvedBody: analysis.changes.some(({ severity }) => severity !== 'none') ? body : RESOLVED,
  };
}

/** Null where the diff does not show all lines. Lines that follow each other stand in one hunk: git joins hunks that touch. */
function placeSuggestion(
  { path, startLine, endLine, body }: Suggestion,
  headLineOf: HeadLineOf,
  diffLines: ReadonlyMap<string, ReadonlySet<number>>,
): ReviewComment | null {
  const [start, line] = [headLineOf(path, startLine), headLineOf(path, endLine)];
  const shown = diffLines.get(path);
  if (start === null || line === null || !shown || line - start !== endLine - startLine) return null;
  for (let each = start; each <= line; each++) {
    if (!shown.has(each) || headLineOf(path, startLine + each - start) !== each) return null;
  }
  return { path, line, ...(start < line ? { startLine: start } : {}), body };
}

/** A review for a head that has nothing to say: none where there was none before. */
export function quietReviewDraft(headSha: string, resolvedBody = RESOLVED): ReviewDraft {
  return { headSha, body: '', comments: [], isWorthPosting: false, resolvedBody };
}

/** Notices alone stand in the check run: nobody is to be called for them. */
function isWorthPosting({ verdict, changes }: ChangeAnalysis): boolean {
  return verdict !== 'pass' || changes.some(({ severity }) => severity === 'failure' || severity === 'warning');
}

function inHead(annotation: Annotation, headLineOf: HeadLineOf): readonly Annotation[] {
  const start = headLineOf(annotation.path, annotation.start_line);
  const end = headLineOf(annotation.path, annotation.end_line);
  return start === null || end === null ? [] : [{ ...annotation, start_line: start, end_line: Math.max(start, end) }];
}

const WORST_FIRST: readonly CheckConclusion[] = ['failure', 'cancelled', 'neutral', 'success'];

/** One answer for a commit that is the head of several pull requests: the worst, and below it all of them. */
export function combineResults(
  answers: readonly { readonly number: number; readonly baseRef: string; readonly result: CheckResult }[],
): CheckResult {
  const sorted = [...answers].sort(
    (a, b) =>
      WORST_FIRST.indexOf(a.result.conclusion) - WORST_FIRST.indexOf(b.result.conclusion) || a.number - b.number,
  );
  const worst = sorted[0]?.result ?? NOT_APPLICABLE;
  if (sorted.length < 2) return worst;
  const sections = sorted.map(
    ({ number, baseRef, result }) => `### #${number}, into ${escapeMarkdown(baseRef)}\n\n${result.summary}`,
  );
  const intro = `This commit is the head of ${sorted.length} open pull requests; the worst answer counts for all of them.`;
  const failing = [...new Set(sorted.flatMap(({ result }) => result.failing ?? []))].sort();
  const approved = sorted.flatMap(({ result }) => result.approved ?? []);
  const hasButton = sorted.every(({ result }) => result.hasButton !== false);
  const [reason = ''] = worst.summary.split('\n', 1);
  return { ...worst, failing, approved, hasButton, summary: [reason, intro, ...sections].join('\n\n') };
}

/** The end of a check run that has no answer, with the reason in the first line. */
export function failureResult(reason: string, delivery: string, isTriedAgain = true): CheckResult {
  const again = isTriedAgain ? 'It is tried again;' : 'It is not tried again by itself;';
  return {
    verdict: 'undetermined',
    conclusion: 'failure',
    title: `Undetermined: ${reason}`,
    summary: `**Undetermined**: ${escapeMarkdown(reason)}\n\nDelivery \`${delivery.replace(/[^\w.-]/g, '')}\`. ${again} a new push, a re-run and the comment \`/egress-scope recheck\` do so at once.`,
    annotations: [],
  };
}

/** The end of a check run that nobody waits for any more. `cancelled` does not satisfy a required check. */
export function cancelledResult(reason: string): CheckResult {
  const summary = `Cancelled: ${reason}`;
  return { verdict: null, conclusion: 'cancelled', title: 'Cancelled', summary, annotations: [] };
}
