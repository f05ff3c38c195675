import type { ProbotOctokit } from 'probot';
import type { Lease } from './exclusive.js';
import type { GatedInit } from './rate-limit-gate.js';

/** Lets a client write only while its turn is held. It is asked for at once, and again when the request has waited for whatever
 * Octokit and GitHub let it wait for. */
export function fenceWrites({ hook }: Pick<ProbotOctokit, 'hook'>, lease: Lease): void {
  hook.wrap('request', async (request, options) => {
    if (options.method === 'GET' || options.method === 'HEAD') return request(options);
    await lease.assertHeld();
    const send = (options.request.fetch as typeof fetch | undefined) ?? fetch;
    let lost: unknown = null;
    const assertHeld = (): Promise<void> =>
      lease.assertHeld().catch((error: unknown) => {
        lost = error;
        // What fails in any other way, Octokit repeats.
        throw new DOMException('The turn is lost.', 'AbortError');
      });
    const fenced: typeof fetch = (input, init) => {
      const gated: GatedInit = { ...init, beforeSend: assertHeld };
      return send(input, gated);
    };
    // In place, since all hooks are given this one object, whatever is handed on.
    options.request = { ...options.request, fetch: fenced };
    try {
      return await request(options);
    } catch (error) {
      throw lost ?? error;
    }
  });
}
