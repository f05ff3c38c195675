import { createOnce } from './create-once.js';
import type { GitHubClient, PullRequestTarget } from './github-client.js';

const MAX_BODY = 60_000;

/** Answers below a pull request, once: `about` names what is answered, and a second delivery finds the answer there. */
export async function answerComment(
  client: GitHubClient,
  { owner, repo, number }: PullRequestTarget,
  about: string,
  text: string,
): Promise<void> {
  const marker = `<!-- egress-scope answers ${about.replace(/[^\w.-]/g, '')} -->`;
  const find = async (): Promise<true | null> => {
    const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      owner,
      repo,
      issue_number: number,
      per_page: 100,
    });
    for await (const { data } of pages) {
      if (data.some(({ body, user }) => body?.startsWith(marker) && user?.type === 'Bot')) return true;
    }
    return null;
  };
  if ((await find()) !== null) return;
  const body = `${marker}\n${text}`.slice(0, MAX_BODY);
  await createOnce<unknown>(
    () => client.rest.issues.createComment({ owner, repo, issue_number: number, body, request: { retries: 0 } }),
    find,
  );
}
