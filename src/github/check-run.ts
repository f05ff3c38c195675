import type { GateVerdict } from '../reachability/change.js';
import type { Annotation } from '../report/annotations.js';
import { statusOf } from './cannot-judge.js';
import type { RecordedAcceptance } from './check-record.js';
import { createOnce } from './create-once.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** The name that branch protection asks for. */
export const CHECK_NAME = 'egress-scope';

/** `neutral` counts as passed where the check is required; `failure` and `cancelled` do not. */
export type CheckConclusion = 'success' | 'neutral' | 'failure' | 'cancelled';

/** What a finished check run says. */
export interface CheckResult {
  /** Null where nobody waits for one any more. */
  readonly verdict: GateVerdict | 'not-applicable' | null;
  readonly conclusion: CheckConclusion;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** The fingerprints of what fails the gate, and may be accepted. */
  readonly failing?: readonly string[];
  /** What an owner's approval lets pass, and for which base. */
  readonly approved?: readonly RecordedAcceptance[];
  /** Whether a button may accept it, or a comment only. */
  readonly hasButton?: boolean;
}

export interface CheckRun {
  readonly id: number;
  readonly isCompleted: boolean;
  /** Null while it is open. */
  readonly conclusion: CheckConclusion | null;
  /** See `CheckRecord`. */
  readonly text: string | null;
  /** What was judged, as `completeCheckRun` left it; null before. */
  readonly externalId: string | null;
  readonly annotations: number;
  /** The App's name in addresses; its comments are signed `<slug>[bot]`. */
  readonly appSlug: string | null;
}

/** GitHub takes 50 annotations a request, and appends those of later requests. */
const ANNOTATIONS_PER_REQUEST = 50;
/** Each further batch costs a write. */
const MAX_ANNOTATIONS = 200;
/** GitHub: 65,535, by its own count. */
const MAX_SUMMARY = 64_000;
const MAX_TITLE = 200;

/** What is remembered with an answer, and what can be done about it. */
export interface CheckExtras {
  readonly text: string;
  readonly actions: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
}

const NO_EXTRAS: CheckExtras = { text: '', actions: [] };

interface CheckOutput {
  text: string;
  title: string;
  summary: string;
  annotations: Annotation[];
}

interface RawCheckRun {
  readonly id: number;
  readonly status: string;
  readonly conclusion?: string | null;
  readonly external_id: string | null;
  readonly output: { readonly annotations_count: number; readonly text?: string | null };
  readonly app: { readonly slug?: string } | null;
}

/** The App's check run for a commit: the newest, should there be several. GitHub: `GET …/commits/{ref}/check-runs`. */
export async function findCheckRun(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  headSha: string,
  appId: number,
): Promise<CheckRun | null> {
  const { data } = await client.rest.checks.listForRef({
    owner,
    repo,
    ref: headSha,
    check_name: CHECK_NAME,
    app_id: appId,
    filter: 'latest',
    per_page: 100,
  });
  const newest = [...data.check_runs].sort((a, b) => b.id - a.id)[0];
  return newest ? checkRunOf(newest) : null;
}

/** Creates the check run for a commit that has none. */
export async function startCheckRun(
  client: GitHubClient,
  repository: RepositoryName,
  headSha: string,
  appId: number,
  externalId: string,
): Promise<CheckRun> {
  const run = { head_sha: headSha, external_id: externalId, status: 'in_progress' as const };
  return createCheckRun(client, repository, appId, run);
}

/** Creates a check run that is completed from the start: one write in place of two. */
export async function createCompletedCheckRun(
  client: GitHubClient,
  repository: RepositoryName,
  headSha: string,
  appId: number,
  externalId: string,
  result: CheckResult,
  { text, actions }: CheckExtras = NO_EXTRAS,
): Promise<CheckRun> {
  return createCheckRun(client, repository, appId, {
    head_sha: headSha,
    external_id: externalId,
    status: 'completed',
    conclusion: result.conclusion,
    output: outputOf(result, text, result.annotations.slice(0, ANNOTATIONS_PER_REQUEST)),
    actions: [...actions],
  });
}

type NewCheckRun = { readonly head_sha: string; readonly external_id: string } & (
  | { readonly status: 'in_progress' }
  | {
      readonly status: 'completed';
      readonly conclusion: CheckConclusion;
      readonly output: CheckOutput;
      readonly actions: CheckExtras['actions'][number][];
    }
);

