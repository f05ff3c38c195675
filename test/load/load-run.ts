import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import { MemoryRepository } from '../github/stand-in/memory-repository.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { withCallersApart } from '../soak/callers-apart.js';
import { FAULT_RATE, FAULTS } from '../soak/soak-faults.js';
import { problemsOfTeams } from './judge-teams.js';
import type { Measurement } from './measured-server.js';
import { Replicas } from './replicas.js';
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
  /** It is measured each time that so many deliveries more were sent, of all kinds. */
  readonly measuredEach: number;
  readonly hasFaults: boolean;
  /** The App: `dist/cli/main.js`. */
  readonly main: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Between two look-rounds. */
  readonly reconcileSeconds: number;
  /** Processes of the App; several share a Redis. */
  readonly replicas: number;
  /** How often one or another of them, and Redis, is taken away without a warning, at even distances. */
  readonly kills: number;
  readonly redisKills: number;
}

export interface Moment {
  /** Seconds since the first delivery. */
  readonly at: number;
  readonly deliveries: number;
  /** Of each process; null for one that was down. */
  readonly processes: readonly (Measurement | null)[];
}

export interface LoadResult {
  /** Milliseconds, sorted: as the server has measured them, and as whoever sent the deliveries has. */
  readonly answers: readonly number[];
  readonly answersSeen: readonly number[];
  /** How often a delivery met which fate, `refused` and `unreachable` among them. */
  readonly deliveries: ReadonlyMap<string, number>;
  readonly asked: number;
  /** While there was load. */
  readonly moments: readonly Moment[];
  /** When all was done. */
  readonly end: Moment;
  readonly kills: number;
  readonly redisKills: number;
  /** Heads of open pull requests at the end. */
  readonly heads: number;
  readonly requests: number;
  /** Requests that came although GitHub had asked to wait. */
  readonly impatient: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Of all cores, 0 to 1, while there was load. */
  readonly shares: { readonly app: number; readonly generator: number };
  /** How long the deliveries took to be sent. */
  readonly loadSeconds: number;
  /** Seconds after the last delivery until every check was right; null where that did not come. */
  readonly settledAfter: number | null;
  readonly problems: readonly string[];
  /** Metrics at the end, of the first process. */
  readonly metrics: string;
  readonly folder: string;
}

const SETTLE_MS = 10 * 60_000;
/** Beyond the next look-round, for what it finds to be done again. */
const QUIET_MS = 3000;
const LATE_MS = 8000;
const ASTRAY = 0.1;

/** Runs the App in processes of its own, under load from this one, and judges what it leaves on GitHub. */
export async function runLoad(options: LoadOptions, tell: (text: string) => void): Promise<LoadResult> {
  const { seed, teams: count, namespaces, hasFaults, main, reconcileSeconds } = options;
  const folder = mkdtempSync(join(tmpdir(), 'egress-scope-load-'));
  const github = await GitHubStandIn.start({ makeRepository: () => Promise.resolve(new MemoryRepository()) });
  const teams = new Teams(github, { seed, count, namespaces });
  await teams.create();
  const environment = {
    ...github.appEnvironment,
    RECONCILE_SECONDS: String(reconcileSeconds),
    ...options.environment,
  };
  const replicas = await Replicas.start({ count: options.replicas, main, environment, folder });
  try {
    const [first = '', ...others] = replicas.urls;
    github.sendWebhooksTo(first, ...others);
    const started = performance.now();
    const measure = async (): Promise<Moment> => {
      const deliveries = github.deliveries.log.length;
      const at = (performance.now() - started) / 1000;
      const moment = { at, deliveries, processes: await replicas.measure() };
      tell(`${Math.round(at)} s: ${deliveries} deliveries, ${describeHeaps(moment)}`);
      return moment;
    };
    await measure();
    if (hasFaults) breakThings(github, new SeededRandom(seed));
    const load = await sendLoad(options, { github, teams, replicas, measure });
    github.faults.clear();
    github.deliveries.faults = null;
    const settling = await settle(teams, github, replicas, reconcileSeconds);
    const end = await measure();
    const metrics = await (await fetch(`${first}/metrics`)).text();
    const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
    return {
      ...load,
      ...settling,
      answers: sorted(replicas.answers),
      answersSeen: sorted(github.deliveries.log.flatMap(({ milliseconds }) => milliseconds ?? [])),
      deliveries: github.deliveries.counts,
      end,
      ...{ kills: replicas.kills, redisKills: replicas.redisKills },
      heads: teams.all.reduce((sum, { people }) => sum + people.store.pulls.size, 0),
      requests: github.requests.length,
      impatient: github.rates.impatient,
      faults: github.faults.counts,
      ...{ metrics, folder },
    };
  } finally {
    github.deliveries.target = null;
    await replicas.stop();
    await github.close();
  }
}

