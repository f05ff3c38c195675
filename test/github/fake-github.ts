import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { structuredPatch } from 'diff';
import { pack } from 'tar-stream';
import { GitStore, type StoredFile } from './git-store.js';
import { OpenApiRequests } from './openapi-requests.js';

export const APP_ID = 4242;
export const APP_SLUG = 'egress-scope-test';

export interface FakePull {
  readonly number: number;
  readonly baseRef: string;
  head: string;
  updatedAt: number;
  state: 'open' | 'closed';
  /** Looks at the pull request before GitHub has its merge commit; infinite when it never has one. */
  looksUntilMerged: number;
  isConflicting: boolean;
}

export interface FakeCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  status: string;
  conclusion: string | null;
  external_id: string | null;
  output: { title: string | null; summary: string | null; annotations_count: number };
  readonly annotations: Record<string, unknown>[];
  /** Every status the run has been in. */
  readonly history: string[];
}

export interface FakeReview {
  readonly id: number;
  readonly login: string;
  body: string;
  readonly event: string;
  readonly commit_id: string;
  readonly comments: readonly {
    readonly path: string;
    readonly line: number;
    readonly side: string;
    readonly body: string;
  }[];
  edits: number;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown> | undefined;
  readonly headers: IncomingMessage['headers'];
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One repository on a GitHub of its own: enough of the REST API for the App, each request held against GitHub's OpenAPI. */
export class FakeGitHub {
  readonly git = new GitStore();
  readonly branches = new Map<string, string>();
  readonly pulls = new Map<number, FakePull>();
  readonly checkRuns: FakeCheckRun[] = [];
  readonly reviews: FakeReview[] = [];
  readonly requests: RecordedRequest[] = [];
  /** What the owner's `.github` repository holds. */
  readonly ownersFiles: Record<string, string> = {};
  /** What GitHub's OpenAPI has against the requests; must stay empty. */
  readonly violations: string[] = [];
  /** Makes matching requests fail: a test's chance to break something. */
  failWith: (method: string, path: string) => number | null = () => null;
  readonly owner = 'acme';
  readonly repo = 'mesh';
  readonly #merges = new Map<string, string>();
  #nextId = 100;
  readonly #openApi = new OpenApiRequests();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        const status = error instanceof Refusal ? error.status : 500;
        this.#send(response, status, {
          message: error instanceof Error ? error.message : 'unknown',
          status: String(status),
        });
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets everything but the objects of git. */
  reset(): void {
    this.branches.clear();
    this.pulls.clear();
    for (const list of [this.checkRuns, this.reviews, this.requests, this.violations]) list.length = 0;
    for (const path of Object.keys(this.ownersFiles)) Reflect.deleteProperty(this.ownersFiles, path);
    this.failWith = () => null;
  }

  openPull(number: number, head: string, baseRef = 'main'): FakePull {
    const pull: FakePull = {
      number,
      baseRef,
      head,
      updatedAt: Date.now(),
      state: 'open',
      looksUntilMerged: 0,
      isConflicting: false,
    };
    this.pulls.set(number, pull);
    return pull;
  }

  /** Number of requests whose path matches. */
  count(method: string, path: RegExp): number {
    return this.requests.filter((request) => request.method === method && path.test(request.path)).length;
  }

  pullPayload(pull: FakePull): Record<string, unknown> {
    const repository = this.repositoryPayload();
    const base = { ref: pull.baseRef, sha: this.branches.get(pull.baseRef), repo: repository };
    return {
      number: pull.number,
      state: pull.state,
      updated_at: new Date(pull.updatedAt).toISOString(),
      head: { ref: 'feature', sha: pull.head, repo: null },
      base,
      ...this.#mergeState(pull),
    };
  }

  repositoryPayload(): Record<string, unknown> {
    const full_name = `${this.owner}/${this.repo}`;
    const html_url = `http://${this.host}/${full_name}`;
    return { id: 7, name: this.repo, full_name, owner: { login: this.owner }, html_url, default_branch: 'main' };
  }

  #mergeState(pull: FakePull): { readonly mergeable: boolean | null; readonly merge_commit_sha: string | null } {
    if (pull.looksUntilMerged > 0) {
      pull.looksUntilMerged -= 1;
      return { mergeable: null, merge_commit_sha: null };
    }
    if (pull.isConflicting) return { mergeable: false, merge_commit_sha: null };
    const base = this.branches.get(pull.baseRef) ?? '';
    const key = `${base} ${pull.head}`;
    const merge = this.#merges.get(key) ?? this.git.merge(base, pull.head);
    if (merge !== null) this.#merges.set(key, merge);
    return { mergeable: merge !== null, merge_commit_sha: merge };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', `http://${this.host}`);
    if (url.pathname.startsWith('/archive/'))
      return this.#sendArchive(response, url.pathname.slice('/archive/'.length));
    const rawPath = url.pathname.replace(/^\/api\/v3/, '');
    const text = await readText(request);
    const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
    const path = decodeURIComponent(rawPath);
    this.requests.push({ method, path, body, headers: request.headers });
    for (const problem of this.#openApi.problemsOf(method, url, rawPath, body)) {
      this.violations.push(`${method} ${path}: ${problem}`);
    }
    if (request.headers['x-github-api-version'] !== '2022-11-28')
      this.violations.push(`${method} ${path}: API version`);
    const failure = this.failWith(method, path);
    if (failure !== null) throw new Refusal(failure, 'told to fail');
    if (method === 'POST' && /^\/app\/installations\/\d+\/access_tokens$/.test(path)) {
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      return this.#send(response, 201, { token: 'ghs_test', expires_at, permissions: {}, repository_selection: 'all' });
    }
    if (request.headers.authorization !== 'token ghs_test') throw new Refusal(401, 'Bad credentials');
    if (method === 'GET' && path === '/user') return this.#send(response, 200, { login: `${APP_SLUG}[bot]` });
    const owners = /^\/repos\/acme\/\.github\/contents\/(.+)$/.exec(path)?.[1];
    if (owners !== undefined && owners in this.ownersFiles) {
      const content = Buffer.from(this.ownersFiles[owners] ?? '').toString('base64');
      return this.#send(response, 200, { type: 'file', encoding: 'base64', content, sha: 'owners', path: owners });
    }
    const prefix = `/repos/${this.owner}/${this.repo}/`;
    if (!path.startsWith(prefix)) throw new Refusal(404, 'Not Found');
    const [status, data] = this.#answer(method, path.slice(prefix.length), body ?? {}, url);
    if (status === 302) {
      response.writeHead(302, { location: data as string }).end();
      return;
    }
    this.#send(response, status, data);
  }

  #answer(method: string, path: string, body: Record<string, unknown>, url: URL): readonly [number, unknown] {
    const route = `${method} ${path}`;
    let match: RegExpExecArray | null;
    if ((match = /^GET git\/commits\/(\w+)$/.exec(route))) return [200, this.#commit(match[1] ?? '')];
    if ((match = /^GET git\/trees\/(\w+)$/.exec(route))) return [200, this.#tree(match[1] ?? '', url)];
    if ((match = /^GET git\/blobs\/(\w+)$/.exec(route))) return [200, this.#blob(match[1] ?? '')];
    if ((match = /^GET tarball\/(\w+)$/.exec(route))) return [302, `http://${this.host}/archive/${match[1] ?? ''}`];
    if ((match = /^GET compare\/(.+)\.\.\.(\w+)$/.exec(route)))
      return [200, this.#compare(match[1] ?? '', match[2] ?? '')];
    if ((match = /^GET commits\/(\w+)\/check-runs$/.exec(route)))
      return [200, this.#listCheckRuns(match[1] ?? '', url)];
    if (route === 'POST check-runs') return [201, this.#createCheckRun(body)];
    if ((match = /^PATCH check-runs\/(\d+)$/.exec(route))) return [200, this.#updateCheckRun(Number(match[1]), body)];
    if ((match = /^GET check-runs\/(\d+)\/annotations$/.exec(route)))
      return [200, this.#checkRun(Number(match[1])).annotations];
    if ((match = /^GET contents\/(.+)$/.exec(route))) return [200, this.#contents(match[1] ?? '', url)];
    if ((match = /^GET pulls\/(\d+)$/.exec(route))) return [200, this.pullPayload(this.#pull(match[1]))];
    if ((match = /^GET pulls\/(\d+)\/files$/.exec(route))) return [200, this.#files(this.#pull(match[1]))];
    if ((match = /^GET pulls\/(\d+)\/reviews$/.exec(route))) return [200, this.reviews.map(reviewJson)];
    if ((match = /^POST pulls\/(\d+)\/reviews$/.exec(route)))
      return [200, this.#createReview(this.#pull(match[1]), body)];
    if ((match = /^PUT pulls\/\d+\/reviews\/(\d+)$/.exec(route)))
      return [200, this.#updateReview(Number(match[1]), body)];
    throw new Refusal(404, 'Not Found');
  }

  #pull(number: string | undefined): FakePull {
    const pull = this.pulls.get(Number(number));
    if (!pull) throw new Refusal(404, 'Not Found');
    return pull;
  }

  #commit(sha: string): unknown {
    const commit = this.git.commits.get(sha);
    if (!commit) throw new Refusal(404, 'Not Found');
    return { sha, tree: { sha: commit.tree }, parents: commit.parents.map((parent) => ({ sha: parent })) };
  }

  #tree(sha: string, url: URL): unknown {
    const tree = this.git.commits.get(sha)?.tree ?? sha;
    const entries = this.git.trees.get(tree);
    if (!entries) throw new Refusal(404, 'Not Found');
    return {
      sha: tree,
      tree: url.searchParams.has('recursive') ? this.git.entriesBelow(tree) : entries,
      truncated: false,
    };
  }

  #blob(sha: string): unknown {
    const content = this.git.blobs.get(sha);
    if (!content) throw new Refusal(404, 'Not Found');
    return { sha, size: content.byteLength, encoding: 'base64', content: Buffer.from(content).toString('base64') };
  }

  #contents(path: string, url: URL): unknown {
    const ref = url.searchParams.get('ref') ?? 'main';
    const commit = this.git.commits.get(this.branches.get(ref) ?? ref);
    if (!commit) throw new Refusal(404, `No commit found for the ref ${ref}`);
    const entry = this.git.entriesBelow(commit.tree).find((each) => each.path === path);
    if (!entry) throw new Refusal(404, 'Not Found');
    const content = Buffer.from(this.git.blobs.get(entry.sha) ?? []).toString('base64');
    return { type: entry.mode === '120000' ? 'symlink' : 'file', encoding: 'base64', content, sha: entry.sha, path };
  }

  #compare(baseRef: string, head: string): unknown {
    const base = this.branches.get(baseRef);
    if (base === undefined) throw new Refusal(404, 'Not Found');
    return {
      base_commit: { sha: base },
      merge_base_commit: { sha: this.git.mergeBase(base, head) },
      commits: [],
      files: [],
    };
  }

  #sendArchive(response: ServerResponse, sha: string): void {
    const archive = pack();
    for (const [path, file] of Object.entries(this.git.filesOf(sha))) {
      if (typeof file === 'string' || file instanceof Uint8Array)
        archive.entry({ name: `acme-mesh-${sha.slice(0, 7)}/${path}` }, Buffer.from(file));
    }
    archive.finalize();
    const chunks: Uint8Array[] = [];
    archive.on('data', (chunk) => chunks.push(chunk as Uint8Array));
    archive.on('end', () => {
      this.requests.push({ method: 'GET', path: `/archive/${sha}`, body: undefined, headers: {} });
      response.writeHead(200, { 'content-type': 'application/x-gzip' }).end(gzipSync(Buffer.concat(chunks)));
    });
  }

  #files(pull: FakePull): readonly unknown[] {
    const base = this.git.filesOf(this.git.mergeBase(this.branches.get(pull.baseRef) ?? '', pull.head));
    const head = this.git.filesOf(pull.head);
    const shas = new Map(
      this.git.entriesBelow(this.git.commits.get(pull.head)?.tree ?? '').map(({ path, sha }) => [path, sha]),
    );
    return [...new Set([...Object.keys(base), ...Object.keys(head)])]
      .filter((path) => JSON.stringify(base[path]) !== JSON.stringify(head[path]))
      .map((filename) => ({
        filename,
        sha: shas.get(filename) ?? null,
        status: base[filename] === undefined ? 'added' : head[filename] === undefined ? 'removed' : 'modified',
        patch: patchOf(base[filename], head[filename]),
      }));
  }

  #listCheckRuns(ref: string, url: URL): unknown {
    const found = this.checkRuns.filter(
      (run) => run.head_sha === ref && run.name === url.searchParams.get('check_name'),
    );
    return { total_count: found.length, check_runs: found.map(checkRunJson) };
  }

  #createCheckRun(body: Record<string, unknown>): unknown {
    const run: FakeCheckRun = {
      id: this.#nextId++,
      name: String(body['name']),
      head_sha: String(body['head_sha']),
      status: 'queued',
      conclusion: null,
      external_id: null,
      output: { title: null, summary: null, annotations_count: 0 },
      annotations: [],
      history: [],
    };
    this.checkRuns.push(run);
    return this.#updateCheckRun(run.id, body);
  }

  #updateCheckRun(id: number, body: Record<string, unknown>): unknown {
    const run = this.#checkRun(id);
    if (body['status'] === 'completed' && typeof body['conclusion'] !== 'string')
      throw new Refusal(422, 'conclusion is missing');
    if (typeof body['status'] === 'string') {
      run.status = body['status'];
      run.conclusion = (body['conclusion'] as string | undefined) ?? null;
      run.history.push(run.status);
    }
    if (typeof body['external_id'] === 'string') run.external_id = body['external_id'];
    const output = body['output'] as
      { title: string; summary: string; annotations?: Record<string, unknown>[] } | undefined;
    if (output) {
      run.annotations.push(...(output.annotations ?? []));
      run.output = { title: output.title, summary: output.summary, annotations_count: run.annotations.length };
    }
    return checkRunJson(run);
  }

  #checkRun(id: number): FakeCheckRun {
    const run = this.checkRuns.find((each) => each.id === id);
    if (!run) throw new Refusal(404, 'Not Found');
    return run;
  }

  #createReview(pull: FakePull, body: Record<string, unknown>): unknown {
    const comments = (body['comments'] ?? []) as FakeReview['comments'];
    const patches = new Map(
      this.#files(pull).map((file) => [(file as { filename: string }).filename, (file as { patch?: string }).patch]),
    );
    for (const { path, line } of comments) {
      if (!shownLines(patches.get(path)).has(line)) {
        throw new Refusal(422, 'Pull request review thread line must be part of the diff');
      }
    }
    if (String(body['body']).length > 65_536) throw new Refusal(422, 'body is too long (maximum is 65536 characters)');
    const review: FakeReview = {
      id: this.#nextId++,
      login: `${APP_SLUG}[bot]`,
      body: String(body['body']),
      event: String(body['event']),
      commit_id: String(body['commit_id']),
      comments,
      edits: 0,
    };
    this.reviews.push(review);
    return reviewJson(review);
  }

  #updateReview(id: number, body: Record<string, unknown>): unknown {
    const review = this.reviews.find((each) => each.id === id);
    if (!review) throw new Refusal(404, 'Not Found');
    review.body = String(body['body']);
    review.edits += 1;
    return reviewJson(review);
  }

  #send(response: ServerResponse, status: number, data: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(data));
  }
}