async function createCheckRun(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  appId: number,
  run: NewCheckRun,
): Promise<CheckRun> {
  return createOnce(
    async () => {
      const request = { owner, repo, name: CHECK_NAME, ...run, request: { retries: 0 } };
      return checkRunOf((await client.rest.checks.create(request)).data);
    },
    () => findCheckRun(client, { owner, repo }, run.head_sha, appId),
  );
}

/** Takes back an answer that may no longer hold, so that nothing is merged on its strength meanwhile. */
export async function restartCheckRun(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  run: CheckRun,
  externalId: string,
  text?: string,
): Promise<void> {
  await client.rest.checks.update({
    owner,
    repo,
    check_run_id: run.id,
    external_id: externalId,
    status: 'in_progress',
    ...(text === undefined
      ? {}
      : { output: { title: 'Accepted; judging again', summary: 'Findings were accepted. The answer follows.', text } }),
  });
}

/**
 * Ends a check run. The conclusion goes with the first request; a refusal of annotations cannot leave the run open.
 * Annotations that an earlier end of the same run left are not repeated: GitHub never removes any.
 *
 * @param externalId what was judged; a later delivery for the same finds it and has nothing to do.
 * @returns how many annotations GitHub did not take.
 */
export async function completeCheckRun(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  run: CheckRun,
  externalId: string,
  result: CheckResult,
  { text, actions }: CheckExtras = NO_EXTRAS,
): Promise<number> {
  const known = run.annotations > 0 ? await listAnnotationKeys(client, { owner, repo }, run.id) : new Set<string>();
  const annotations = result.annotations
    .slice(0, MAX_ANNOTATIONS)
    .filter((annotation) => !known.has(keyOf(annotation)));
  const update = { owner, repo, check_run_id: run.id };
  const end = {
    ...update,
    external_id: externalId,
    status: 'completed' as const,
    conclusion: result.conclusion,
    actions: [...actions],
  };
  let start = 0;
  try {
    await client.rest.checks.update({
      ...end,
      output: outputOf(result, text, annotations.slice(0, ANNOTATIONS_PER_REQUEST)),
    });
    for (start = ANNOTATIONS_PER_REQUEST; start < annotations.length; start += ANNOTATIONS_PER_REQUEST) {
      const batch = annotations.slice(start, start + ANNOTATIONS_PER_REQUEST);
      await client.rest.checks.update({ ...update, output: outputOf(result, text, batch) });
    }
    return 0;
  } catch (error) {
    if (start > 0) return annotations.length - start;
    if (statusOf(error) !== 422 || annotations.length === 0) throw error;
    await client.rest.checks.update({ ...end, output: outputOf(result, text, []) });
    return annotations.length;
  }
}

async function listAnnotationKeys(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  runId: number,
): Promise<ReadonlySet<string>> {
  const annotations = await client.paginate('GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations', {
    owner,
    repo,
    check_run_id: runId,
    per_page: 100,
  });
  return new Set(annotations.map(keyOf));
}

function keyOf(annotation: {
  readonly path: string;
  readonly start_line: number;
  readonly title: string | null;
  readonly message: string | null;
}): string {
  return JSON.stringify([annotation.path, annotation.start_line, annotation.title, annotation.message]);
}

function outputOf(
  { title, summary, annotations }: CheckResult,
  text: string,
  batch: readonly Annotation[],
): CheckOutput {
  const note =
    annotations.length > MAX_ANNOTATIONS
      ? `\n\n${MAX_ANNOTATIONS} of ${annotations.length} annotations are shown at their lines.`
      : '';
  return {
    title: title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)}…` : title,
    summary: cutAtLine(summary, MAX_SUMMARY) + note,
    text,
    annotations: [...batch],
  };
}

function cutAtLine(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.lastIndexOf('\n', limit);
  return `${text.slice(0, end > 0 ? end : limit)}\n\n(cut)`;
}

function checkRunOf({ id, status, conclusion, external_id, output, app }: RawCheckRun): CheckRun {
  return {
    id,
    isCompleted: status === 'completed',
    conclusion: (conclusion ?? null) as CheckConclusion | null,
    text: output.text ?? null,
    externalId: external_id,
    annotations: output.annotations_count,
    appSlug: app?.slug ?? null,
  };
}
