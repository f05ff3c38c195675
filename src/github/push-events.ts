import type { Probot } from 'probot';
import { mayBeRendered } from '../layout/render-inputs.js';
import { CODE_OWNERS_PLACES } from '../policy/code-owners.js';
import { CONFIGURATION_PATH } from '../policy/configuration-schema.js';
import { listOpenPulls } from './find-work.js';
import type { Log } from './log.js';
import { repositoryOf } from './payload.js';
import type { Work } from './work.js';

/** Pull requests judged anew for one push, last changed first; further ones are left to the look-rounds. */
const MOST_PULLS = 50;
/** GitHub names the files of no more commits than this. */
const MOST_COMMITS = 2048;

interface PushedCommit {
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  readonly modified?: readonly string[];
}

/** What a base branch becomes may change the answer to every pull request against it. */
export function registerPushEvents(probot: Pick<Probot, 'on'>, work: Work, log: Log): void {
  probot.on('push', async ({ id, payload, octokit }) => {
    const branch = /^refs\/heads\/(.+)$/.exec(payload.ref)?.[1];
    if (branch === undefined || payload.deleted || payload.created || branch.startsWith('gh-readonly-queue/')) return;
    const { id: repositoryId, name, html_url, owner } = payload.repository;
    if (owner?.login === undefined) return;
    const repository = repositoryOf(
      { id: repositoryId, name, html_url, owner: { login: owner.login } },
      payload.installation,
    );
    const touched = touchedPaths(payload.commits, payload.forced);
    if (touched === null || touched.includes(CONFIGURATION_PATH)) work.forgetConfiguration(repository);
    if (touched !== null && !touched.some(mayMatter)) return;
    const pulls = await listOpenPulls(octokit, repository, { base: branch, most: MOST_PULLS });
    for (const pull of pulls) await work.addPull(repository, pull, { delivery: id });
    log.info({ sha: payload.after, count: pulls.length }, 'Took push.');
  });
}

/** Whether an answer may be made of a file of the base: a manifest, what one is rendered from, the configuration, the owners. */
function mayMatter(path: string): boolean {
  return mayBeRendered(path) || CODE_OWNERS_PLACES.some((place) => place === path);
}

/** Null where the push does not tell. */
function touchedPaths(commits: readonly PushedCommit[], isForced: boolean): readonly string[] | null {
  if (isForced || commits.length === 0 || commits.length >= MOST_COMMITS) return null;
  return commits.flatMap(({ added = [], removed = [], modified = [] }) => [...added, ...removed, ...modified]);
}
