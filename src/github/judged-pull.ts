import type { TrafficEvidence } from '../evidence/traffic-evidence.js';
import { mayBeRendered } from '../layout/render-inputs.js';
import { CONFIGURATION_PATH } from '../policy/configuration-schema.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import type { SourceLinks } from '../report/change-table.js';
import { escapeMarkdown } from '../report/escape-markdown.js';
import { analyzeSides, linkSources, type SidesAnalysis } from './analyze-sides.js';
import type { AnalysisLimit } from './analysis-limit.js';
import type { BaseCache } from './base-cache.js';
import { approvalsPart, listApprovers, type Approver } from './approvals.js';
import { CannotJudge } from './cannot-judge.js';
import { listChangedFiles, touchesRelevantFile, type ChangedFiles } from './changed-files.js';
import type { Renderer } from '../source/render/renderer.js';
import { checkResultOf, MOVED_TO_CHECK, NOT_APPLICABLE, quietReviewDraft, reviewDraftOf } from './check-result.js';
import type { BlobCache } from './commit-tree.js';
import type { RecordedAcceptance } from './check-record.js';
import type { CheckResult } from './check-run.js';
import { describeEdit, readEditedConfiguration } from './edited-configuration.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';
import type { Said } from './owner-voices.js';
import type { ParsedFileCache } from './parsed-file-cache.js';
import { resolveSides, type PullRequestSides } from './pull-request-sides.js';
import { usableConfiguration, type ConfigurationReader, type UsableConfiguration } from './repository-configuration.js';
import type { EvidenceFetcher } from './evidence-fetcher.js';
import type { GivenSnapshot } from './repository-snapshot.js';
import type { ReviewDraft } from './review.js';
import { refuseScopeOfNothing } from './scope-fits.js';

/** One question: what one head does to one base. */
export interface PullQuestion {
  readonly target: PullRequestTarget;
  readonly headSha: string;
  readonly baseRef: string;
  /** `https://github.com/owner/repo` */
  readonly repositoryUrl: string;
}

/** What it takes to find out what is asked. */
export interface QuestionServices {
  readonly configurations: Pick<ConfigurationReader, 'read'>;
  /** What whoever asks wants otherwise than a configuration says, whichever it is. */
  readonly adjust?: (configuration: PolicyFile) => PolicyFile;
  /** See `POLL_DELAYS`. */
  readonly pollDelays?: readonly number[];
}

/** What it takes to work out an answer. */
export interface JudgeServices extends Pick<QuestionServices, 'adjust'> {
  readonly cache: ParsedFileCache;
  readonly blobs: BlobCache;
  readonly bases?: BaseCache;
  readonly renderer: Renderer;
  /** Outranks the snapshot that a configuration names. */
  readonly givenSnapshot?: GivenSnapshot;
  /** Outranks the traffic evidence that a configuration names. */
  readonly givenEvidence?: TrafficEvidence;
  /** Without it, evidence is not fetched from anywhere. */
  readonly evidenceFetcher?: EvidenceFetcher;
  /** Called with the seconds that each analysis took. */
  readonly onAnalysis?: (seconds: number) => void;
  /** What each analysis may take. Default: whatever it does. */
  readonly newLimit?: () => AnalysisLimit;
}

/** The question with what decides whether it needs an answer. */
export interface ReadPull {
  readonly question: PullQuestion;
  readonly changed: ChangedFiles;
  readonly read: UsableConfiguration;
  readonly isRelevant: boolean;
}

