import { Octokit } from '@octokit/rest';
import nock from 'nock';
import { fetchFromGitHub, type GitHubClient, type PullRequestTarget } from '../../src/github/github-client.js';

export const TARGET: PullRequestTarget = { owner: 'acme', repo: 'mesh', number: 5 };
export const ROOT = '/repos/acme/mesh';

export function restClient(): GitHubClient {
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  return new Octokit({ auth: 'token-of-a-test', request: { fetch: fetchFromGitHub }, log: silent });
}

/** GitHub, as far as a test describes it; a request without the API's version finds nothing. */
export function gitHub(): nock.Scope {
  return nock('https://api.github.com', { reqheaders: { 'x-github-api-version': '2022-11-28' } });
}

function ignore(): void {
  // Refusals are what these tests are about; they need not stand in the output.
}
