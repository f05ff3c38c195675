import { CheckRunSession, isExpected, type JobOutcome } from './check-run-session.js';
import { groupIdPrefix, isPartOfGroup, partsOf } from './external-id.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import { readGroupAcceptances } from './group-acceptances.js';
import type { JobServices } from './pull-request-job.js';
import { usableConfiguration } from './repository-configuration.js';

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
  const { appId, process, log } = services;
  const idPrefix = groupIdPrefix(job.baseRef);
  const session = new CheckRunSession(client, { repository, headSha, appId, idPrefix, delivery, process }, log);
  try {
    return await judge(client, job, services, session, signal);
  } catch (error) {
    const outcome = await session.endWithout(error, signal);
    if (!isExpected(error, signal)) throw error;
    return outcome;
  }
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
  const isAnswered = existing?.isCompleted && partsOf(existing).some((part) => isPartOfGroup(part, externalId));
  if (isAnswered && !job.isForced) {
    return { kind: 'settled', externalId, verdict: null, conclusion: null };
  }
  const run = await session.start();
  if (run.isCompleted) await session.restart(run);
  const sides = { kind: 'merge-commit', headSha, before: baseSha, after: headSha } as const;
  const acceptances = await readGroupAcceptances(client, job, services.appId);
  const { repositoryUrl } = job;
  const question = { target: repository, sides, configuration: read.configuration, acceptances, repositoryUrl };
  const result = await services.analyst.ask('group', client, question, signal);
  signal.throwIfAborted();
  return session.end(externalId, result);
}
