import { randomUUID } from 'node:crypto';
import { Probot, type Logger } from 'probot';
import type { ToolLimits } from '../source/render/run-tool.js';
import { AnalysisPool } from './analysis-pool.js';
import type { AppConfiguration } from './app-configuration.js';
import { appOctokit } from './app-octokit.js';
import { registerCheckRunEvents } from './check-run-events.js';
import { registerCheckSuiteEvents } from './check-suite-events.js';
import { fetchFromGitHub, type GitHubClient } from './github-client.js';
import { registerInstallationEvents } from './installation-events.js';
import { registerIssueCommentEvents } from './issue-comment-events.js';
import type { Lease } from './exclusive.js';
import { fenceWrites } from './fence-writes.js';
import { logFieldsOf } from './job.js';
import { listen } from './listen.js';
import { withLogFields, type Log, type LogFields } from './log.js';
import { registerMergeGroupEvents } from './merge-group-events.js';
import { createMetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';
import { openCoordination } from './open-coordination.js';
import { registerPullRequestEvents } from './pull-request-events.js';
import { registerPushEvents } from './push-events.js';
import { Readiness } from './readiness.js';
import { Reconciler } from './reconciler.js';
import { registerReviewEvents } from './review-events.js';
import { ConfigurationReader } from './repository-configuration.js';
import { createWebhookServer } from './webhook-server.js';
import { runJob } from './run-job.js';
import { whatFollows, Work } from './work.js';

/** Jobs at a time for each thread: most of a job is waiting for GitHub, and what takes a processor waits for the thread. */
const JOBS_OF_A_THREAD = 16;
/** For jobs that the deadline stopped, to end their check runs; they may wait for GitHub meanwhile. */
const GRACE_MS = 5000;

/** What no environment variable sets. */
export interface AppOptions {
  /** Of one rendering, where they are not as usual. */
  readonly renderLimits?: Partial<ToolLimits>;
  /** See `CoordinationOptions`. */
  readonly leaseMs?: number;
}

export interface RunningApp {
  readonly port: number;
  /** Takes no more deliveries, finishes what it can within the deadline, leaves the rest to the next process, and closes. */
  readonly stop: () => Promise<void>;
}

/** Starts the App: Probot for events and authentication, an HTTP server of its own in front, threads behind. */
export async function startApp(
  configuration: AppConfiguration,
  log: Log,
  { renderLimits, leaseMs }: AppOptions = {},
): Promise<RunningApp> {
  const { appId, privateKey, webhookSecret, apiUrl } = configuration;
  const analyst = new AnalysisPool({
    threads: configuration.analysisThreads,
    apiUrl,
    analysisLimitMs: configuration.analysisSeconds * 1000,
    evidenceUrls: configuration.evidenceUrls,
    renderLimits,
    onAnalysis: (seconds) => metrics.observeAnalysis(seconds),
    onDeath: (error, count) => {
      metrics.countThreadDeath();
      log.error({ err: error, count }, 'A thread ended; of its jobs, the one that ended it has failed or will.');
    },
  });
  const coordination = await openCoordination(configuration.redisUrl, {
    appId,
    privateKey,
    log,
    concurrency: JOBS_OF_A_THREAD * analyst.state().threads,
    onError: (error) => log.error({ err: error }, 'A job failed.'),
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  const { queue, leadership } = coordination;
  const metrics = new Metrics(
    () => queue.state(),
    () => analyst.state(),
  );
  const probot = new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    baseUrl: apiUrl,
    // Probot and Octokit call nothing of pino's interface but these methods.
    log: log as unknown as Logger,
    Octokit: appOctokit(apiUrl, (installation) => metrics.counting(fetchFromGitHub, installation), coordination),
    // For tokens, which are not asked for by way of an Octokit.
    request: { fetch: metrics.counting(fetchFromGitHub, null) },
  });
  const services = {
    appId,
    identity: { slug: null },
    process: randomUUID().slice(0, 8),
    configurations: new ConfigurationReader(),
    analyst,
    log,
  };
  await probot.ready();
  const work = new Work(coordination, services, metrics);
  const clientOf = async (installation: number | null): Promise<GitHubClient> => {
    return installation === null ? probot.auth() : probot.auth(installation);
  };
  const clientOfJob = async (installation: number, lease: Lease | null): Promise<GitHubClient> => {
    const client = await probot.auth(installation);
    if (lease) fenceWrites(client, lease);
    return client;
  };
  queue.start((job, signal) => runJob(job, { work, metrics, clientOf: clientOfJob }, signal));
  const intervalMs = configuration.reconcileSeconds * 1000;
  const reconciler = new Reconciler({ clientOf, work, log, metrics, leadership, intervalMs });
  registerPullRequestEvents(probot, work, log);
  registerMergeGroupEvents(probot, work, log);
  registerCheckRunEvents(probot, work, log);
  registerCheckSuiteEvents(probot, work, log);
  registerPushEvents(probot, work, log);
  registerIssueCommentEvents(probot, work, log);
  registerReviewEvents(probot, work, log);
  registerInstallationEvents(probot, reconciler, log);

  const readiness = new Readiness(log, services.identity, coordination);
  const { host, metricsPort } = configuration;
  const showsMetrics = metricsPort === null || (metricsPort !== 0 && metricsPort === configuration.port);
  const server = createWebhookServer({
    secret: webhookSecret,
    log,
    readiness,
    metrics,
    showsMetrics,
    // GitHub waits for the answer, and some events need a question to GitHub before their work is known.
    onDelivery: ({ id, event, payload }) => {
      const delivery = { id, name: event, payload } as Parameters<Probot['receive']>[0];
      void withLogFields({ delivery: id, event, ...repositoryField(payload) }, () =>
        probot.receive(delivery).catch((error: unknown) => {
          log.error({ err: error }, 'A delivery could not be taken; the next look-round will find its work.');
        }),
      );
    },
  });
  const port = await listen(server, host, configuration.port);
  log.info({ host, port }, `Listening on ${host}, port ${port}.`);
  const metricsServer = showsMetrics ? null : createMetricsServer(metrics);
  if (metricsServer) {
    const other = await listen(metricsServer, host, metricsPort ?? 0).catch((error: unknown) => {
      server.close();
      throw error;
    });
    log.info({ host, port: other }, `Metrics on ${host}, port ${other}.`);
  }
  void readiness.askUntilAccepted(() => clientOf(null));
  reconciler.start();
  return {
    port,
    stop: async () => {
      readiness.stop();
      const [unfinished] = await Promise.all([
        queue.close(configuration.drainSeconds * 1000, GRACE_MS),
        reconciler.stop(),
      ]);
      for (const job of unfinished) log.warn(logFieldsOf(job), `Not finished in time; ${whatFollows(job)}.`);
      await coordination.close();
      for (const each of [server, metricsServer]) {
        each?.close();
        each?.closeAllConnections();
      }
      await analyst.close();
    },
  };
}

/** The repository that a payload is about; events of an installation have none. */
function repositoryField(payload: unknown): LogFields {
  const { full_name } = (payload as { readonly repository?: { readonly full_name?: unknown } }).repository ?? {};
  return typeof full_name === 'string' ? { repository: full_name } : {};
}
