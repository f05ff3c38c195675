import type { ToolLimits } from '../source/render/run-tool.js';
import type { AnswerKind, Answers, Questions } from './analyst.js';
import { CannotJudge } from './cannot-judge.js';

/** What a thread is made with. */
export interface ThreadSettings {
  /** The root of GitHub's REST API; undefined for github.com. */
  readonly apiUrl: string | undefined;
  readonly analysisLimitMs: number;
  /** Where traffic evidence may be fetched from. */
  readonly evidenceUrls: readonly string[];
  /** Of one rendering, where they are not as usual. */
  readonly renderLimits: Partial<ToolLimits> | undefined;
  /** Tools that may run at a time for one tree. */
  readonly renderConcurrency: number;
}

/** A question with its kind, as it goes to a thread. */
export type Asked = {
  readonly [Kind in AnswerKind]: { readonly kind: Kind; readonly question: Questions[Kind] };
}[AnswerKind];

/** GitHub's answer to a request. An archive comes as a stream, everything else whole. */
export interface ForwardedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array> | ArrayBuffer | null;
}

export type ToThread =
  /** `stopFlag` is one 32-bit number: not 0 once the job is stopped, for code that does not wait for messages. */
  | { readonly type: 'ask'; readonly job: number; readonly asked: Asked; readonly stopFlag: SharedArrayBuffer }
  | { readonly type: 'stop'; readonly job: number }
  | { readonly type: 'response'; readonly request: number; readonly response: ForwardedResponse }
  | { readonly type: 'refusal'; readonly request: number; readonly error: PackedError }
  | { readonly type: 'ping' }
  /** To end in good order. */
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'answer'; readonly job: number; readonly answer: Answers[AnswerKind] }
  | { readonly type: 'failure'; readonly job: number; readonly error: PackedError }
  | {
      readonly type: 'request';
      readonly job: number;
      readonly request: number;
      readonly url: string;
      readonly accept: string;
    }
  /** Nobody waits for the request any more. */
  | { readonly type: 'drop'; readonly request: number }
  | { readonly type: 'analysed'; readonly seconds: number }
  | { readonly type: 'pong'; readonly usedHeapBytes: number };

/** An error on its way between threads, with all that anybody asks of it there. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an error that Octokit threw. */
  readonly status?: number;
  readonly request?: { readonly method: string; readonly url: string };
  readonly isAnswered?: boolean;
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error), stack: undefined };
  const { name, message, stack } = error;
  const { status, request, response } = error as Error & {
    readonly status?: unknown;
    readonly request?: { readonly method?: unknown; readonly url?: unknown };
    readonly response?: unknown;
  };
  return {
    ...{ name, message, stack },
    ...(typeof status === 'number' ? { status, isAnswered: response !== undefined } : {}),
    ...(request === undefined ? {} : { request: { method: String(request.method), url: String(request.url) } }),
  };
}

/** What `packError` was given, as far as `describeFailure` and a log can tell. */
export function unpackError({ name, message, stack, status, request, isAnswered }: PackedError): Error {
  if (name === 'CannotJudge') return new CannotJudge(message);
  return Object.assign(new Error(message), {
    ...{ name, stack },
    ...(status === undefined ? {} : { status }),
    ...(request === undefined ? {} : { request }),
    ...(isAnswered === true ? { response: {} } : {}),
  });
}
