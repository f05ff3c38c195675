import type { Probot } from 'probot';
import type { AcceptRequest } from './accept-request.js';
import { CHECK_NAME } from './check-run.js';
import { listPullsOfHead } from './find-work.js';
import type { Log } from './log.js';
import { repositoryOf } from './payload.js';
import { pullNumbersOf, recheckCommit } from './recheck.js';
import type { Work } from './work.js';

/** Somebody asks for the check run once more. */
export function registerCheckRunEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on('check_run.rerequested', async ({ id, payload, octokit }) => {
    const { name, head_sha: headSha, external_id: externalId } = payload.check_run;
    if (name !== CHECK_NAME) return;
    const asked = { externalId, delivery: id, isForced: true };
    const repository = repositoryOf(payload.repository, payload.installation);
    const count = await recheckCommit(octokit, work, repository, headSha, asked);
    log.info({ sha: headSha, count }, 'Took check_run.rerequested.');
  });
  probot.on('check_run.requested_action', async ({ id, payload, octokit }) => {
    const { name, head_sha: headSha, external_id: externalId } = payload.check_run;
    const identifier = payload.requested_action?.identifier ?? '';
    if (name !== CHECK_NAME || !identifier.startsWith('accept:') || payload.sender.type === 'Bot') return;
    const repository = repositoryOf(payload.repository, payload.installation);
    const numbers = pullNumbersOf(externalId);
    const request: AcceptRequest = {
      by: payload.sender.login,
      at: new Date().toISOString(),
      reason: null,
      via: { kind: 'button', headSha, identifier },
    };
    const pulls = await listPullsOfHead(octokit, repository, headSha, numbers);
    const [pull] = pulls;
    if (pull) await work.askForAcceptance(repository, pull, id, request);
    log.info({ sha: headSha, count: pulls.length }, 'Took check_run.requested_action.');
  });
}
