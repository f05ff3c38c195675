import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { apiRouteOf } from './api-route.js';
import type { JobOutcome } from './check-run-session.js';
import { ADMISSIONS, type Admission, type QueueState } from './job-queue.js';
import type { Task } from './job.js';

/** What became of a delivery at the door. */
export type DeliveryOutcome =
  'accepted' | 'stopping' | 'content-type' | 'headers' | 'too-large' | 'busy' | 'signature' | 'not-json' | 'incomplete';

const JOB_KINDS = ['pull_request', 'merge_group'] as const;
const JOB_OUTCOMES = ['answered', 'unchanged', 'superseded', 'unanswered', 'error'] as const;

export type JobKind = (typeof JOB_KINDS)[number];

/** What the threads are at that work out answers. */
export interface AnalysesState {
  readonly threads: number;
  readonly waiting: number;
  readonly running: number;
  readonly usedHeapBytes: number;
}

interface Budget {
  readonly remaining: number;
  readonly limit: number;
  /** Seconds since the epoch, when GitHub fills it up again. */
  readonly reset: number;
}

/** Anybody may write any name into an unsigned delivery's header; others count as `other`. */
const EVENTS: ReadonlySet<string> = new Set([
  'check_run',
  'check_suite',
  'installation',
  'installation_repositories',
  'issue_comment',
  'merge_group',
  'ping',
  'pull_request',
  'pull_request_review',
  'push',
]);
/** Of more installations than these, those with the least budget are shown. */
const MOST_INSTALLATIONS = 100;
const ANALYSIS_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
const JOB_BUCKETS = [0.3, 1, 3, 10, 30, 60, 120, 300, 600];

