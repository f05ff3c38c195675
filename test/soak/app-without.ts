import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { Probot } from 'probot';
import { EmbeddedQueue } from '../../src/github/embedded-queue.js';
import { EmbeddedExclusive, type Lease } from '../../src/github/exclusive.js';
import type { GitHubClient } from '../../src/github/github-client.js';
import type { Job, Task } from '../../src/github/job.js';
import { serve } from '../../src/github/serve.js';

/**
 * `tsx app-without.ts PART`: the App with one part taken out, for a soak that has to end badly. The parts are taken out here,
 * from the outside; the App itself cannot be told to do without them.
 */
const PARTS: Readonly<Record<string, () => void>> = {
  reconciler: () => {
    process.env['RECONCILE_SECONDS'] = '0';
  },
  deduplication: leaveOutDeduplication,
  supersession: leaveOutSupersession,
};

const leaveOut = PARTS[process.argv[2] ?? ''];
if (!leaveOut) throw new Error(`Without which part? ${Object.keys(PARTS).join(', ')}`);
leaveOut();
await serve();

/** Every delivery is work of its own, and nobody looks whether the commit has a check run already. */
function leaveOutDeduplication(): void {
  changeJobs((job) => ({ ...job, key: randomUUID() }));
  const lease: Lease = { assertHeld: () => Promise.resolve(), lost: new AbortController().signal };
  EmbeddedExclusive.prototype.run = (_key, work) => work(lease);
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await send(input, init);
    const address = input instanceof Request ? input.url : String(input);
    if (!response.ok || !/\/commits\/[^/]+\/check-runs\b/.test(address)) return response;
    return Response.json({ total_count: 0, check_runs: [] });
  };
}

/** A job for an older head goes on beside one for a newer head, and never learns that there is one. */
function leaveOutSupersession(): void {
  changeJobs((job) => ({ ...job, key: `${job.key} ${job.version}`, order: '' }));
  const tasks = new AsyncLocalStorage<Task>();
  const start = Reflect.get<EmbeddedQueue, 'start'>(EmbeddedQueue.prototype, 'start');
  EmbeddedQueue.prototype.start = function (this: EmbeddedQueue, run) {
    start.call(this, (job, signal) => tasks.run(job.task, () => run(job, signal)));
  };
  const auth = Reflect.get<Probot, 'auth'>(Probot.prototype, 'auth');
  Probot.prototype.auth = async function (this: Probot, installation) {
    const client = await auth.call(this, installation);
    const task = tasks.getStore();
    return (task?.kind === 'pull_request' ? withUnchangingHead(client, task.pull.headSha) : client) as typeof client;
  };
}

function changeJobs(change: (job: Job) => Job): void {
  const add = Reflect.get<EmbeddedQueue, 'add'>(EmbeddedQueue.prototype, 'add');
  EmbeddedQueue.prototype.add = function (this: EmbeddedQueue, job) {
    return add.call(this, change(job));
  };
}

/** GitHub as seen by somebody for whom the head is the one that the delivery named. */
function withUnchangingHead(client: GitHubClient, headSha: string): GitHubClient {
  const { pulls } = client.rest;
  const get = async (...parameters: Parameters<typeof pulls.get>): Promise<unknown> => {
    const answer = await pulls.get(...parameters);
    if (answer.data.head.sha === headSha) return answer;
    const merge = { mergeable: null, merge_commit_sha: null };
    return { ...answer, data: { ...answer.data, ...merge, head: { ...answer.data.head, sha: headSha } } };
  };
  const changed = Object.create(pulls, { get: { value: get } }) as typeof pulls;
  const rest = Object.create(client.rest, { pulls: { value: changed } }) as GitHubClient['rest'];
  return { request: client.request, paginate: client.paginate, rest };
}