interface Underway {
  readonly github: GitHubStandIn;
  readonly teams: Teams;
  readonly replicas: Replicas;
  readonly measure: () => Promise<Moment>;
}

/** Pushes at a steady rate, measures, and takes processes away meanwhile. */
async function sendLoad(
  { seed, rate, seconds, measuredEach, kills, redisKills }: LoadOptions,
  { github, teams, replicas, measure }: Underway,
): Promise<Pick<LoadResult, 'asked' | 'moments' | 'loadSeconds' | 'shares'>> {
  const random = new SeededRandom(seed).fork();
  const asked = rate * seconds;
  const beside: Promise<unknown>[] = [];
  const moments: Moment[] = [];
  const processorBefore = process.cpuUsage();
  const appBefore = replicas.processorSeconds;
  const begin = performance.now();
  let measured = 0;
  for (let sent = 1; sent <= asked; sent += 1) {
    const due = begin + ((sent - 1) / rate) * 1000;
    if (performance.now() < due) await wait(due - performance.now());
    await teams.push();
    // The last time is not at the very end, so that there is load while it comes back.
    const isDue = (times: number): boolean =>
      Math.floor((sent * (times + 1)) / asked) > Math.floor(((sent - 1) * (times + 1)) / asked) && sent < asked;
    if (isDue(kills)) beside.push(replicas.killOne(random, () => github.rates.forgetCallers()));
    if (isDue(redisKills)) beside.push(withCallersApart(github.rates, () => replicas.killRedis(random)));
    if (github.deliveries.log.length >= (measured + 1) * measuredEach) {
      measured += 1;
      beside.push(measure().then((moment) => moments.push(moment)));
    }
  }
  const loadSeconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(processorBefore);
  await Promise.all(beside);
  moments.push(await measure());
  const cores = loadSeconds * availableParallelism();
  const shares = {
    app: (replicas.processorSeconds - appBefore) / cores,
    generator: (user + system) / 1e6 / cores,
  };
  return { asked, moments, loadSeconds, shares };
}

/** Waits until everything is right, and whether it stays so for a look-round. */
async function settle(
  { all }: Teams,
  github: GitHubStandIn,
  replicas: Replicas,
  reconcileSeconds: number,
): Promise<Pick<LoadResult, 'settledAfter' | 'problems'>> {
  const ended = performance.now();
  const look = (): readonly string[] => problemsOfTeams(all, github);
  await github.deliveries.settled();
  let problems = look();
  while (problems.length > 0 && performance.now() - ended < SETTLE_MS && !replicas.hasCrashed) {
    await wait(1000);
    problems = look();
  }
  const settledAfter = problems.length === 0 ? (performance.now() - ended) / 1000 : null;
  if (settledAfter !== null) await wait(reconcileSeconds * 1000 + QUIET_MS);
  await github.deliveries.settled();
  const crash = replicas.hasCrashed ? ['A process of the App has ended by itself.'] : [];
  return { settledAfter, problems: [...look(), ...crash, ...github.violations, ...github.ownProblems] };
}

/** What is on the heaps after a collection of garbage: of each process its main thread and the others. */
export function describeHeaps({ processes }: Moment): string {
  const each = processes.map((measurement) =>
    measurement === null ? 'down' : measurement.heaps.map((heap) => heap.toFixed(0)).join(' + '),
  );
  return `heaps of ${each.join(' | ')} MiB`;
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
