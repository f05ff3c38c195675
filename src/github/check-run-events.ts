import type { Probot } from 'probot';
import { CHECK_NAME } from './check-run.js';
import type { Log } from './log.js';
import { repositoryOf } from './payload.js';
import { recheckCommit } from './recheck.js';
import type { Work } from './work.js';

/** Somebody asks for the check run once more. */
export function registerCheckRunEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on('check_run.rerequested', async ({ id, payload, octokit }) => {
    const { name, head_sha: headSha, external_id: externalId } = payload.check_run;
    if (name !== CHECK_NAME) return;
    const asked = { externalId, delivery: id, isForced: true };
    const count = await recheckCommit(octokit, work, repositoryOf(payload.repository), headSha, asked);
    const fields = { delivery: id, repository: payload.repository.full_name, sha: headSha, count };
    log.info(fields, 'Took check_run.rerequested.');
  });
}
