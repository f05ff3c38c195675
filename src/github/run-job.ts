import { answerComment } from './answer-comment.js';
import { describeFailure } from './cannot-judge.js';
import type { JobOutcome } from './check-run-session.js';
import { resolveCall } from './explain-call.js';
import { LeaseLost, type Lease } from './exclusive.js';
import type { GitHubClient } from './github-client.js';
import type { AcceptRequest } from './accept-request.js';
import type { Job, Task } from './job.js';
import { runMergeGroupJob } from './merge-group-job.js';
import { outcomeWord, type JobKind, type Metrics } from './metrics.js';
import { runPullRequestJob } from './pull-request-job.js';
import { Superseded } from './pull-request-sides.js';
import type { Work } from './work.js';

export interface JobDependencies {
  readonly work: Work;
  readonly metrics: Metrics;
  /** A client for an installation, which writes nothing once the lease is lost. */
  readonly clientOf: (installation: number, lease: Lease | null) => Promise<GitHubClient>;
}

type TaskOf<Kind extends Task['kind']> = Extract<Task, { readonly kind: Kind }>;

/** Does what a job says. */
export async function runJob(job: Job, dependencies: JobDependencies, signal: AbortSignal): Promise<void> {
  dependencies.work.services.log.debug('Its turn has come.');
  switch (job.task.kind) {
    case 'pull_request':
      return runPull(job, job.task, dependencies, signal);
    case 'merge_group':
      return runGroup(job, job.task, dependencies, signal);
    case 'explain':
      return explain(job, job.task, dependencies, signal);
  }
}

async function runPull(
  { key, repository, delivery }: Job,
  { pull, isForced }: TaskOf<'pull_request'>,
  { work, metrics, clientOf }: JobDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { owner, repo, url: repositoryUrl } = repository;
  const { number, headSha, baseRef } = pull;
  const taken: AcceptRequest[] = [];
  const takeRequests = async (): Promise<readonly AcceptRequest[]> => {
    taken.push(...(await work.listRequests(key)));
    return taken;
  };
  const question = { target: { owner, repo, number }, headSha, baseRef, repositoryUrl };
  const outcome = await count('pull_request', work, metrics, () =>
    work.oneAtATime(repository, headSha, async (lease) => {
      const client = await clientOf(repository.installation, lease);
      const run = { ...question, delivery, isForced, takeRequests };
      return remembering(work, key, headSha, () =>
        runPullRequestJob(client, run, work.services, AbortSignal.any([signal, lease.lost])),
      );
    }),
  ).catch(async (error: unknown) => {
    // Whoever has the turn now decides on them.
    if (!(error instanceof LeaseLost)) await work.dropRequests(key, taken);
    throw error;
  });
  await work.dropRequests(key, taken);
  // The delivery of the present head may have come before, within the same second, or not at all.
  if (outcome.by) await work.addPull(repository, { number, ...outcome.by }, { delivery });
}

async function runGroup(
  { key, repository, delivery }: Job,
  { group, isForced }: TaskOf<'merge_group'>,
  { work, metrics, clientOf }: JobDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { owner, repo, url: repositoryUrl } = repository;
  const run = { repository: { owner, repo }, ...group, repositoryUrl, delivery, isForced };
  await count('merge_group', work, metrics, () =>
    work.oneAtATime(repository, group.headSha, async (lease) => {
      const client = await clientOf(repository.installation, lease);
      return remembering(work, key, group.headSha, () =>
        runMergeGroupJob(client, run, work.services, AbortSignal.any([signal, lease.lost])),
      );
    }),
  );
}

async function explain(
  { repository }: Job,
  { pull: { number, headSha, baseRef }, commentId, command }: TaskOf<'explain'>,
  { work, clientOf }: JobDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { owner, repo, installation, url: repositoryUrl } = repository;
  const client = await clientOf(installation, null);
  const target = { owner, repo, number };
  const question = { target, headSha, baseRef, repositoryUrl };
  const { services } = work;
  const text = await resolveCall(client, question, command, services, signal)
    .then((call) => services.analyst.ask('call', client, call, signal))
    .catch((error: unknown) => `This cannot be explained: ${whyNot(error, signal)}`);
  await answerComment(client, target, String(commentId), text);
}

function whyNot(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'The App was stopped before it came to an answer. Ask again.';
  return error instanceof Superseded ? `${error.message} Ask again.` : describeFailure(error);
}

/** Notes what became of a head's check run; of one that a job failed to end, nothing is known any more. */
async function remembering(
  { known }: Work,
  key: string,
  headSha: string,
  run: () => Promise<JobOutcome>,
): Promise<JobOutcome> {
  let outcome: JobOutcome | null = null;
  try {
    outcome = await run();
    return outcome;
  } finally {
    await known.remember(key, headSha, outcome ?? { kind: 'superseded', externalId: null });
  }
}

async function count(
  kind: JobKind,
  { services }: Work,
  metrics: Metrics,
  run: () => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const start = performance.now();
  let outcome: JobOutcome | null = null;
  try {
    outcome = await run();
    return outcome;
  } finally {
    const milliseconds = Math.round(performance.now() - start);
    metrics.countJob(kind, outcome, milliseconds / 1000);
    services.log.info({ milliseconds }, `The job has ended: ${outcomeWord(outcome)}.`);
  }
}
