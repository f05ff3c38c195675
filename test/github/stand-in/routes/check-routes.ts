import {
  ok,
  page,
  Refusal,
  repositoryOf,
  resolveCommit,
  type Answer,
  type ApiRequest,
  type Routes,
} from '../api-request.js';
import { checkRunJson, suiteJson } from '../payloads.js';
import type { CheckAction, StoredCheckRun, StoredCheckSuite, StoredRepository } from '../store.js';
import { announceCheckRun, announceCheckSuite } from '../webhooks.js';
import type { World } from '../world.js';

interface CheckRunBody {
  readonly name?: string;
  readonly head_sha?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly output?: {
    readonly title?: string;
    readonly summary: string;
    readonly text?: string;
    readonly annotations?: readonly Record<string, unknown>[];
  };
  readonly actions?: readonly CheckAction[];
}

/** Check runs and check suites. */
export const CHECK_ROUTES: Routes = {
  'POST /repos/{owner}/{repo}/check-runs': createCheckRun,
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': updateCheckRun,
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}': (request) => {
    const repository = repositoryOf(request);
    return ok(checkRunJson(request.world, repository, checkRunOf(request, repository)));
  },
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations': (request) =>
    page(request, checkRunOf(request, repositoryOf(request)).annotations),
  'POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest': (request) => {
    const repository = repositoryOf(request);
    announceCheckRun(request.world, repository, checkRunOf(request, repository), 'rerequested');
    return { status: 201, data: {} };
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': async (request) => {
    const repository = repositoryOf(request);
    const sha = await resolveCommit(repository, request.parameters['ref'] ?? '');
    return listCheckRuns(request, repository, (run) => run.headSha === sha);
  },
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs': (request) => {
    const repository = repositoryOf(request);
    const { id } = suiteOf(request, repository);
    return listCheckRuns(request, repository, (run) => run.suite.id === id);
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/check-suites': async (request) => {
    const repository = repositoryOf(request);
    const sha = await resolveCommit(repository, request.parameters['ref'] ?? '');
    const suites = repository.suites.filter(({ headSha }) => headSha === sha);
    const json = suites.map((suite) => suiteJson(request.world, repository, suite));
    return page(request, json, (shown) => ({ total_count: suites.length, check_suites: shown }));
  },
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}': (request) => {
    const repository = repositoryOf(request);
    return ok(suiteJson(request.world, repository, suiteOf(request, repository)));
  },
  'POST /repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest': (request) => {
    const repository = repositoryOf(request);
    announceCheckSuite(request.world, repository, suiteOf(request, repository), 'rerequested');
    return { status: 201, data: {} };
  },
};

