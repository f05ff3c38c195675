import { Probot, type Logger } from 'probot';
import { analystHere } from '../../src/github/analyst.js';
import { appOctokit } from '../../src/github/app-octokit.js';
import { fetchFromGitHub, type GitHubClient } from '../../src/github/github-client.js';
import { createBlobCache } from '../../src/github/commit-tree.js';
import { createRenderer } from '../../src/source/render/renderer.js';
import { embeddedCoordination } from '../../src/github/coordination.js';
import { runJob } from '../../src/github/run-job.js';
import { createLog, type Log } from '../../src/github/log.js';
import { Metrics } from '../../src/github/metrics.js';
import { ParsedFileCache } from '../../src/github/parsed-file-cache.js';
import { ConfigurationReader } from '../../src/github/repository-configuration.js';
import { Work } from '../../src/github/work.js';
import type { GitHubStandIn } from './stand-in/github-stand-in.js';

/** What the App is put together of, for tests that need to set a part as no environment variable can. */
export interface AppParts {
  readonly probot: Probot;
  readonly work: Work;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clientOf: (installation: number | null) => Promise<GitHubClient>;
  /** Lets the jobs end. */
  readonly close: () => Promise<void>;
}

export async function makeAppParts({ world }: GitHubStandIn): Promise<AppParts> {
  const { id: appId, privateKey, webhookSecret } = world.app;
  const log = createLog('fatal', () => undefined);
  const coordination = embeddedCoordination({ appId, privateKey, log, concurrency: 4, onError: () => undefined });
  const { queue } = coordination;
  const metrics = new Metrics(
    () => queue.state(),
    () => ({ threads: 0, waiting: 0, running: 0, usedHeapBytes: 0 }),
  );
  const probot = new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    baseUrl: world.apiUrl,
    log: log as unknown as Logger,
    Octokit: appOctokit(world.apiUrl, (installation) => metrics.counting(fetchFromGitHub, installation), coordination),
    request: { fetch: fetchFromGitHub },
  });
  await probot.ready();
  const renderer = createRenderer();
  const services = {
    appId,
    identity: { slug: null },
    process: 'test',
    configurations: new ConfigurationReader(),
    analyst: analystHere({ cache: new ParsedFileCache(), blobs: createBlobCache(), renderer }),
    log,
  };
  const work = new Work(coordination, services, metrics);
  const clientOf = async (installation: number | null): Promise<GitHubClient> => {
    return installation === null ? probot.auth() : probot.auth(installation);
  };
  queue.start((job, signal) => runJob(job, { work, metrics, clientOf }, signal));
  return {
    probot,
    work,
    metrics,
    log,
    clientOf,
    close: async () => {
      await queue.close(20_000, 0);
      await renderer.close();
    },
  };
}
