import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import type { SourceLinks } from '../report/change-table.js';
import { analyzeSides, linkSources } from './analyze-sides.js';
import type { ChangedFile } from './changed-files.js';
import { checkResultOf, NOT_APPLICABLE } from './check-result.js';
import { CheckRunSession, isExpected, type JobOutcome } from './check-run-session.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import type { JobServices } from './pull-request-job.js';
import type { PullRequestSides } from './pull-request-sides.js';
import { usableConfiguration } from './repository-configuration.js';
import { readTree } from './repository-tree.js';

/** A merge queue's question: what a group's head does to the commit it was built on. */
export interface MergeGroupJob {
  readonly repository: RepositoryName;
  readonly headSha: string;
  readonly baseSha: string;
  /** The branch that the queue merges into. */
  readonly baseRef: string;
  readonly repositoryUrl: string;
  readonly delivery: string;
  readonly isForced?: boolean;
}

/**
 * Judges a merge group for real, commit against commit: pull requests that are harmless alone may break something together.
 * There is no review, since a group is no pull request.
 *
 * @throws what is neither a refusal by GitHub nor a limit, that is a bug, after the check run has been failed.
 */
export async function runMergeGroupJob(
  client: GitHubClient,
  job: MergeGroupJob,
  services: JobServices,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { repository, headSha, delivery } = job;
  const log = services.log.child({ delivery, repository: `${repository.owner}/${repository.repo}`, sha: headSha });
  const idPrefix = groupIdPrefix(job.baseRef);
  const session = new CheckRunSession(client, { repository, headSha, appId: services.appId, idPrefix, delivery }, log);
  try {
    return await judge(client, job, services, session, signal);
  } catch (error) {
    const outcome = await session.endWithout(error, signal);
    if (!isExpected(error, signal)) throw error;
    return outcome;
  }
}

/** What `external_id` begins with. */
export function groupIdPrefix(baseRef: string): string {
  return `group ${baseRef} `;
}

async function judge(
  client: GitHubClient,
  job: MergeGroupJob,
  services: JobServices,
  session: CheckRunSession,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { repository, headSha, baseSha, baseRef } = job;
  const existing = await session.find();
  const read = usableConfiguration(await services.configurations.read(client, repository, baseRef));
  const externalId = `${groupIdPrefix(baseRef)}${baseSha} ${headSha} config ${read.identity}`;
  if (existing?.isCompleted && existing.externalId === externalId && !job.isForced) {
    return { kind: 'settled', externalId, conclusion: null };
  }
  const run = await session.start();
  if (run.isCompleted) await session.restart(run);
  const { mesh, policy, scope } = read.configuration;
  const sides: PullRequestSides = { kind: 'merge-commit', headSha, before: baseSha, after: headSha };
  const settings = { mesh, policy, scope, cache: services.cache };
  const judged = await analyzeSides(client, repository, sides, [], settings, signal);
  signal.throwIfAborted();
  if (!judged) return session.end(externalId, NOT_APPLICABLE);
  const links = await linksOf(client, job, sides);
  return session.end(externalId, checkResultOf(judged.analysis, links, judged.headLineOf));
}

/** The group's head holds every file that can be shown, at the very lines that were judged. */
async function linksOf(client: GitHubClient, job: MergeGroupJob, sides: PullRequestSides): Promise<SourceLinks> {
  const listing = await readTree(client, job.repository, job.headSha, isManifestPath);
  const files = [...listing.values()].map(({ path, sha }): ChangedFile => {
    return { path, previousPath: null, sha, isRemoved: false, lines: new Set() };
  });
  return linkSources(job.repositoryUrl, sides, files, (_path, line) => line);
}