/** All that an answer depends on, beside what GitHub has. */
export interface PullCase {
  readonly pull: ReadPull;
  /** What `resolvePull` found. */
  readonly sides: PullRequestSides | null;
  readonly said: Said;
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
  { configurations, adjust = unchanged }: QuestionServices,
): Promise<ReadPull> {
  const { target, baseRef } = question;
  const changed = await listChangedFiles(client, target, question.headSha);
  const found = usableConfiguration(await configurations.read(client, target, baseRef));
  const read = { ...found, configuration: adjust(found.configuration) };
  const { snapshot } = read.configuration;
  const isRelevant = touchesRelevantFile(
    changed,
    (path) =>
      // What is rendered in the scope may be made of files anywhere.
      ((path === CONFIGURATION_PATH || path === snapshot?.path) && read.kind !== 'given') || mayBeRendered(path),
  );
  return { question, changed, read, isRelevant };
}

function unchanged(configuration: PolicyFile): PolicyFile {
  return configuration;
}

/** What is compared, who approves of it, and the name of exactly that question. */
export interface ResolvedPull {
  readonly id: string;
  /** Null where nothing that differs can matter. */
  readonly sides: PullRequestSides | null;
  /** Nobody where the configuration does not ask for the owners' word. */
  readonly approvers: readonly Approver[];
}

/** Finds out what is to be compared. */
export async function resolvePull(
  client: GitHubClient,
  { question, read, isRelevant }: ReadPull,
  { pollDelays }: QuestionServices,
  signal: AbortSignal,
): Promise<ResolvedPull> {
  const prefix = idPrefixOf(question);
  if (!isRelevant) return { id: `${prefix}not-applicable config ${read.identity}`, sides: null, approvers: [] };
  const delays = pollDelays ? { delays: pollDelays } : {};
  const sides = await resolveSides(client, question.target, question.headSha, { signal, ...delays });
  const what =
    sides.kind === 'merge-commit' ? `${sides.before} ${sides.after}` : `${sides.before} ${sides.ancestor} merged here`;
  const id = `${prefix}${what} config ${read.identity}`;
  if (!read.configuration.policy.ownersMustApprove) return { id, sides, approvers: [] };
  const approvers = await listApprovers(client, question.target, question.headSha);
  return { id: `${id} ${approvalsPart(approvers)}`, sides, approvers };
}

/** What a pull request does, before anybody words it. */
export interface JudgedPull {
  /** Null where nothing that differs holds manifests. */
  readonly judged: (SidesAnalysis & { readonly links: SourceLinks }) | null;
  /** Null where the pull request leaves the configuration and the snapshot as they are. */
  readonly note: EditNote | null;
}

/** Judges by the configuration that was read. @throws CannotJudge, and Octokit's errors as they come. */
export async function judgePull(
  client: GitHubClient,
  { pull: { question, changed, read }, sides, said }: PullCase,
  services: JudgeServices,
  signal: AbortSignal,
): Promise<JudgedPull> {
  const { target, repositoryUrl } = question;
  if (sides === null) return { judged: null, note: null };
  const { files } = changed;
  // Also where an edited configuration is tried out: nobody allows himself to have the App fetch something.
  const { allow, evidence } = read.configuration;
  const { adjust = unchanged } = services;
  const analyze = (
    { mesh, policy, scope, snapshot }: PolicyFile,
    snapshotOf: 'before' | 'after',
  ): Promise<SidesAnalysis | null> => {
    const wantsFixes = snapshotOf === 'before';
    const settings = { mesh, policy, scope, allow, snapshot, snapshotOf, evidence, wantsFixes, said, ...services };
    return analyzeSides(client, target, sides, files, settings, signal);
  };
  const judged = await analyze(read.configuration, 'before');
  const tryOut = (edited: PolicyFile): Promise<SidesAnalysis | null> => analyze(adjust(edited), 'after');
  const note =
    read.kind === 'given'
      ? null
      : await noteOnEdit(client, question, changed, read.configuration, judged, tryOut, signal);
  signal.throwIfAborted();
  if (!judged) {
    const scope = { scope: read.configuration.scope, isOwn: read.isOwn === true };
    // Whoever edits the configuration may be about to mend it.
    if (note === null) await refuseScopeOfNothing(client, target, question.headSha, scope, changed);
    return { judged, note };
  }
  // The snapshot and the configuration are shown as they were judged by: the base's.
  const ofBase: readonly (string | undefined)[] = [read.configuration.snapshot?.path, CONFIGURATION_PATH];
  const headPaths = files.map(({ path }) => path).filter((path) => !ofBase.includes(path));
  const links = linkSources(repositoryUrl, sides, headPaths, judged.headLineOf);
  return { judged: { ...judged, links }, note };
}

