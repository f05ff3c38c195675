import type { Probot } from 'probot';
import type { Log } from './log.js';
import { repositoryOf } from './payload.js';
import type { Work } from './work.js';

/** A queue waits for the check run on the group's head; without one, nothing of it is merged. */
export function registerMergeGroupEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on('merge_group.checks_requested', async ({ id, payload }) => {
    const { head_sha: headSha, base_sha: baseSha, base_ref } = payload.merge_group;
    if (!payload.repository) return;
    const repository = repositoryOf(payload.repository, payload.installation);
    const group = { headSha, baseSha, baseRef: base_ref.replace(/^refs\/heads\//, '') };
    await work.addGroup(repository, group, { delivery: id });
    log.info({ sha: headSha }, 'Took merge_group.checks_requested.');
  });
}
