import { createHash } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal, type Answer, type Caller, type Routes } from './api-request.js';
import { answerRegistration, isRegistrationPage } from './app-registration.js';
import { authenticate, requiredPermission } from './authenticate.js';
import type { Fault, Faults } from './faults.js';
import { primaryLimit, secondaryLimit, type RateLimits } from './rate-limits.js';
import { APP_ROUTES } from './routes/app-routes.js';
import { CHECK_ROUTES } from './routes/check-routes.js';
import { GIT_ROUTES } from './routes/git-routes.js';
import { ISSUE_ROUTES } from './routes/issue-routes.js';
import { PULL_ROUTES } from './routes/pull-routes.js';
import { REPOSITORY_ROUTES } from './routes/repository-routes.js';
import { REVIEW_ROUTES } from './routes/review-routes.js';
import { fullNameOf } from './store.js';
import type { World } from './world.js';

const ROUTES: Routes = {
  ...APP_ROUTES,
  ...REPOSITORY_ROUTES,
  ...GIT_ROUTES,
  ...PULL_ROUTES,
  ...REVIEW_ROUTES,
  ...CHECK_ROUTES,
  ...ISSUE_ROUTES,
};

const API_VERSION = '2022-11-28';
const CONTENT = /^POST .*\/(?:reviews|comments|reactions)$/;

export interface RecordedRequest {
  readonly at: number;
  readonly method: string;
  /** Below `/api/v3`, decoded, without the query. */
  readonly path: string;
  /** As GitHub's description writes it. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly headers: IncomingHttpHeaders;
  status: number;
  fault: Fault | null;
  /** Whose rate limit it counts for; null where it got nowhere. */
  budget: string | null;
}

/** The HTTP side of the stand-in: takes requests, holds them against GitHub's description, and answers them. */
export class ApiServer {
  readonly requests: RecordedRequest[] = [];
  /** What is wrong with the requests; must stay empty. */
  readonly violations: string[] = [];
  readonly #server: Server;

  constructor(
    private readonly world: World,
    private readonly faults: Faults,
    private readonly rates: RateLimits,
  ) {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        world.ownProblems.push(`${request.method ?? ''} ${request.url ?? ''}: ${String(error)}`);
        response.destroy();
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.world.webUrl = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', this.world.webUrl);
    if (url.pathname.startsWith('/_codeload/')) return this.#sendArchive(response, url);
    if (isRegistrationPage(url.pathname)) return answerRegistration(this.world, request, response, url);
    const rawPath = url.pathname.replace(/^\/api\/v3/, '');
    const text = await readText(request);
    const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
    const found = this.world.openApi.find(method, rawPath);
    const record: RecordedRequest = {
      at: Date.now(),
      method,
      path: decodeURIComponent(rawPath),
      operation: found?.name ?? `${method} ${rawPath}`,
      body,
      headers: request.headers,
      status: 0,
      fault: this.faults.next(found?.name ?? ''),
      budget: null,
    };
    this.requests.push(record);
    const answer = await this.#answer(record, url, rawPath, found?.parameters ?? {}).catch(refusalAnswer);
    record.status = answer.status;
    await send(response, answer, request, record.fault);
    if (record.budget !== null) this.rates.answered(record.budget, answer.status);
  }

  async #answer(
    record: RecordedRequest,
    url: URL,
    rawPath: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const { operation, method, body, headers, fault } = record;
    const problems = this.#check(record, url, rawPath);
    if (fault?.kind === 'cut' && fault.when === 'before') return { status: 0 };
    if (fault?.kind === 'status') throw new Refusal(fault.status, 'Told to fail');
    const caller = this.#authenticate(headers, fault);
    const key = caller.kind === 'installation' ? `installation ${caller.installation.id}` : caller.kind;
    record.budget = key;
    if (fault?.kind === 'secondary-limit') {
      throw this.rates.block(key, fault.seconds, (seconds) => secondaryLimit(fault.status, seconds));
    }
    if (fault?.kind === 'primary-limit') {
      throw this.rates.block(key, fault.seconds, (seconds) => primaryLimit(fault.status, seconds));
    }
    if (operation === 'GET /rate_limit') return { status: 200, data: this.#rateLimit(key) };
    const sentAt = headers['x-sent-at'] === undefined ? null : Number(headers['x-sent-at']);
    const leave = this.rates.enter(key, method, CONTENT.test(operation), sentAt);
    try {
      this.#authorise(caller, operation);
      const handler = ROUTES[operation];
      if (!handler) {
        this.violations.push(`${operation}: this GitHub has no such operation`);
        throw new Refusal(404, 'Not Found');
      }
      if (problems.length > 0) throw new Refusal(422, `Invalid request.\n\n${problems.join('\n')}`);
      const answer = await handler({
        world: this.world,
        caller,
        parameters: { ...parameters, '*path': rawPath },
        query: url.searchParams,
        body: body ?? {},
        accept: headers.accept ?? '',
      });
      return { ...this.#shape(operation, answer), headers: { ...this.rates.headers(key), ...answer.headers } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(error.status, error.message, { ...this.rates.headers(key), ...error.headers });
    } finally {
      leave();
    }
  }

  #check({ operation, method, body, headers }: RecordedRequest, url: URL, rawPath: string): readonly string[] {
    const problems = this.world.openApi.problemsOf(method, url, rawPath, body);
    for (const problem of problems) this.violations.push(`${operation}: ${problem}`);
    if (headers['x-github-api-version'] !== API_VERSION) this.violations.push(`${operation}: no API version`);
    if (headers['user-agent'] === undefined) this.violations.push(`${operation}: no User-Agent`);
    return problems;
  }

