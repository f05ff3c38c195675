import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../github/app-process.js';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import { MemoryRepository } from '../github/stand-in/memory-repository.js';
import { MeasuredApp } from '../load/measured-app.js';
import { makeBenchMesh } from './bench-mesh.js';
import { median } from './calibration.js';
import type { MeasuredJob } from './measured-job.js';
import { SIZES, type Parts, type Size } from './mesh-bench.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
const MEASURED_JOB = join(import.meta.dirname, 'measured-job.ts');
/** The first ones find neither the base nor the program warm: an App that runs has judged hundreds. */
const PUSHES = 56;
const COUNTED = 24;
const PAUSE_MS = 300;
const SIDECAR = 'team-0/sidecar.yaml';

/**
 * A push that changes a line of a Sidecar, in the running App, which has judged others of the same base.
 *
 * @param profiles a folder for the profiles of the App's threads; null for none.
 */
export async function measureApp(size: Size, seed: number, profiles: string | null): Promise<Parts> {
  const { files, edits } = makeBenchMesh(SIZES[size], seed);
  const folder = mkdtempSync(join(tmpdir(), 'egress-scope-bench-'));
  const github = await GitHubStandIn.start({ makeRepository: () => Promise.resolve(new MemoryRepository()) });
  const people = await github.createRepository({ files });
  // The pushes are told as pull requests alone, so that nothing else is under way.
  const environment = { ...github.appEnvironment, LOG_LEVEL: 'info', RECONCILE_SECONDS: '0' };
  const profiling = profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const app = new MeasuredApp<readonly MeasuredJob[]>(MAIN, environment, join(folder, 'app.log'), {
    measuring: MEASURED_JOB,
    nodeOptions: profiling,
  });
  try {
    github.sendWebhooksTo(await app.url());
    github.deliveries.events = ['pull_request'];
    const narrowed = edits['sidecar-line'][SIDECAR]!;
    await people.store.git.setRef('refs/heads/change', await makeHead(0));
    const pull = await people.openPullRequest({ head: 'change' });
    for (let push = 1; push <= PUSHES; push += 1) {
      const { head } = pull;
      const isAnswered = (): boolean => {
        const run = people.store.checkRuns.find(({ headSha }) => headSha === head);
        return run?.status === 'completed' && pull.reviews.length === 1;
      };
      await until(isAnswered);
      // Octokit leaves seconds between two writes, as GitHub asks for.
      await wait(PAUSE_MS);
      if (push < PUSHES) await people.forcePush('change', await makeHead(push));
    }
    const jobs = (await app.measure()).slice(-COUNTED);
    const middle = (of: (job: MeasuredJob) => number): number => median(jobs.map(of));
    return {
      analysis: middle(({ analysis }) => analysis),
      total: middle(({ total }) => total),
      'GitHub, apart': middle(({ api }) => api),
      'its throttle, apart': middle(({ throttle }) => throttle),
      requests: middle(({ requests }) => requests),
    };

    function makeHead(push: number): Promise<string> {
      return people.store.git.makeCommit({ [SIDECAR]: `${narrowed}# ${push}\n` }, [people.branch('main')]);
    }
  } finally {
    github.deliveries.target = null;
    await app.stop();
    await github.close();
    rmSync(folder, { recursive: true });
  }
}
