import { Octokit } from '@octokit/rest';
import type { GitHubClient } from './github-client.js';
import { packError, unpackError, type ForwardedResponse, type FromThread, type ToThread } from './thread-messages.js';

/** What a thread asks GitHub for. It has neither a token nor a connection, and nothing that it says is written to GitHub. */
export class ForwardedRequests {
  readonly #open = new Map<number, OpenRequest>();
  #last = 0;

  constructor(
    private readonly send: (message: FromThread) => void,
    private readonly apiUrl: string | undefined,
  ) {}

  /** A client whose requests the main thread makes, as the client that came with the job. */
  clientFor(job: number): GitHubClient {
    return new Octokit({
      request: { fetch: (url: string, init: RequestInit) => this.#fetch(job, url, init) },
      // Refusals are told by whoever asked.
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      ...(this.apiUrl === undefined ? {} : { baseUrl: this.apiUrl }),
    });
  }

  take(message: ToThread & { readonly type: 'response' | 'refusal' }): void {
    const waiting = this.#open.get(message.request);
    this.#open.delete(message.request);
    waiting?.isOver();
    if (message.type === 'refusal') return waiting?.reject(unpackError(message.error));
    const { status, headers, body } = message.response;
    waiting?.resolve(new Response(body, { status, headers }));
  }

  #fetch(job: number, url: string, { method = 'GET', headers, signal }: RequestInit): Promise<Response> {
    if (method !== 'GET') throw new Error(`A thread may not ${method}.`);
    const request = (this.#last += 1);
    const accept = new Headers(headers).get('accept') ?? '';
    const answered = new Promise<Response>((resolve, reject) => {
      const drop = (): void => {
        this.#open.delete(request);
        this.send({ type: 'drop', request });
        reject(signal?.reason as Error);
      };
      const isOver = (): void => signal?.removeEventListener('abort', drop);
      this.#open.set(request, { resolve, reject, isOver });
      signal?.addEventListener('abort', drop);
    });
    this.send({ type: 'request', job, request, url, accept });
    return answered;
  }
}

interface OpenRequest {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
  readonly isOver: () => void;
}

function ignore(): void {
  // Nothing is printed.
}

/** Makes a request for a thread. A refusal by GitHub is an answer as well.
 *
 * @throws where GitHub does not answer. */
export async function requestForThread(
  client: GitHubClient,
  { url, accept }: { readonly url: string; readonly accept: string },
  signal: AbortSignal,
): Promise<ForwardedResponse> {
  try {
    const request = { parseSuccessResponseBody: false, signal };
    const answer = await client.request({ method: 'GET', url, headers: { accept }, request });
    const { status, headers } = answer;
    const body = answer.data as ReadableStream<Uint8Array> | null;
    const isArchive = headers['content-type']?.includes('zip') ?? false;
    const whole = isArchive || body === null ? body : await new Response(body).arrayBuffer();
    return { status, headers: textsOf(headers), body: whole };
  } catch (error) {
    const { status, response } = error as { readonly status?: number; readonly response?: RefusedResponse };
    if (status === undefined || response === undefined) throw error;
    const { data } = response;
    const text = typeof data === 'string' ? data : JSON.stringify(data ?? '');
    return { status, headers: textsOf(response.headers), body: new TextEncoder().encode(text).buffer };
  }
}

interface RefusedResponse {
  readonly headers: object;
  /** As Octokit read it. */
  readonly data?: unknown;
}

function textsOf(headers: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Makes a thread's request and sends it the answer. */
export async function answerThread(
  send: (message: ToThread, transfer: readonly (ReadableStream | ArrayBuffer)[]) => void,
  client: GitHubClient,
  asked: FromThread & { readonly type: 'request' },
  signal: AbortSignal,
): Promise<void> {
  const { request } = asked;
  try {
    const response = await requestForThread(client, asked, signal);
    send({ type: 'response', request, response }, response.body === null ? [] : [response.body]);
  } catch (error) {
    send({ type: 'refusal', request, error: packError(error) }, []);
  }
}
