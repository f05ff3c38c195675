import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from './log.js';
import { verifySignature } from './verify-signature.js';

export const WEBHOOK_PATH = '/api/github/webhooks';

/** GitHub delivers no larger payload. */
const MAX_BODY_BYTES = 25 * 2 ** 20;
const BODY_TIMEOUT_MS = 30_000;
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
  readonly isHealthy: () => boolean;
}

/**
 * The App's HTTP server: `GET /healthz`, and `POST /api/github/webhooks`. Stands in for Probot's own, which reads bodies of
 * any size, and logs those with a wrong signature whole. Here a body is refused by its announced size before a byte is read,
 * cut off when it grows beyond it, and looked at only once its signature is right.
 */
export function createWebhookServer(options: WebhookServerOptions): Server {
  return createServer({ requestTimeout: BODY_TIMEOUT_MS }, (request, response) => {
    route(request, response, options).catch((error: unknown) => {
      options.log.error({ err: error }, 'A request failed.');
      if (!response.headersSent) answer(response, 500, 'The delivery could not be taken. The log says why.');
    });
  });
}

async function route(request: IncomingMessage, response: ServerResponse, options: WebhookServerOptions): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (path === '/healthz' && (request.method === 'GET' || request.method === 'HEAD')) {
    return options.isHealthy() ? answer(response, 200, 'ok') : answer(response, 503, 'stopping');
  }
  if (path !== WEBHOOK_PATH) return refuse(request, response, 404, 'There is nothing here.');
  if (request.method !== 'POST') return refuse(request, response, 405, 'Webhooks are posted.');
  if (!options.isHealthy()) return refuse(request, response, 503, 'The App is stopping; deliver again later.');
  await takeDelivery(request, response, options);
}

async function takeDelivery(
  request: IncomingMessage,
  response: ServerResponse,
  { secret, log, onDelivery }: WebhookServerOptions,
): Promise<void> {
  const contentType = request.headers['content-type'];
  if (contentType === undefined || !/^application\/json(?:\s*;|$)/i.test(contentType)) {
    return refuse(request, response, 415, 'The content type must be application/json.');
  }
  const id = headerOf(request, 'x-github-delivery');
  const event = headerOf(request, 'x-github-event');
  const signature = headerOf(request, 'x-hub-signature-256');
  if (id === null || event === null || signature === null) {
    return refuse(request, response, 400, 'X-GitHub-Delivery, X-GitHub-Event and X-Hub-Signature-256 are required.');
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return refuseSize(request, response, log);
  const body = await readBody(request);
  if (body === null) return refuseSize(request, response, log);
  if (!verifySignature(secret, body, signature)) {
    log.warn({ bytes: body.byteLength }, 'Refused a delivery: its signature does not match WEBHOOK_SECRET.');
    return answer(response, 400, 'The signature does not match.');
  }
  const payload = parseObject(body);
  if (payload === null) return answer(response, 400, 'The body is not a JSON object.');
  onDelivery({ id, event, payload });
  answer(response, 202, 'accepted');
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : null;
}

/** Null when the body is larger than GitHub's largest. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Uint8Array) => {
      total += chunk.byteLength;
      if (total <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        request.removeAllListeners('data');
        chunks.length = 0;
        resolve(null);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('The sender went away before the body was complete.')));
  });
}

function parseObject(body: Buffer): object | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function refuseSize(request: IncomingMessage, response: ServerResponse, log: Log): void {
  log.warn('Refused a delivery: its body is larger than 25 MB.');
  refuse(request, response, 413, 'The body is larger than 25 MB.');
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
