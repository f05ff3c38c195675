import type { OpenPull, Repository } from './job.js';

/** The parts of GitHub's shapes that the App reads, whichever event or answer carries them. */

export interface RepositoryPayload {
  readonly id: number;
  readonly name: string;
  readonly html_url: string;
  readonly owner: { readonly login: string };
}

export interface PullPayload {
  readonly number: number;
  readonly state: string;
  readonly updated_at: string;
  readonly head: { readonly sha: string };
  readonly base: { readonly ref: string };
}

/** @param installation as deliveries name it; GitHub does so in everything that it sends to an App. */
export function repositoryOf(
  { id, name, html_url, owner }: RepositoryPayload,
  installation: { readonly id: number } | undefined,
): Repository {
  if (!installation) throw new Error('GitHub does not say which installation this belongs to.');
  return { id, installation: installation.id, owner: owner.login, repo: name, url: html_url };
}

export function openPullOf({ number, head, base, updated_at }: PullPayload): OpenPull {
  return { number, headSha: head.sha, baseRef: base.ref, updatedAt: updated_at };
}
