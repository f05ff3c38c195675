import { Octokit } from '@octokit/rest';
import type { MeshOptions } from '../analyze-change.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import type { SourceLinks } from '../report/change-table.js';
import { createRenderer, type Renderer } from '../source/render/renderer.js';
import { CannotJudge, describeFailure, statusOf } from './cannot-judge.js';
import { NOT_APPLICABLE, quietReviewDraft, reviewDraftOf } from './check-result.js';
import { createBlobCache } from './commit-tree.js';
import { fetchFromGitHub, type GitHubClient, type PullRequestTarget } from './github-client.js';
import {
  judgePull,
  readPull,
  resolvePull,
  type EditNote,
  type JudgeServices,
  type QuestionServices,
} from './judged-pull.js';
import { NOTHING_SAID } from './owner-voices.js';
import { ParsedFileCache } from './parsed-file-cache.js';
import { readPullRequest, Superseded } from './pull-request-sides.js';
import { ConfigurationReader } from './repository-configuration.js';
import { publishReview, type Author, type ReviewAction, type ReviewDraft } from './review.js';

type QuestionOptions = Pick<QuestionServices, 'adjust' | 'pollDelays'>;

export interface RunPullRequestOptions
  extends QuestionOptions, Pick<JudgeServices, 'givenSnapshot' | 'givenEvidence' | 'evidenceFetcher'> {
  /** Whether to publish the review; without it GitHub is only read. */
  readonly post: boolean;
  readonly token: string;
  /** Default `https://api.github.com`. */
  readonly apiUrl?: string;
  /** What to judge by; without it, by what the App judges by: the repository's own configuration. */
  readonly configuration?: PolicyFile;
}

export type PullRequestResult =
  | {
      readonly kind: 'analyzed';
      readonly headSha: string;
      readonly analysis: ChangeAnalysis;
      readonly links: SourceLinks;
      readonly note: EditNote | null;
      /** Null when nothing was to be posted. */
      readonly review: ReviewAction | null;
    }
  /** The pull request touches no manifest: it passes, unless it makes the configuration invalid. */
  | {
      readonly kind: 'not-applicable';
      readonly headSha: string;
      readonly reason: string;
      readonly mesh: MeshOptions;
      readonly note: EditNote | null;
    }
  /** There is no analysis; the gate must not pass. */
  | { readonly kind: 'undetermined'; readonly reason: string };

/**
 * Analyses a pull request with a person's or a workflow's token, as the App does with its own. What was accepted on GitHub
 * stands in the App's check run, and does not count here.
 *
 * @throws for bugs only; whatever GitHub refuses comes back as `undetermined`.
 */
export async function runPullRequest(
  target: PullRequestTarget,
  options: RunPullRequestOptions,
): Promise<PullRequestResult> {
  const client = new Octokit({
    auth: options.token,
    request: { fetch: fetchFromGitHub },
    // Octokit would print every refusal; those that matter come back as a reason.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    ...(options.apiUrl === undefined ? {} : { baseUrl: options.apiUrl.replace(/\/+$/, '') }),
  });
  const renderer = createRenderer();
  try {
    return await analyzePullRequest(client, target, options, renderer);
  } catch (error) {
    const isRefusal = error instanceof CannotJudge || error instanceof Superseded || statusOf(error) !== null;
    if (!isRefusal) throw error;
    return { kind: 'undetermined', reason: error instanceof Superseded ? error.message : describeFailure(error) };
  } finally {
    await renderer.close();
  }
}

async function analyzePullRequest(
  client: GitHubClient,
  target: PullRequestTarget,
  { post, configuration, adjust, givenSnapshot, givenEvidence, evidenceFetcher, pollDelays }: RunPullRequestOptions,
  renderer: Renderer,
): Promise<PullRequestResult> {
  const services: JudgeServices & QuestionServices = {
    cache: new ParsedFileCache(),
    blobs: createBlobCache(),
    renderer,
    configurations: configuration ? givenConfiguration(configuration) : new ConfigurationReader(),
    ...(adjust ? { adjust } : {}),
    ...(givenSnapshot ? { givenSnapshot } : {}),
    ...(givenEvidence ? { givenEvidence } : {}),
    ...(evidenceFetcher ? { evidenceFetcher } : {}),
    ...(pollDelays ? { pollDelays } : {}),
  };
  const { signal } = new AbortController();
  const { headSha, baseRef, repositoryUrl } = await readPullRequest(client, target);
  const pull = await readPull(client, { target, headSha, baseRef, repositoryUrl }, services);
  const { sides, approvers } = await resolvePull(client, pull, services, signal);
  const said = { ...NOTHING_SAID, approvers };
  const { judged, note } = await judgePull(client, { pull, sides, said }, services, signal);
  if (!judged) {
    if (post) await postReview(client, target, quietReviewDraft(headSha));
    const { mesh } = pull.read.configuration;
    return { kind: 'not-applicable', headSha, reason: NOT_APPLICABLE.summary, mesh, note };
  }
  const { analysis, links, headLineOf } = judged;
  const draft = reviewDraftOf(analysis, links, headSha, pull.changed.files, headLineOf);
  const review = post ? await postReview(client, target, draft) : null;
  return { kind: 'analyzed', headSha, analysis, links, note, review };
}

function givenConfiguration(configuration: PolicyFile): QuestionServices['configurations'] {
  return { read: () => Promise.resolve({ kind: 'given', configuration, identity: 'given' }) };
}

async function postReview(client: GitHubClient, target: PullRequestTarget, draft: ReviewDraft): Promise<ReviewAction> {
  return publishReview(client, target, await readAuthor(client), draft);
}

/** A workflow's token may not ask who it is; what it writes is signed by GitHub Actions. */
async function readAuthor(client: GitHubClient): Promise<Author> {
  try {
    return { login: (await client.rest.users.getAuthenticated()).data.login, appId: 'cli' };
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    return { login: 'github-actions[bot]', appId: 'cli' };
  }
}

function ignore(): void {
  // Nothing is printed.
}
