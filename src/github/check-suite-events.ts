import type { Probot } from 'probot';
import type { GitHubClient } from './github-client.js';
import type { Log } from './log.js';
import { repositoryOf } from './payload.js';
import { recheckCommit } from './recheck.js';
import type { Repository } from './job.js';
import type { Work } from './work.js';

/** GitHub announces a push twice: as a suite, and as a change of the pull request. This long the latter is waited for. */
export const SUITE_PATIENCE_MS = 15_000;

/** A suite asked for anew is judged anew; a suite asked for by a push only where no other delivery did. */
export function registerCheckSuiteEvents(
  probot: Pick<Probot, 'on'>,
  work: Work,
  log: Log,
  patienceMs = SUITE_PATIENCE_MS,
): void {
  probot.on('check_suite.rerequested', async ({ id, payload, octokit }) => {
    const { head_sha: headSha } = payload.check_suite;
    const asked = { delivery: id, isForced: true };
    const repository = repositoryOf(payload.repository, payload.installation);
    const count = await recheckCommit(octokit, work, repository, headSha, asked);
    log.info({ sha: headSha, count }, 'Took check_suite.rerequested.');
  });
  probot.on('check_suite.requested', ({ id, payload, octokit }) => {
    const { head_sha: headSha, pull_requests: pulls } = payload.check_suite;
    const repository = repositoryOf(payload.repository, payload.installation);
    const numbers = pulls.filter(({ head }) => head.sha === headSha).map(({ number }) => number);
    if (numbers.length === 0) return;
    const timer = setTimeout(() => {
      takeForgotten(octokit, work, repository, { numbers, headSha, delivery: id }).catch((error: unknown) => {
        log.warn({ err: error, sha: headSha }, 'A suite could not be taken; the next look-round will.');
      });
    }, patienceMs);
    timer.unref();
  });
}

async function takeForgotten(
  client: GitHubClient,
  work: Work,
  repository: Repository,
  suite: { readonly numbers: readonly number[]; readonly headSha: string; readonly delivery: string },
): Promise<void> {
  const { numbers, headSha, delivery } = suite;
  const underway = await Promise.all(numbers.map((number) => work.isUnderway(repository, { number, headSha })));
  if (underway.every(Boolean)) return;
  await recheckCommit(client, work, repository, headSha, { delivery, isForced: false });
}
