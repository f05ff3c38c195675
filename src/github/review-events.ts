import type { Probot } from 'probot';
import type { Log } from './log.js';
import { openPullOf, repositoryOf } from './payload.js';
import type { Work } from './work.js';

/** Remarks say nothing of whether somebody approves. */
const DECISIVE: ReadonlySet<string> = new Set(['approved', 'changes_requested', 'dismissed']);

/** A review may let findings pass, or no longer, where the base's configuration asks for the word of owners. */
export function registerReviewEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on(['pull_request_review.submitted', 'pull_request_review.dismissed'], async ({ id, payload, octokit }) => {
    const { review, pull_request: reviewed } = payload;
    if (reviewed.state !== 'open' || !DECISIVE.has(review.state.toLowerCase())) return;
    const repository = repositoryOf(payload.repository, payload.installation);
    const pull = openPullOf(reviewed);
    const read = await work.services.configurations.read(octokit, repository, pull.baseRef);
    if (!('configuration' in read) || !read.configuration.policy.ownersMustApprove) return;
    await work.addPull(repository, pull, { delivery: id });
    log.info({ pull: pull.number, sha: pull.headSha }, `Took pull_request_review.${payload.action}.`);
  });
}