async function createCheckRun(request: ApiRequest): Promise<Answer> {
  const { world, caller } = request;
  if (caller.kind !== 'installation') throw new Refusal(403, 'You must authenticate via a GitHub App.');
  const repository = repositoryOf(request);
  const body = request.body as CheckRunBody;
  const { name = '', head_sha: headSha = '' } = body;
  if ((await repository.git.commit(headSha)) === null) throw new Refusal(422, `No commit found for SHA: ${headSha}`);
  const suite = suiteFor(world, repository, headSha);
  const run: StoredCheckRun = {
    id: world.newId(),
    suite,
    name,
    headSha,
    status: 'queued',
    conclusion: null,
    externalId: null,
    detailsUrl: null,
    startedAt: body.started_at ?? now(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
    history: [],
  };
  change(run, { status: 'queued', ...body });
  repository.checkRuns.push(run);
  forgetOldRuns(repository, run, world.limits.checkRunsOfName);
  announceCheckRun(world, repository, run, 'created');
  if (run.status === 'completed') announceCheckRun(world, repository, run, 'completed');
  return { status: 201, data: checkRunJson(world, repository, run) };
}

function updateCheckRun(request: ApiRequest): Answer {
  const { world, caller } = request;
  if (caller.kind !== 'installation') throw new Refusal(403, 'You must authenticate via a GitHub App.');
  const repository = repositoryOf(request);
  const run = checkRunOf(request, repository);
  const wasCompleted = run.status === 'completed';
  change(run, request.body);
  if (!wasCompleted && run.status === 'completed') announceCheckRun(world, repository, run, 'completed');
  return ok(checkRunJson(world, repository, run));
}

/** A conclusion completes a run; a run that is opened again has none. Annotations are added to those that are there. */
function change(run: StoredCheckRun, body: CheckRunBody): void {
  const status = body.conclusion === undefined ? body.status : 'completed';
  if (status === 'completed' && body.conclusion === undefined) {
    throw new Refusal(422, 'Invalid request.\n\nNo subschema in "anyOf" matched: "conclusion" is missing.');
  }
  if (status !== undefined) {
    run.status = status;
    run.conclusion = body.conclusion ?? null;
    run.completedAt = status === 'completed' ? (body.completed_at ?? now()) : null;
    run.history.push(status);
  }
  run.name = body.name ?? run.name;
  run.externalId = body.external_id ?? run.externalId;
  run.detailsUrl = body.details_url ?? run.detailsUrl;
  run.startedAt = body.started_at ?? run.startedAt;
  run.actions = body.actions ?? run.actions;
  if (body.output) {
    const { title = null, summary, text = null, annotations = [] } = body.output;
    run.output = { title, summary, text };
    run.annotations.push(...annotations);
  }
}

/** The App's suite for a commit: one, made when the commit arrives or when its first run does. */
export function suiteFor(world: World, repository: StoredRepository, headSha: string): StoredCheckSuite {
  const known = repository.suites.find((suite) => suite.headSha === headSha);
  if (known) return known;
  const branch = [...repository.git.refs].find(([name, sha]) => sha === headSha && name.startsWith('refs/heads/'));
  const headBranch = branch?.[0].slice('refs/heads/'.length) ?? null;
  const suite = { id: world.newId(), headSha, headBranch };
  repository.suites.push(suite);
  return suite;
}

function forgetOldRuns(repository: StoredRepository, { suite, name }: StoredCheckRun, limit: number): void {
  const alike = repository.checkRuns.filter((run) => run.suite.id === suite.id && run.name === name);
  for (const old of alike.slice(0, -limit)) repository.checkRuns.splice(repository.checkRuns.indexOf(old), 1);
}

function listCheckRuns(
  request: ApiRequest,
  repository: StoredRepository,
  isListed: (run: StoredCheckRun) => boolean,
): Answer {
  const { query, world } = request;
  const appId = query.get('app_id');
  const found = repository.checkRuns
    .filter(isListed)
    .filter((run) => (query.get('check_name') ?? run.name) === run.name)
    .filter((run) => (query.get('status') ?? run.status) === run.status)
    .filter(() => appId === null || Number(appId) === world.app.id)
    .sort((a, b) => b.id - a.id);
  const isLatest = query.get('filter') !== 'all';
  const shown = isLatest
    ? found.filter((run, index) => found.findIndex((other) => isAlike(run, other)) === index)
    : found;
  const json = shown.map((run) => checkRunJson(world, repository, run));
  return page(request, json, (runs) => ({ total_count: shown.length, check_runs: runs }));
}

function isAlike(a: StoredCheckRun, b: StoredCheckRun): boolean {
  return a.name === b.name && a.suite.id === b.suite.id;
}

function checkRunOf({ parameters }: ApiRequest, { checkRuns }: StoredRepository): StoredCheckRun {
  const run = checkRuns.find(({ id }) => id === Number(parameters['check_run_id']));
  if (!run) throw new Refusal(404, 'Not Found');
  return run;
}

function suiteOf({ parameters }: ApiRequest, { suites }: StoredRepository): StoredCheckSuite {
  const suite = suites.find(({ id }) => id === Number(parameters['check_suite_id']));
  if (!suite) throw new Refusal(404, 'Not Found');
  return suite;
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
