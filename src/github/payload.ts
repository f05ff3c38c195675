import type { OpenPull, Repository } from './work.js';

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

export function repositoryOf({ id, name, html_url, owner }: RepositoryPayload): Repository {
  return { id, owner: owner.login, repo: name, url: html_url };
}

export function openPullOf({ number, head, base, updated_at }: PullPayload): OpenPull {
  return { number, headSha: head.sha, baseRef: base.ref, updatedAt: updated_at };
}
