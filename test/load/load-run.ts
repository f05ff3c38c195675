import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import { MemoryRepository } from '../github/stand-in/memory-repository.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { FAULT_RATE, FAULTS } from '../soak/soak-faults.js';
import { problemsOfTeams } from './judge-teams.js';
import { MeasuredApp } from './measured-app.js';
import type { Measurement } from './measured-server.js';
import { Teams } from './teams.js';

export interface LoadOptions {
  readonly seed: number;
  /** Repositories, each in an installation of its own. */
  readonly teams: number;
  /** Namespaces of each mesh; 20 make a tenth of S, see bench-mesh.ts. */
  readonly namespaces: number;
  /** Deliveries a second that ask for an answer; what GitHub tells beside comes on top. */
  readonly rate: number;
  readonly seconds: number;
  /** How often it is measured, at even distances. */
  readonly measurements: number;
  readonly hasFaults: boolean;
  /** The App: `dist/cli/main.js`. */
  readonly main: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LoadResult {
  /** Milliseconds, sorted: as the server has measured them, and as whoever sent the deliveries has. */
  readonly answers: readonly number[];
  readonly answersSeen: readonly number[];
  /** How often a delivery met which fate, `refused` and `unreachable` among them. */
  readonly deliveries: ReadonlyMap<string, number>;
  readonly asked: number;
  readonly measurements: readonly (Measurement & { readonly at: number; readonly deliveries: number })[];
  readonly requests: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Of all cores, 0 to 1, while there was load. */
  readonly shares: { readonly app: number; readonly generator: number };
  /** Seconds after the last delivery until every check was right; null where that did not come. */
  readonly settledAfter: number | null;
  readonly problems: readonly string[];
  /** The App's metrics at the end. */
  readonly metrics: string;
  readonly folder: string;
}

const SETTLE_MS = 10 * 60_000;
const LATE_MS = 8000;
const ASTRAY = 0.1;

/** Runs the App in a process of its own, under load from this one, and judges what it leaves on GitHub. */
export async function runLoad(options: LoadOptions, tell: (text: string) => void): Promise<LoadResult> {
  const { seed, teams: count, namespaces, rate, seconds, measurements, hasFaults, main, environment = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'egress-scope-load-'));
  const github = await GitHubStandIn.start({ makeRepository: () => Promise.resolve(new MemoryRepository()) });
  const teams = new Teams(github, { seed, count, namespaces });
  await teams.create();
  const app = new MeasuredApp(main, { ...github.appEnvironment, ...environment }, join(folder, 'app.log'));
  try {
    const url = await app.url();
    github.sendWebhooksTo(url);
    const taken: LoadResult['measurements'][number][] = [];
    const started = performance.now();
    const measure = async (): Promise<void> => {
      const deliveries = github.deliveries.log.length;
      const at = (performance.now() - started) / 1000;
      taken.push({ ...(await app.measure()), at, deliveries });
      tell(
        `${Math.round(at)} s: ${deliveries} deliveries, heaps of ${taken.at(-1)!.heaps.map(Math.round).join(' + ')} MiB`,
      );
    };
    await measure();
    if (hasFaults) breakThings(github, new SeededRandom(seed));
    const before = process.cpuUsage();
    const begin = performance.now();
    const measuring: Promise<void>[] = [];
    for (let sent = 0; sent < rate * seconds; sent += 1) {
      const due = begin + (sent / rate) * 1000;
      if (performance.now() < due) await wait(due - performance.now());
      await teams.push();
      if (Math.floor(((sent + 1) * measurements) / (rate * seconds)) > measuring.length) measuring.push(measure());
    }
    const elapsed = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(before);
    await Promise.all(measuring);
    const cores = elapsed * availableParallelism();
    const appSeconds = taken.at(-1)!.processorSeconds - taken[0]!.processorSeconds;
    const shares = { app: appSeconds / cores, generator: (user + system) / 1e6 / cores };
    github.faults.clear();
    github.deliveries.faults = null;
    const ended = performance.now();
    await github.deliveries.settled();
    const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
    let problems = problemsOfTeams(teams.all, github);
    while (problems.length > 0 && performance.now() - ended < SETTLE_MS && !app.hasEnded) {
      await wait(1000);
      problems = problemsOfTeams(teams.all, github);
    }
    const settledAfter = problems.length === 0 ? (performance.now() - ended) / 1000 : null;
    await github.deliveries.settled();
    await measure();
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return {
      answers: sorted(taken.flatMap(({ answers }) => answers)),
      answersSeen: sorted(github.deliveries.log.flatMap(({ milliseconds }) => milliseconds ?? [])),
      deliveries: github.deliveries.counts,
      asked: rate * seconds,
      measurements: taken,
      requests: github.requests.length,
      faults: github.faults.counts,
      ...{ shares, settledAfter, metrics, folder },
      problems: [...problems, ...github.violations, ...github.ownProblems],
    };
  } finally {
    github.deliveries.target = null;
    await app.stop();
    await github.close();
  }
}

function breakThings(github: GitHubStandIn, random: SeededRandom): void {
  github.faults.chance = { random: random.fork(), rate: FAULT_RATE, faults: FAULTS };
  const fates = ['lost', 'late', 'doubled', 'reordered'] as const;
  github.deliveries.faults = { random: random.fork(), rate: ASTRAY, fates, lateMs: LATE_MS };
}

/** The value that a share of all are not above. @param sorted not empty. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
