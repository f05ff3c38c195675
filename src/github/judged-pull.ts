import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import type { Acceptance } from '../policy/exempt-changes.js';
import { isInScope } from '../policy/manifest-scope.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import { escapeMarkdown } from '../report/escape-markdown.js';
import { analyzeSides, linkSources, today, type SidesAnalysis } from './analyze-sides.js';
import { listChangedFiles, touchesRelevantFile, type ChangedFiles } from './changed-files.js';
import { checkResultOf, MOVED_TO_CHECK, NOT_APPLICABLE, quietReviewDraft, reviewDraftOf } from './check-result.js';
import type { CheckResult } from './check-run.js';
import { describeEdit, readEditedConfiguration } from './edited-configuration.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';
import type { ParsedFileCache } from './parsed-file-cache.js';
import { resolveSides, type PullRequestSides } from './pull-request-sides.js';
import {
  CONFIGURATION_PATH,
  usableConfiguration,
  type ConfigurationReader,
  type UsableConfiguration,
} from './repository-configuration.js';
import type { ReviewDraft } from './review.js';

/** One question: what one head does to one base. */
export interface PullQuestion {
  readonly target: PullRequestTarget;
  readonly headSha: string;
  readonly baseRef: string;
  /** `https://github.com/owner/repo` */
  readonly repositoryUrl: string;
}

export interface JudgeServices {
  readonly cache: ParsedFileCache;
  readonly configurations: ConfigurationReader;
  /** See `POLL_DELAYS`. */
  readonly pollDelays?: readonly number[];
}

/** The question with what decides whether it needs an answer. */
export interface ReadPull {
  readonly question: PullQuestion;
  readonly changed: ChangedFiles;
  readonly read: UsableConfiguration;
  readonly isRelevant: boolean;
}

export interface PullAnswer {
  readonly result: CheckResult;
  readonly draft: ReviewDraft;
}

/** What `external_id` begins with; a pull request that shares the commit, or another base, is another question. */
export function idPrefixOf({ target, baseRef }: PullQuestion): string {
  return `${target.number} ${baseRef} `;
}

/** @throws CannotJudge where the configuration cannot be used. */
export async function readPull(
  client: GitHubClient,
  question: PullQuestion,
  { configurations }: JudgeServices,
): Promise<ReadPull> {
  const { target, baseRef } = question;
  const changed = await listChangedFiles(client, target);
  const read = usableConfiguration(await configurations.read(client, target, baseRef));
  const { scope } = read.configuration;
  const isRelevant = touchesRelevantFile(
    changed,
    (path) => path === CONFIGURATION_PATH || (isManifestPath(path) && isInScope(path, scope)),
  );
  return { question, changed, read, isRelevant };
}

/** What is compared, and the name of exactly that comparison. */
export async function resolvePull(
  client: GitHubClient,
  { question, read, isRelevant }: ReadPull,
  { pollDelays }: JudgeServices,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly sides: PullRequestSides | null }> {
  const prefix = idPrefixOf(question);
  if (!isRelevant) return { id: `${prefix}not-applicable config ${read.identity}`, sides: null };
  const delays = pollDelays ? { delays: pollDelays } : {};
  const sides = await resolveSides(client, question.target, question.headSha, { signal, ...delays });
  const what =
    sides.kind === 'merge-commit' ? `${sides.before} ${sides.after}` : `${sides.before} ${sides.ancestor} merged here`;
  return { id: `${prefix}${what} config ${read.identity}`, sides };
}

/** @throws CannotJudge, and Octokit's errors as they come. */
export async function answerPull(
  client: GitHubClient,
  { question, changed, read }: ReadPull,
  sides: PullRequestSides | null,
  services: JudgeServices,
  acceptances: readonly Acceptance[],
  signal: AbortSignal,
): Promise<PullAnswer> {
  const quiet = quietReviewDraft(question.headSha);
  if (sides === null) return { result: NOT_APPLICABLE, draft: quiet };
  const { target, headSha, repositoryUrl } = question;
  const { files } = changed;
  const exemptions = { today: today(), acceptances };
  const analyze = ({ mesh, policy, scope }: PolicyFile): Promise<SidesAnalysis | null> =>
    analyzeSides(client, target, sides, files, { mesh, policy, scope, cache: services.cache, exemptions }, signal);
  const judged = await analyze(read.configuration);
  const note = await noteOnEdit(client, question, changed, judged, analyze, signal);
  signal.throwIfAborted();
  if (!judged) return { result: withEditNote(NOT_APPLICABLE, note), draft: quiet };
  const { analysis, headLineOf } = judged;
  const links = linkSources(repositoryUrl, sides, files, headLineOf);
  const draft =
    read.configuration.post === 'review'
      ? reviewDraftOf(analysis, links, headSha, files, headLineOf)
      : quietReviewDraft(headSha, MOVED_TO_CHECK);
  const result = checkResultOf(analysis, links, headLineOf, read.configuration.accept);
  return { result: withEditNote(result, note), draft };
}

interface EditNote {
  readonly isInvalid: boolean;
  /** Plain text. */
  readonly text: string;
}

/** What the pull request's own version of the configuration would change; null where it has none. */
async function noteOnEdit(
  client: GitHubClient,
  { target }: PullQuestion,
  { files }: ChangedFiles,
  judged: SidesAnalysis | null,
  analyze: (configuration: PolicyFile) => Promise<SidesAnalysis | null>,
  signal: AbortSignal,
): Promise<EditNote | null> {
  const edited = await readEditedConfiguration(client, target, files, signal);
  if (edited === null) return null;
  if (edited.kind === 'invalid')
    return { isInvalid: true, text: `The edited configuration is invalid: ${edited.reason}` };
  const then = await analyze(edited.configuration);
  return { isInvalid: false, text: describeEdit(judged?.analysis ?? null, then?.analysis ?? null) };
}

/** A configuration that would stop every pull request once it is merged must not be merged. */
function withEditNote(result: CheckResult, note: EditNote | null): CheckResult {
  if (note === null) return result;
  const text = escapeMarkdown(note.text);
  if (!note.isInvalid) return { ...result, summary: `${result.summary}\n\n${text}` };
  return { ...result, conclusion: 'failure', title: note.text, summary: `**${text}**\n\n${result.summary}` };
}