/** What the App publishes. @throws CannotJudge, and Octokit's errors as they come. */
export async function answerPull(
  client: GitHubClient,
  asked: PullCase,
  services: JudgeServices,
  signal: AbortSignal,
): Promise<PullAnswer> {
  const { judged, note } = await judgePull(client, asked, services, signal);
  const { pull } = asked;
  const { headSha, baseRef } = pull.question;
  if (!judged) return { result: withEditNote(NOT_APPLICABLE, note), draft: quietReviewDraft(headSha) };
  const { analysis, links, headLineOf } = judged;
  const { post, accept } = pull.read.configuration;
  const draft =
    post === 'review'
      ? reviewDraftOf(analysis, links, headSha, pull.changed.files, headLineOf)
      : quietReviewDraft(headSha, MOVED_TO_CHECK);
  const approved = (analysis.approved ?? []).map((each): RecordedAcceptance => {
    return { ...each, reason: null, isApproval: true, bases: [baseRef] };
  });
  const result = { ...checkResultOf(analysis, links, headLineOf, accept), approved };
  return { result: withEditNote(result, note), draft };
}

/** What is to be said of a pull request that edits the configuration, or the snapshot. */
export interface EditNote {
  /** Whether nothing could be judged once it is merged. */
  readonly isInvalid: boolean;
  /** Plain text. */
  readonly text: string;
}

/** What the pull request's own versions of the configuration and of the snapshot would change; null where it has neither. */
async function noteOnEdit(
  client: GitHubClient,
  { target }: PullQuestion,
  { files }: ChangedFiles,
  configuration: PolicyFile,
  judged: SidesAnalysis | null,
  tryOut: (configuration: PolicyFile) => Promise<SidesAnalysis | null>,
  signal: AbortSignal,
): Promise<EditNote | null> {
  const edited = await readEditedConfiguration(client, target, files, signal);
  if (edited?.kind === 'invalid')
    return { isInvalid: true, text: `The edited configuration is invalid: ${edited.reason}` };
  const snapshot = configuration.snapshot?.path;
  const isSnapshotEdited =
    snapshot !== undefined && files.some(({ path, previousPath }) => path === snapshot || previousPath === snapshot);
  if (edited === null && !isSnapshotEdited) return null;
  const what = edited === null ? 'the snapshot of the cluster' : 'the configuration';
  try {
    const then = await tryOut(edited?.configuration ?? configuration);
    const difference = describeEdit(what, judged?.analysis ?? null, then?.analysis ?? null);
    const isTried =
      JSON.stringify((edited?.configuration ?? configuration).allow) === JSON.stringify(configuration.allow);
    return { isInvalid: false, text: isTried ? difference : `${difference} What it allows rendering was not tried.` };
  } catch (error) {
    if (!(error instanceof CannotJudge)) throw error;
    return { isInvalid: true, text: `With this edit of ${what}, nothing could be judged: ${error.message}` };
  }
}

/** A configuration that would stop every pull request once it is merged must not be merged. */
function withEditNote(result: CheckResult, note: EditNote | null): CheckResult {
  if (note === null) return result;
  const text = escapeMarkdown(note.text);
  if (!note.isInvalid) return { ...result, summary: `${result.summary}\n\n${text}` };
  const summary = `**${text}**\n\n${result.summary}`;
  return { ...result, verdict: 'fail', conclusion: 'failure', title: note.text, summary };
}
