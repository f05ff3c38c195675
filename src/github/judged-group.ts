import type { Acceptance } from '../policy/exempt-changes.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import { analyzeSides, linkSources } from './analyze-sides.js';
import { checkResultOf, NOT_APPLICABLE } from './check-result.js';
import type { CheckResult } from './check-run.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { JudgeServices } from './judged-pull.js';
import { NOTHING_SAID } from './owner-voices.js';
import type { PullRequestSides } from './pull-request-sides.js';

/** What a merge group's head does to the commit it was built on. */
export interface GroupQuestion {
  readonly target: RepositoryName;
  readonly sides: PullRequestSides & { readonly kind: 'merge-commit' };
  readonly configuration: PolicyFile;
  readonly acceptances: readonly Acceptance[];
  /** `https://github.com/owner/repo` */
  readonly repositoryUrl: string;
}

/** @throws CannotJudge, and Octokit's errors as they come. */
export async function answerGroup(
  client: GitHubClient,
  { target, sides, configuration, acceptances, repositoryUrl }: GroupQuestion,
  services: JudgeServices,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { mesh, policy, scope, allow, snapshot, evidence } = configuration;
  const said = { ...NOTHING_SAID, acceptances };
  const settings = { mesh, policy, scope, allow, snapshot, evidence, said, ...services };
  const judged = await analyzeSides(client, target, sides, [], settings, signal);
  if (!judged) return NOT_APPLICABLE;
  // The group's head holds every file that can be shown, at the very lines that were judged.
  const links = linkSources(repositoryUrl, sides, judged.paths, (_path, line) => line);
  return checkResultOf(judged.analysis, links, judged.headLineOf);
}