function checkRunJson({ id, name, head_sha, status, conclusion, external_id, output }: FakeCheckRun): unknown {
  const app = { id: APP_ID, slug: APP_SLUG };
  return { id, name, head_sha, status, conclusion, external_id, output, app };
}

function reviewJson({ id, body, login, commit_id }: FakeReview): unknown {
  return { id, body, user: { login, type: 'Bot' }, commit_id, state: 'COMMENTED' };
}

function patchOf(before: StoredFile | undefined, after: StoredFile | undefined): string | undefined {
  if ((before !== undefined && typeof before !== 'string') || (after !== undefined && typeof after !== 'string'))
    return undefined;
  const { hunks } = structuredPatch('a', 'b', before ?? '', after ?? '', undefined, undefined, { context: 3 });
  return hunks
    .map((hunk) => {
      const header = `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;
      return [header, ...hunk.lines].join('\n');
    })
    .join('\n');
}

/** Independent of the App's own reading of patches: walks the lines and counts. */
function shownLines(patch: string | undefined): ReadonlySet<number> {
  const shown = new Set<number>();
  let line = 0;
  for (const text of (patch ?? '').split('\n')) {
    const start = /^@@ -\S+ \+(\d+)/.exec(text)?.[1];
    if (start !== undefined) line = Number(start);
    else if (text.startsWith('+') || text.startsWith(' ')) shown.add(line++);
  }
  return shown;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
