import { randomUUID } from 'node:crypto';
import process from 'node:process';
import type { GitHubClient } from '../../src/github/github-client.js';
import { Exclusive } from '../../src/github/exclusive.js';
import { JobQueue } from '../../src/github/job-queue.js';
import { serve } from '../../src/github/serve.js';
import { Work } from '../../src/github/work.js';

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
  Exclusive.prototype.run = (_key, work) => work();
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
  const add = Reflect.get<Work, 'addPull'>(Work.prototype, 'addPull');
  Work.prototype.addPull = function (this: Work, client, repository, pull, asked) {
    return add.call(this, withUnchangingHead(client, pull.headSha), repository, pull, asked);
  };
}

function changeJobs(change: (job: Parameters<JobQueue['add']>[0]) => Parameters<JobQueue['add']>[0]): void {
  const add = Reflect.get<JobQueue, 'add'>(JobQueue.prototype, 'add');
  JobQueue.prototype.add = function (this: JobQueue, job) {
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
