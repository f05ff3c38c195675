/** The pull request cannot be judged, for a reason that lies outside this program: a conflict, a limit, a refusal by GitHub. */
export class CannotJudge extends Error {
  override readonly name = 'CannotJudge';
}

/** One line that says what went wrong, fit for people: no address with a query, no body, no token. */
export function describeFailure(error: unknown): string {
  if (error instanceof CannotJudge) return error.message;
  const status = statusOf(error);
  if (status !== null) {
    const outcome = isAnswered(error)
      ? `refused a request${requestOf(error)} with status ${String(status)}`
      : `did not answer a request${requestOf(error)}`;
    return `GitHub ${outcome}: ${gitHubMessage(error)}`;
  }
  if (error instanceof Error && error.name === 'TimeoutError') return 'GitHub did not answer a request in time.';
  return `An internal error (${error instanceof Error ? error.name : typeof error}) stopped the analysis.`;
}

/** The HTTP status of an error that Octokit threw; null for any other error. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}

/** Octokit gives an error the status 500 where no answer came, or none that was whole. */
function isAnswered(error: unknown): boolean {
  return error instanceof Error && 'response' in error && error.response !== undefined;
}

function requestOf(error: unknown): string {
  if (!(error instanceof Error) || !('request' in error)) return '';
  const request = error.request as { readonly method?: unknown; readonly url?: unknown };
  if (typeof request.method !== 'string' || typeof request.url !== 'string') return '';
  const path = /^https?:\/\/[^/]+(\/[^?]*)/.exec(request.url)?.[1] ?? '';
  return ` (${request.method} ${path})`;
}

function gitHubMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const line = message.split('\n', 1)[0] ?? '';
  return line.replace(/(https?:\/\/[^\s?]+)\?\S*/g, '$1').slice(0, 300);
}