  #authenticate({ authorization }: IncomingHttpHeaders, fault: Fault | null): Caller {
    const caller = authenticate(this.world, authorization);
    if (fault?.kind !== 'expired-token' || caller.kind !== 'installation') return caller;
    const token = this.world.tokens.get(caller.token);
    if (token) token.expiresAt = 0;
    return authenticate(this.world, authorization);
  }

  #authorise(caller: Caller, operation: string): void {
    const required = requiredPermission(operation);
    if (caller.kind !== 'installation' || required === null) return;
    const { permissions } = this.world.app;
    const isGranted = required.names.some((name) => {
      return permissions[name] === 'write' || (permissions[name] === 'read' && required.level === 'read');
    });
    if (isGranted) return;
    this.violations.push(`${operation}: the App has no permission for it (${required.names.join(' or ')})`);
    throw new Refusal(403, 'Resource not accessible by integration');
  }

  #shape(operation: string, answer: Answer): Answer {
    if (answer.data === undefined) return answer;
    const [method = '', template = ''] = operation.split(' ');
    const place = this.world.openApi.find(method, template)?.operation.answers.get(answer.status);
    return place === undefined ? answer : { ...answer, data: this.world.shape(place, operation, answer.data) };
  }

  #rateLimit(key: string): object {
    const core = this.rates.state(key);
    const other = { limit: 30, used: 0, remaining: 30, reset: core.reset };
    return { resources: { core, search: other }, rate: core };
  }

  async #sendArchive(response: ServerResponse, url: URL): Promise<void> {
    const [, , owner = '', name = '', sha = ''] = url.pathname.split('/');
    const repository = this.world.find(owner, name);
    if (!repository || Number(url.searchParams.get('token')) < Date.now()) {
      response.writeHead(404).end();
      return;
    }
    const operation = 'GET archive';
    const fault = this.faults.next(operation);
    const path = url.pathname;
    const sent = { at: Date.now(), method: 'GET', path, operation, body: undefined, headers: {}, status: 200 };
    this.requests.push({ ...sent, fault, budget: null });
    const content = await repository.git.archive(sha, `${fullNameOf(repository).replace('/', '-')}-${sha.slice(0, 7)}`);
    const answer = fault?.kind === 'status' ? { status: fault.status } : { status: 200 };
    await send(response, { ...answer, raw: { content, type: 'application/x-gzip' } }, null, fault);
  }
}

function refusalAnswer(error: unknown): Answer {
  if (!(error instanceof Refusal)) throw error;
  const { status, message, headers } = error;
  return {
    status,
    headers,
    data: { message, status: String(status), documentation_url: 'https://docs.github.com/rest' },
  };
}

/** Puts an answer on the wire, or what a fault leaves of it. */
async function send(
  response: ServerResponse,
  answer: Answer,
  request: IncomingMessage | null,
  fault: Fault | null,
): Promise<void> {
  if (fault?.kind === 'cut' && fault.when !== 'within') {
    response.destroy();
    return;
  }
  const isLost = fault?.kind === 'lost-answer';
  const { status, data, raw, headers = {} } = isLost ? { status: 502, data: { message: 'Server Error' } } : answer;
  const content = raw?.content ?? Buffer.from(data === undefined ? '' : JSON.stringify(data));
  const type = raw?.type ?? 'application/json; charset=utf-8';
  const etag = `"${createHash('sha1').update(content).digest('hex')}"`;
  if (status === 200 && request?.headers['if-none-match']?.replace(/^W\//, '') === etag) {
    response.writeHead(304, { ...headers, etag }).end();
    return;
  }
  const length = { 'content-length': String(content.byteLength) };
  response.writeHead(status, { ...headers, ...(status === 200 ? { etag } : {}), 'content-type': type, ...length });
  const half = Math.floor(content.byteLength / 2);
  if (fault?.kind === 'cut') {
    await new Promise((resolve) => response.write(content.subarray(0, half), resolve));
    response.destroy();
    return;
  }
  if (fault?.kind === 'slow-body') {
    response.write(content.subarray(0, half));
    await wait(fault.milliseconds);
    response.end(content.subarray(half));
    return;
  }
  response.end(content);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
