import type { AddressInfo } from 'node:net';
import { Probot, ProbotOctokit, type Logger } from 'probot';
import type { AppConfiguration } from './app-configuration.js';
import { registerCheckRunEvents } from './check-run-events.js';
import { registerCheckSuiteEvents } from './check-suite-events.js';
import { fetchFromGitHub, type GitHubClient } from './github-client.js';
import { registerInstallationEvents } from './installation-events.js';
import { registerIssueCommentEvents } from './issue-comment-events.js';
import { JobQueue } from './job-queue.js';
import type { Log } from './log.js';
import { registerMergeGroupEvents } from './merge-group-events.js';
import { ParsedFileCache } from './parsed-file-cache.js';
import { registerPullRequestEvents } from './pull-request-events.js';
import { registerPushEvents } from './push-events.js';
import { Reconciler } from './reconciler.js';
import { ConfigurationReader } from './repository-configuration.js';
import { createWebhookServer } from './webhook-server.js';
import { Work } from './work.js';

const CONCURRENT_JOBS = 4;
const DRAIN_DEADLINE_MS = 20_000;
const MAX_SECONDARY_RETRIES = 2;

interface OctokitOptions {
  readonly throttle?: object;
}

export interface RunningApp {
  readonly port: number;
  /** Takes no more deliveries, finishes what runs or ends its check runs, and closes. */
  readonly stop: () => Promise<void>;
}

/** Starts the App: Probot for events and authentication, an HTTP server of its own in front. */
export async function startApp(configuration: AppConfiguration, log: Log): Promise<RunningApp> {
  const { appId, privateKey, webhookSecret, apiUrl } = configuration;
  const probot = new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    baseUrl: apiUrl,
    // Probot and Octokit call nothing of pino's interface but these methods.
    log: log as unknown as Logger,
    Octokit: AppOctokit,
    request: { fetch: fetchFromGitHub },
  });
  const queue = new JobQueue(CONCURRENT_JOBS, (job, error) =>
    log.error({ err: error, sha: job.version }, 'A job failed.'),
  );
  const services = { appId, cache: new ParsedFileCache(), configurations: new ConfigurationReader(), log };
  await probot.ready();
  const work = new Work(queue, services);
  const clientOf = async (installation: number | null): Promise<GitHubClient> => {
    return installation === null ? probot.auth() : probot.auth(installation);
  };
  const intervalMs = configuration.reconcileSeconds * 1000;
  const reconciler = new Reconciler({ clientOf, work, log, intervalMs });
  registerPullRequestEvents(probot, work, log);
  registerMergeGroupEvents(probot, work, log);
  registerCheckRunEvents(probot, work, log);
  registerCheckSuiteEvents(probot, work, log);
  registerPushEvents(probot, work, log);
  registerIssueCommentEvents(probot, work, log);
  registerInstallationEvents(probot, reconciler, log);

  let isStopping = false;
  const server = createWebhookServer({
    secret: webhookSecret,
    log,
    isHealthy: () => !isStopping,
    // GitHub waits for the answer, and some events need a question to GitHub before their work is known.
    onDelivery: ({ id, event, payload }) => {
      const delivery = { id, name: event, payload } as Parameters<Probot['receive']>[0];
      probot.receive(delivery).catch((error: unknown) => {
        log.error(
          { err: error, delivery: id, event },
          'A delivery could not be taken; the next look-round will find its work.',
        );
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(configuration.port, configuration.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info({ host: configuration.host, port }, `Listening on ${configuration.host}, port ${port}.`);
  reconciler.start();
  return {
    port,
    stop: async () => {
      isStopping = true;
      await reconciler.stop();
      await queue.close(DRAIN_DEADLINE_MS);
      server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Probot's Octokit, which does not repeat a request that met a secondary rate limit; here it waits as GitHub asks. */
const AppOctokit = ProbotOctokit.defaults((options: OctokitOptions) => ({
  ...options,
  throttle: {
    ...options.throttle,
    onSecondaryRateLimit: (_retryAfter: number, _request: object, _octokit: unknown, retryCount: number) => {
      return retryCount < MAX_SECONDARY_RETRIES;
    },
  },
}));
