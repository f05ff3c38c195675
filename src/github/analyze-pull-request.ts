import { Octokit } from '@octokit/rest';
import type { MeshOptions } from '../analyze-change.js';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import { EVERY_MANIFEST, isInScope, type ManifestScope } from '../policy/manifest-scope.js';
import type { Policy } from '../policy/policy.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import type { SourceLinks } from '../report/change-table.js';
import { analyzeSides, linkSources } from './analyze-sides.js';
import { CannotJudge, describeFailure, statusOf } from './cannot-judge.js';
import { listChangedFiles, touchesRelevantFile } from './changed-files.js';
import { NOT_APPLICABLE, quietReviewDraft, reviewDraftOf } from './check-result.js';
import { fetchFromGitHub, type GitHubClient, type PullRequestTarget } from './github-client.js';
import { ParsedFileCache } from './parsed-file-cache.js';
import { readPullRequest, resolveSides, Superseded } from './pull-request-sides.js';
import { publishReview, type Author, type ReviewAction, type ReviewDraft } from './review.js';

export interface RunPullRequestOptions {
  /** Whether to publish the review; without it GitHub is only read. */
  readonly post: boolean;
  readonly token: string;
  /** Default `https://api.github.com`. */
  readonly apiUrl?: string;
  readonly mesh: MeshOptions;
  readonly policy: Policy;
  /** Default: every manifest. */
  readonly scope?: ManifestScope;
}

export type PullRequestResult =
  | {
      readonly kind: 'analyzed';
      readonly headSha: string;
      readonly analysis: ChangeAnalysis;
      readonly links: SourceLinks;
      /** Null when nothing was to be posted. */
      readonly review: ReviewAction | null;
    }
  /** The pull request touches nothing that could matter: it passes. */
  | { readonly kind: 'not-applicable'; readonly headSha: string; readonly reason: string }
  /** There is no analysis; the gate must not pass. */
  | { readonly kind: 'undetermined'; readonly reason: string };

/**
 * Analyses a pull request with a person's or a workflow's token, as the App does with its own.
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
  try {
    return await analyzePullRequest(client, target, options);
  } catch (error) {
    const isRefusal = error instanceof CannotJudge || error instanceof Superseded || statusOf(error) !== null;
    if (!isRefusal) throw error;
    return { kind: 'undetermined', reason: error instanceof Superseded ? error.message : describeFailure(error) };
  }
}

async function analyzePullRequest(
  client: GitHubClient,
  target: PullRequestTarget,
  { post, mesh, policy, scope = EVERY_MANIFEST }: RunPullRequestOptions,
): Promise<PullRequestResult> {
  const { headSha, repositoryUrl } = await readPullRequest(client, target);
  const changed = await listChangedFiles(client, target);
  const endNotApplicable = async (): Promise<PullRequestResult> => {
    if (post) await postReview(client, target, quietReviewDraft(headSha));
    return { kind: 'not-applicable', headSha, reason: NOT_APPLICABLE.summary };
  };
  if (!touchesRelevantFile(changed, (path) => isManifestPath(path) && isInScope(path, scope)))
    return endNotApplicable();
  const sides = await resolveSides(client, target, headSha);
  const settings = { mesh, policy, scope, cache: new ParsedFileCache() };
  const judged = await analyzeSides(client, target, sides, changed.files, settings);
  if (!judged) return endNotApplicable();
  const { analysis, headLineOf } = judged;
  const links = linkSources(repositoryUrl, sides, changed.files, headLineOf);
  const draft = reviewDraftOf(analysis, links, headSha, changed.files, headLineOf);
  return { kind: 'analyzed', headSha, analysis, links, review: post ? await postReview(client, target, draft) : null };
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
