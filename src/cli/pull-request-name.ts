export interface PullRequestName {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** Reads `OWNER/REPO#N`, or the address of a pull request's page; null where it is anything else. */
export function parsePullRequest(text: string): PullRequestName | null {
  const written =
    /^([\w.-]+)\/([\w.-]+)#(\d{1,9})$/.exec(text) ??
    /^https?:\/\/[^/]+\/([\w.-]+)\/([\w.-]+)\/pull\/(\d{1,9})\b/.exec(text);
  const [, owner, repo, number] = written ?? [];
  return owner === undefined || repo === undefined ? null : { owner, repo, number: Number(number) };
}
