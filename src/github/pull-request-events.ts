import type { Context, Probot } from 'probot';
import type { Log } from './log.js';
import { openPullOf, repositoryOf } from './payload.js';
import { recheckSharing } from './recheck.js';
import type { Work } from './work.js';

/** The events after which a pull request may need another answer. */
const ACTIONS = [
  'pull_request.opened',
  'pull_request.reopened',
  'pull_request.synchronize',
  'pull_request.ready_for_review',
  'pull_request.converted_to_draft',
  'pull_request.edited',
] as const;

/** Puts the work that each event asks for into the queue, and returns at once. */
export function registerPullRequestEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on([...ACTIONS], async ({ id, payload }) => {
    if (!asksForAnswer(payload)) return;
    const repository = repositoryOf(payload.repository, payload.installation);
    const pull = openPullOf(payload.pull_request);
    const isTaken = await work.addPull(repository, pull, { delivery: id });
    const fields = { pull: pull.number, sha: pull.headSha };
    log.info(fields, `${isTaken ? 'Took' : 'Dropped'} pull_request.${payload.action}.`);
  });
  probot.on('pull_request.closed', async ({ id, payload, octokit }) => {
    const closed = openPullOf(payload.pull_request);
    const repository = repositoryOf(payload.repository, payload.installation);
    const count = await recheckSharing(octokit, work, repository, closed, id);
    const fields = { delivery: id, repository: payload.repository.full_name, pull: closed.number, count };
    log.info(fields, 'Took pull_request.closed.');
  });
}

/** An edited title or text changes nothing; another base does. */
function asksForAnswer(payload: Context<(typeof ACTIONS)[number]>['payload']): boolean {
  if (payload.pull_request.state !== 'open') return false;
  return payload.action !== 'edited' || payload.changes.base !== undefined;
}
