import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from './log.js';
import { answerMetrics, METRICS_PATH } from './metrics-server.js';
import type { DeliveryOutcome, Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';
import { verifySignature } from './verify-signature.js';

export const WEBHOOK_PATH = '/api/github/webhooks';
/** What the webhooks' path answers to a question, with 405. */
export const POSTS_ONLY = 'Webhooks are posted.';

/** GitHub delivers no larger payload. */
const MAX_BODY_BYTES = 25 * 2 ** 20;
/** Of all bodies that arrive at a time: whose they are is known only once they are there. */
const MAX_BYTES_AT_A_TIME = 8 * MAX_BODY_BYTES;
const BODY_TIMEOUT_MS = 30_000;
/** Longer than senders and load balancers keep a connection that is idle, usually a minute: whoever closes first decides, and
 * a delivery that is sent while this end closes is lost, as GitHub does not send it again. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const REFUSED_BODY_LINGER_MS = 1000;

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly payload: unknown;
}

export interface WebhookServerOptions {
  readonly secret: string;
  readonly log: Log;
  /** Called for signed bodies only. */
  readonly onDelivery: (delivery: Delivery) => void;
  readonly readiness: Pick<Readiness, 'isStopping' | 'whyNot'>;
  readonly metrics: Metrics;
  /** Whether this server answers for the metrics too. */
  readonly showsMetrics: boolean;
  /** Default: as much as eight of GitHub's largest payloads. */
  readonly maxBytesAtATime?: number;
}

/** What is held of bodies that are not complete yet. */
interface Held {
  bytes: number;
}

/**
 * The App's HTTP server: `GET /healthz` (the process lives), `GET /readyz` (it can work), `GET /metrics`, and
 * `POST /api/github/webhooks`. Stands in for Probot's own, which reads bodies of
 * any size, and logs those with a wrong signature whole. Here a body is refused by its announced size before a byte is read,
 * cut off when it grows beyond it, and looked at only once its signature is right.
 */
export function createWebhookServer(options: WebhookServerOptions): Server {
  const held: Held = { bytes: 0 };
  return createServer(
    { requestTimeout: BODY_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
    (request, response) => {
      route(request, response, options, held).catch((error: unknown) => {
        options.log.error({ err: error }, 'A request failed.');
        if (!response.headersSent) answer(response, 500, 'The delivery could not be taken. The log says why.');
      });
    },
  );
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebhookServerOptions,
  held: Held,
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (request.method === 'GET' || request.method === 'HEAD') {
    const { whyNot } = options.readiness;
    if (path === '/healthz') return answer(response, 200, 'ok');
    if (path === '/readyz') return whyNot === null ? answer(response, 200, 'ok') : answer(response, 503, whyNot);
    if (path === METRICS_PATH && options.showsMetrics) return answerMetrics(response, options.metrics);
  }
  if (path !== WEBHOOK_PATH) return refuse(request, response, 404, 'There is nothing here.');
  if (request.method !== 'POST') return refuse(request, response, 405, POSTS_ONLY);
  let outcome: DeliveryOutcome = 'incomplete';
  try {
    outcome = await takeDelivery(request, response, options, held);
  } finally {
    options.metrics.countDelivery(headerOf(request, 'x-github-event'), outcome);
  }
}

async function takeDelivery(
  request: IncomingMessage,
  response: ServerResponse,
  { secret, log, onDelivery, readiness, maxBytesAtATime = MAX_BYTES_AT_A_TIME }: WebhookServerOptions,
  held: Held,
): Promise<DeliveryOutcome> {
  if (readiness.isStopping) {
    refuse(request, response, 503, 'The App is stopping; deliver again later.');
    return 'stopping';
  }
  const contentType = request.headers['content-type'];
  if (contentType === undefined || !/^application\/json(?:\s*;|$)/i.test(contentType)) {
    refuse(request, response, 415, 'The content type must be application/json.');
    return 'content-type';
  }
  const id = headerOf(request, 'x-github-delivery');
  const event = headerOf(request, 'x-github-event');
  const signature = headerOf(request, 'x-hub-signature-256');
  if (id === null || event === null || signature === null) {
    refuse(request, response, 400, 'X-GitHub-Delivery, X-GitHub-Event and X-Hub-Signature-256 are required.');
    return 'headers';
  }
  const isAnnouncedTooLarge = Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
  const body = isAnnouncedTooLarge ? 'too-large' : await readBody(request, held, maxBytesAtATime);
  if (body === 'too-large') {
    log.warn('Refused a delivery: its body is larger than 25 MB.');
    refuse(request, response, 413, 'The body is larger than 25 MB.');
    return body;
  }
  if (body === 'busy') {
    log.warn('Refused a delivery: too much of others is arriving.');
    refuse(request, response, 503, 'Too much is arriving; deliver again later.');
    return body;
  }
  if (!verifySignature(secret, body, signature)) {
    log.warn({ bytes: body.byteLength }, 'Refused a delivery: its signature does not match WEBHOOK_SECRET.');
    answer(response, 400, 'The signature does not match.');
    return 'signature';
  }
  const payload = parseObject(body);
  if (payload === null) {
    answer(response, 400, 'The body is not a JSON object.');
    return 'not-json';
  }
  onDelivery({ id, event, payload });
  answer(response, 202, 'accepted');
  return 'accepted';
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : null;
}

/** `too-large` for a body that is larger than GitHub's largest, `busy` where there is no room for it at present. */
async function readBody(request: IncomingMessage, held: Held, most: number): Promise<Buffer | 'too-large' | 'busy'> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    return await new Promise((resolve, reject) => {
      request.on('data', (chunk: Uint8Array) => {
        total += chunk.byteLength;
        held.bytes += chunk.byteLength;
        chunks.push(chunk);
        if (total <= MAX_BODY_BYTES && held.bytes <= most) return;
        request.removeAllListeners('data');
        chunks.length = 0;
        resolve(total > MAX_BODY_BYTES ? 'too-large' : 'busy');
      });
      request.on('end', () => resolve(Buffer.concat(chunks)));
      request.on('error', reject);
      request.on('aborted', () => reject(new Error('The sender went away before the body was complete.')));
    });
  } finally {
    held.bytes -= total;
  }
}

function parseObject(body: Buffer): object | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Answers before the body is read. What still arrives is thrown away for a moment, so that the sender can see the answer:
 * a connection that is closed at once would reset, and take the answer with it. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  answer(response, status, text);
  request.resume();
  const hangUp = setTimeout(() => request.socket.destroy(), REFUSED_BODY_LINGER_MS).unref();
  request.once('end', () => clearTimeout(hangUp));
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(`${text}\n`);
}
