import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { createRenderer } from '../source/render/renderer.js';
import { AnalysisLimit } from './analysis-limit.js';
import { analystHere, type Analyst, type AnswerKind, type Answers } from './analyst.js';
import { BaseCache } from './base-cache.js';
import { createBlobCache } from './commit-tree.js';
import { EvidenceFetcher } from './evidence-fetcher.js';
import { ForwardedRequests } from './forwarded-requests.js';
import type { GitHubClient } from './github-client.js';
import { HEAP_BYTES, isHeapFull } from './heap.js';
import type { JudgeServices } from './judged-pull.js';
import { ParsedFileCache } from './parsed-file-cache.js';
import { packError, type Asked, type FromThread, type ThreadSettings, type ToThread } from './thread-messages.js';

/** Of the heap, for renderings that are kept. */
const RENDERINGS_SHARE = 1 / 16;

/** What is started as a thread: takes questions, and asks the main thread for what GitHub has. */
const port = parentPort;
if (port === null) throw new Error('This is no program; the App starts it as a thread.');
const { apiUrl, analysisLimitMs, evidenceUrls, renderLimits, renderConcurrency } = workerData as ThreadSettings;
const requests = new ForwardedRequests(send, apiUrl);
const jobs = new Map<number, AbortController>();
const cache = new ParsedFileCache();
const bases = new BaseCache();
const services: JudgeServices = {
  cache,
  bases,
  blobs: createBlobCache(),
  evidenceFetcher: new EvidenceFetcher(evidenceUrls),
  renderer: createRenderer({
    cacheBytes: Math.floor(RENDERINGS_SHARE * HEAP_BYTES),
    concurrency: renderConcurrency,
    ...(renderLimits === undefined ? {} : { limits: renderLimits }),
  }),
  onAnalysis: (seconds) => send({ type: 'analysed', seconds }),
};

port.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'ask':
      return void work(message.job, message.asked, new Int32Array(message.stopFlag));
    case 'stop':
      return jobs.get(message.job)?.abort();
    case 'ping':
      return send({ type: 'pong', usedHeapBytes: getHeapStatistics().used_heap_size });
    case 'close':
      return void services.renderer.close().finally(() => process.exit());
    default:
      return requests.take(message);
  }
});
send({ type: 'pong', usedHeapBytes: getHeapStatistics().used_heap_size });

function send(message: FromThread): void {
  port?.postMessage(message);
}

/** What is kept for others goes before a job is given up for want of memory. */
function isFull(): boolean {
  if (!isHeapFull()) return false;
  bases.clear();
  cache.clear();
  return isHeapFull();
}

async function work(job: number, asked: Asked, stopFlag: Int32Array): Promise<void> {
  const controller = new AbortController();
  jobs.set(job, controller);
  const throwIfStopped = (): void => {
    if (Atomics.load(stopFlag, 0) !== 0) throw new Error('Stopped.');
  };
  const newLimit = (): AnalysisLimit => new AnalysisLimit(analysisLimitMs, isFull, throwIfStopped);
  try {
    const analyst = analystHere({ ...services, newLimit });
    send({ type: 'answer', job, answer: await answer(analyst, requests.clientFor(job), asked, controller.signal) });
  } catch (error) {
    send({ type: 'failure', job, error: packError(error) });
  } finally {
    jobs.delete(job);
  }
}

function answer(
  analyst: Analyst,
  client: GitHubClient,
  asked: Asked,
  signal: AbortSignal,
): Promise<Answers[AnswerKind]> {
  switch (asked.kind) {
    case 'pull':
      return analyst.ask('pull', client, asked.question, signal);
    case 'group':
      return analyst.ask('group', client, asked.question, signal);
    case 'call':
      return analyst.ask('call', client, asked.question, signal);
  }
}
