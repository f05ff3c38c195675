import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { LRUCache } from 'lru-cache';
import type { ToolLimits } from '../source/render/run-tool.js';
import type { Analyst, AnswerKind, Answers } from './analyst.js';
import { HEAP_BYTES } from './heap.js';
import type { AnalysesState } from './metrics.js';
import { PoolThread } from './pool-thread.js';
import type { Asked } from './thread-messages.js';

/** What a thread should have, where nobody says how many there are. */
const HEAP_OF_A_THREAD = 2 ** 30;
/** So much longer a queue is waited in for a thread that knows the repository. */
const WORTH_WAITING_FOR = 4;
const MOST_HOMES = 20_000;

export interface PoolOptions {
  /** Null for as many as there are cores, and gibibytes of memory. */
  readonly threads: number | null;
  /** The root of GitHub's REST API; undefined for github.com. */
  readonly apiUrl: string | undefined;
  readonly analysisLimitMs: number;
  /** Where traffic evidence may be fetched from. Default: nowhere. */
  readonly evidenceUrls?: readonly string[];
  /** Of one rendering, where they are not as usual. */
  readonly renderLimits?: Partial<ToolLimits> | undefined;
  /** Called with the seconds that each analysis took. */
  readonly onAnalysis: (seconds: number) => void;
  /** Called when a thread has ended by itself, with how many jobs it was at. */
  readonly onDeath: (reason: unknown, jobs: number) => void;
}

/**
 * Works out answers in threads, so that this one stays free to answer webhooks. A repository's questions go to the thread that
 * had them before, which knows its files, unless others have far less to do. The memory that Node lets the process have is shared
 * out between the threads; one that needs more ends, and with it nothing but the job that needed it.
 */
export class AnalysisPool implements Analyst {
  readonly #threads: readonly PoolThread[];
  readonly #homes = new LRUCache<string, PoolThread>({ max: MOST_HOMES });

  constructor(options: PoolOptions) {
    const { threads, apiUrl, analysisLimitMs, evidenceUrls = [], renderLimits, onAnalysis, onDeath } = options;
    const cores = availableParallelism();
    const count = threads ?? Math.max(1, Math.min(cores, Math.floor(HEAP_BYTES / HEAP_OF_A_THREAD)));
    // It would outrank a thread's own limit, and has done its work for this thread.
    setFlagsFromString('--max-old-space-size=0');
    const heapBytes = Math.floor(HEAP_BYTES / count);
    const renderConcurrency = Math.max(1, Math.ceil(cores / count));
    const settings = { apiUrl, analysisLimitMs, evidenceUrls, renderLimits, renderConcurrency };
    this.#threads = Array.from({ length: count }, () => new PoolThread({ settings, heapBytes, onAnalysis, onDeath }));
  }

  readonly ask: Analyst['ask'] = async (kind, client, question, signal) => {
    signal.throwIfAborted();
    const asked = { kind, question } as Asked;
    const { target } = asked.kind === 'pull' ? asked.question.pull.question : asked.question;
    const thread = this.#threadFor(`${target.owner}/${target.repo}`);
    return (await thread.run(asked, client, signal)) as Answers[typeof kind & AnswerKind];
  };

  state(): AnalysesState {
    const sum = (of: (thread: PoolThread) => number): number => {
      return this.#threads.reduce((total, thread) => total + of(thread), 0);
    };
    return {
      threads: this.#threads.length,
      waiting: sum(({ waiting }) => waiting),
      running: sum(({ running }) => running),
      usedHeapBytes: sum(({ usedHeapBytes }) => usedHeapBytes),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #threadFor(repository: string): PoolThread {
    const home = this.#homes.get(repository);
    const idlest = this.#threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
    const chosen = home && home.load <= idlest.load + WORTH_WAITING_FOR ? home : idlest;
    this.#homes.set(repository, chosen);
    return chosen;
  }
}