/**
 * What the App counts about itself, for Prometheus. No label holds the name of a repository, a person or a branch, and every
 * label has a bounded number of values.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #budgets = new Map<number, Budget>();
  readonly #deliveries = this.#counter('deliveries_total', 'Webhook deliveries.', ['event', 'outcome']);
  readonly #jobs = this.#counter('jobs_total', 'Jobs that ended.', ['kind', 'outcome']);
  readonly #admissions = this.#counter('jobs_asked_for_total', 'Jobs that were asked for, and what became of that.', [
    'kind',
    'admission',
  ]);
  readonly #verdicts = this.#counter('verdicts_total', 'Check runs completed with an answer.', [
    'verdict',
    'conclusion',
  ]);
  readonly #requests = this.#counter('github_requests_total', 'Requests to GitHub, repetitions included.', [
    'method',
    'route',
    'status',
  ]);
  readonly #lookRounds = this.#counter('look_rounds_total', 'Look-rounds that ended.', ['outcome']);
  readonly #jobSeconds = new Histogram({
    name: 'egress_scope_job_seconds',
    help: 'From the start of a job to its end, requests to GitHub included.',
    labelNames: ['kind'] as const,
    buckets: JOB_BUCKETS,
    registers: [this.#registry],
  });
  readonly #analysisSeconds = new Histogram({
    name: 'egress_scope_analysis_seconds',
    help: 'Working out what a change does, once its manifests are read.',
    buckets: ANALYSIS_BUCKETS,
    registers: [this.#registry],
  });

  readonly #threadDeaths = this.#counter('analysis_thread_deaths_total', 'Threads that ended by themselves.', []);

  /** @param queue asked, as is `analyses`, whenever the metrics are. */
  constructor(queue: () => Promise<QueueState>, analyses: () => AnalysesState) {
    collectDefaultMetrics({ register: this.#registry });
    // An increase is seen only from a sample on that was there before.
    for (const kind of JOB_KINDS) for (const outcome of JOB_OUTCOMES) this.#jobs.inc({ kind, outcome }, 0);
    for (const kind of ['pull_request', 'merge_group', 'explain'] as const) {
      for (const admission of ADMISSIONS) this.#admissions.inc({ kind, admission }, 0);
    }
    for (const outcome of ['complete', 'incomplete']) this.#lookRounds.inc({ outcome }, 0);
    this.#gauge('jobs_waiting', 'Jobs that wait for their turn.', async () => (await queue()).waiting);
    this.#gauge('jobs_running', 'Jobs that run.', async () => (await queue()).running);
    this.#gauge('oldest_waiting_job_seconds', 'How long the oldest waiting job has waited.', async () => {
      return (await queue()).oldestWaitingSeconds;
    });
    this.#gauge('analysis_threads', 'Threads that work out answers.', () => analyses().threads);
    this.#gauge('analyses_waiting', 'Analyses that wait for a thread.', () => analyses().waiting);
    this.#gauge('analyses_running', 'Analyses that a thread is at, waiting for GitHub included.', () => {
      return analyses().running;
    });
    this.#gauge('analysis_heap_used_bytes', 'What all threads have on their heaps, as they last told.', () => {
      return analyses().usedHeapBytes;
    });
    const budgets = this.#budgets;
    new Gauge({
      name: 'egress_scope_github_remaining_requests',
      help: 'What is left of an installation’s rate limit, by GitHub’s last answer and until the limit is reset.',
      labelNames: ['installation'] as const,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [installation, { remaining }] of shownBudgets(budgets)) this.set({ installation }, remaining);
      },
    });
  }

  countDelivery(event: string | null, outcome: DeliveryOutcome): void {
    this.#deliveries.inc({ event: event !== null && EVENTS.has(event) ? event : 'other', outcome });
  }

  /** @param outcome null where a bug ended the job. */
  countJob(kind: JobKind, outcome: JobOutcome | null, seconds: number): void {
    this.#jobSeconds.observe({ kind }, seconds);
    this.#jobs.inc({ kind, outcome: outcomeWord(outcome) });
    if (outcome?.verdict && outcome.conclusion) {
      this.#verdicts.inc({ verdict: outcome.verdict, conclusion: outcome.conclusion });
    }
  }

  countAdmission(kind: Task['kind'], admission: Admission): void {
    this.#admissions.inc({ kind, admission });
  }

  observeAnalysis(seconds: number): void {
    this.#analysisSeconds.observe(seconds);
  }

  countThreadDeath(): void {
    this.#threadDeaths.inc();
  }

  countLookRound(outcome: 'complete' | 'incomplete'): void {
    this.#lookRounds.inc({ outcome });
  }

  /** What is left of an installation's rate limit, of 1, by GitHub's last answer; null where that is not known any more. */
  shareLeft(installation: number): number | null {
    const budget = this.#budgets.get(installation);
    return budget && budget.limit > 0 && budget.reset > Date.now() / 1000 ? budget.remaining / budget.limit : null;
  }

  /** A `fetch` that counts, and notes what GitHub says is left of the rate limit.
   *
   * @param installation whose token the requests carry; null for the App's own. */
  counting(fetchAny: typeof fetch, installation: number | null): typeof fetch {
    return async (input, init) => {
      const method = init?.method ?? 'GET';
      const route = apiRouteOf(input instanceof Request ? input.url : String(input));
      try {
        const response = await fetchAny(input, init);
        this.#requests.inc({ method, route, status: String(response.status) });
        // An installation's token is asked for in the App's name, which has a budget of its own.
        if (installation !== null && !route.startsWith('/app')) this.#noteBudget(installation, response.headers);
        return response;
      } catch (error) {
        this.#requests.inc({ method, route, status: 'none' });
        throw error;
      }
    };
  }

  /** In Prometheus' text format. */
  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #noteBudget(installation: number, headers: Headers): void {
    const remaining = headers.get('x-ratelimit-remaining');
    if (remaining === null) return;
    const reset = Number(headers.get('x-ratelimit-reset'));
    const limit = Number(headers.get('x-ratelimit-limit'));
    this.#budgets.set(installation, { remaining: Number(remaining), limit, reset });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `egress_scope_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name: `egress_scope_${name}`,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}

/** How a job ended, in one word; null stands for a bug. */
export function outcomeWord(outcome: JobOutcome | null): (typeof JOB_OUTCOMES)[number] {
  if (outcome === null) return 'error';
  if (outcome.kind === 'settled') return outcome.conclusion === null ? 'unchanged' : 'answered';
  return outcome.kind;
}

/** Forgets the budgets that GitHub has filled up since, and gives the smallest of the rest. */
function shownBudgets(budgets: Map<number, Budget>): readonly (readonly [number, Budget])[] {
  const now = Date.now() / 1000;
  for (const [installation, { reset }] of budgets) if (reset < now) budgets.delete(installation);
  return [...budgets].sort(([, a], [, b]) => a.remaining - b.remaining).slice(0, MOST_INSTALLATIONS);
}
