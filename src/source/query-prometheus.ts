import { setTimeout as wait } from 'node:timers/promises';
import type { JsonValue } from '../kubernetes/manifest.js';
import { parsePrometheusAnswer, type PrometheusAnswer } from '../evidence/prometheus-answer.js';
import { readLimited } from './limited-answer.js';
import { SourceError } from './source-files.js';

/** How a Prometheus is asked. */
export interface PrometheusOptions {
  /** The root of its API: what stands before `/api/v1`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For one answer. In milliseconds. */
  readonly timeout?: number;
  /** Between two attempts, the first time; each time twice as long. In milliseconds. */
  readonly pause?: number;
  readonly attempts?: number;
  readonly maxBytes?: number;
}

export type QueryResult =
  | { readonly kind: 'answer'; readonly answer: PrometheusAnswer }
  /** The query asks for more than is given at once. */
  | { readonly kind: 'too-much'; readonly reason: string }
  /** Again and again. */
  | { readonly kind: 'failed'; readonly reason: string };

const LONGEST_PAUSE = 30_000;

/**
 * Asks one query at one time. What may pass (a cut connection, 429, 5xx, no answer in time) is asked again, after longer and longer
 * pauses.
 *
 * Prometheus: `GET /api/v1/query`.
 *
 * @param at in milliseconds since the epoch.
 * @throws SourceError for a refusal that stays one: no permission, no such address, not a Prometheus, a query that it does not understand.
 */
export async function queryPrometheus(query: string, at: number, options: PrometheusOptions): Promise<QueryResult> {
  const { attempts = 5, pause = 500 } = options;
  const address = `${options.url.replace(/\/+$/, '')}/api/v1/query?${new URLSearchParams({ query, time: String(at / 1000) }).toString()}`;
  let reason = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const result = await ask(address, options);
    if (result.kind !== 'passing') return result;
    reason = result.reason;
    const delay = Math.max(pause * 2 ** attempt, result.retryAfter ?? 0);
    if (attempt + 1 < attempts) await wait(Math.min(delay, LONGEST_PAUSE));
  }
  return { kind: 'failed', reason };
}

type Attempt =
  | Exclude<QueryResult, { readonly kind: 'failed' }>
  | { readonly kind: 'passing'; readonly reason: string; readonly retryAfter?: number };

async function ask(address: string, options: PrometheusOptions): Promise<Attempt> {
  const { headers, timeout = 60_000, maxBytes = 64 * 2 ** 20 } = options;
  let response: Response;
  let text: string | null;
  try {
    // A redirect could lead a token away.
    response = await fetch(address, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) });
    text = await readLimited(response, maxBytes);
  } catch (error) {
    return { kind: 'passing', reason: reasonOf(error) };
  }
  if (text === null) return { kind: 'too-much', reason: `its answer holds more than ${maxBytes / 2 ** 20} MiB` };
  const { status } = response;
  const json = parseJson(text);
  if (status === 200) {
    const answer = json === undefined ? null : parsePrometheusAnswer(json);
    const [warning] = answer?.warnings ?? [];
    if (warning !== undefined) return { kind: 'passing', reason: `it answers in part: ${warning}` };
    if (answer !== null) return { kind: 'answer', answer };
    if (json === undefined) return { kind: 'passing', reason: 'its answer is not JSON' };
    throw new SourceError(`${options.url} does not answer as Prometheus does`, true);
  }
  const { errorType, error } = (json ?? {}) as { readonly errorType?: unknown; readonly error?: unknown };
  const said = typeof error === 'string' ? `: ${error.slice(0, 300)}` : '';
  // Too many samples, or too long a time.
  if (status === 422 || errorType === 'timeout') return { kind: 'too-much', reason: `it answers ${status}${said}` };
  if (status === 429 || status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? '');
    return {
      kind: 'passing',
      reason: `it answers ${status}${said}`,
      retryAfter: Number.isFinite(seconds) ? seconds * 1000 : 0,
    };
  }
  throw new SourceError(`${options.url} answers ${status}${said}${adviceFor(status)}`, true);
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return '; give it what it asks for with --header-file or PROMETHEUS_TOKEN';
  if (status === 404) return '; the address is that of the API, without /api/v1';
  return status >= 300 && status < 400 ? '; redirects are not followed: name the address that it leads to' : '';
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** In words; Node's own have the cause below. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'it does not answer in time';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '' ? error.message : `${error.message} (${code})`;
}
