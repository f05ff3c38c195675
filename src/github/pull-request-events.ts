import type { Context, Probot } from 'probot';
import type { JobQueue } from './job-queue.js';
import type { Log } from './log.js';
import { runPullRequestJob, type JobServices } from './pull-request-job.js';

/** The events after which a pull request may need another answer. */
const ACTIONS = [
  'pull_request.opened',
  'pull_request.reopened',
  'pull_request.synchronize',
  'pull_request.ready_for_review',
  'pull_request.edited',
] as const;

/** Puts the work that each event asks for into the queue, and returns at once. */
export function registerPullRequestEvents(
  probot: Pick<Probot, 'on'>,
  queue: JobQueue,
  services: JobServices,
  log: Log,
): void {
  probot.on([...ACTIONS], (context) => {
    if (asksForAnswer(context)) enqueue(context, queue, services, log);
  });
}

/** An edited title or text changes nothing; another base does. */
function asksForAnswer({ payload }: Context<(typeof ACTIONS)[number]>): boolean {
  if (payload.pull_request.state !== 'open') return false;
  return payload.action !== 'edited' || payload.changes.base !== undefined;
}

function enqueue(
  { id, payload, octokit }: Context<(typeof ACTIONS)[number]>,
  queue: JobQueue,
  services: JobServices,
  log: Log,
): void {
  const { pull_request: pull, repository } = payload;
  const target = { owner: repository.owner.login, repo: repository.name, number: pull.number };
  const job = {
    target,
    headSha: pull.head.sha,
    baseRef: pull.base.ref,
    repositoryUrl: repository.html_url,
    delivery: id,
  };
  const isTaken = queue.add({
    key: `${repository.id} ${target.number}`,
    version: `${job.headSha} ${job.baseRef}`,
    order: pull.updated_at,
    run: (signal) => runPullRequestJob(octokit, job, services, signal),
  });
  const fields = { delivery: id, repository: repository.full_name, pull: target.number, sha: job.headSha };
  log.info(
    fields,
    isTaken ? `Took pull_request.${payload.action}.` : `Dropped pull_request.${payload.action}: outdated.`,
  );
}
