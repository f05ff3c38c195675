import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { TYPESCRIPT } from '../github/app-process.js';
import { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import { RedisServer } from '../github/redis-server.js';
import { AppUnderTest } from './app-under-test.js';
import { withCallersApart } from './callers-apart.js';
import { Scenario } from './scenario.js';
import { FAULT_RATE, FAULTS } from './soak-faults.js';
import { recordSoak } from './soak-record.js';

/**
 * `npm run soak`: the App as a process against a GitHub that fails, loses post and sees the App killed again and again.
 * A judge of its own then says whether every pull request has the answer that it ought to have.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200' },
    seed: { type: 'string', default: '20' },
    kills: { type: 'string', default: '10' },
    /** Processes that share the work by a Redis; of one, none is needed. */
    replicas: { type: 'string', default: '1' },
    /** How often Redis is taken away and comes back, every other time without what it knew. */
    'redis-kills': { type: 'string', default: '4' },
    /** Leaves a part of the App out; the judge must notice. */
    without: { type: 'string' },
    /** Between two look-rounds of the App. */
    'reconcile-seconds': { type: 'string', default: '15' },
    /** A kind of fault that is not to happen, to find out what the others do. */
    spare: { type: 'string', multiple: true, default: [] },
    /** Of all deliveries, how many go astray. */
    astray: { type: 'string', default: '0.1' },
    /** Milliseconds between two acts. */
    pace: { type: 'string', default: '500' },
  },
});

const LATE_MS = 8000;
const ACTS_PER_PULL = 3;
const SETTLE_LIMIT_MS = 20 * 60_000;
/** The App lets a head that it could not answer rest before it tries again, longer each time. */
const QUIET_WITH_FAULTS_MS = 30_000;
const QUIET_AFTER_FAULTS_MS = 100_000;

const folder = mkdtempSync(path.join(tmpdir(), 'egress-scope-soak-'));
const requests = Number(values.requests);
const seed = Number(values.seed);
const random = new SeededRandom(seed);
const started = Date.now();

const github = await GitHubStandIn.start();
const looks = random.fork();
github.world.looksUntilMerged = () => looks.integer(3);
const main = path.join(import.meta.dirname, '../../dist/bin/egress-scope.js');
const crippled = path.join(import.meta.dirname, 'app-without.ts');
const command = values.without === undefined ? [main, 'serve'] : [...TYPESCRIPT, crippled, values.without];
const environment = {
  ...github.appEnvironment,
  LOG_LEVEL: 'info',
  RECONCILE_SECONDS: values['reconcile-seconds'],
};
const count = Number(values.replicas);
const redis = count > 1 ? await RedisServer.start({ isPersistent: true }) : null;
const shared: Readonly<Record<string, string>> = redis === null ? {} : { EGRESS_SCOPE_REDIS_URL: redis.url };
const replicas: AppUnderTest[] = [];
for (let index = 0; index < count; index++) {
  const log = path.join(folder, count > 1 ? `app-${index + 1}.log` : 'app.log');
  replicas.push(await AppUnderTest.create(command, { ...environment, ...shared }, log));
}
let redisKills = 0;
const scenario = new Scenario(github, seed, requests);
await scenario.createRepositories();
await Promise.all(replicas.map((replica) => replica.start()));
const [first = '', ...others] = replicas.map(({ url }) => url);
github.sendWebhooksTo(first, ...others);
const faults = FAULTS.filter(({ kind }) => !values.spare.includes(kind));
github.faults.chance = { random: random.fork(), rate: FAULT_RATE, faults };
github.deliveries.faults = {
  random: random.fork(),
  rate: Number(values.astray),
  fates: ['lost', 'late', 'doubled', 'reordered'],
  lateMs: LATE_MS,
};

await runActs();
await settle(QUIET_WITH_FAULTS_MS);
github.faults.clear();
github.deliveries.faults = null;
await settle(QUIET_AFTER_FAULTS_MS);
await Promise.all(replicas.map((replica) => replica.stop()));
report();
console.log(`The App’s log and the record lie in ${folder}.`);
writeFileSync(path.join(folder, 'record.json'), JSON.stringify(recordSoak(github, scenario.accepts)));
process.exitCode = await judge();
await github.close();
await redis?.stop();

/** Everything that people do, with the App and Redis killed at even distances; the last time when all is done. */
async function runActs(): Promise<void> {
  const acts = requests * (1 + ACTS_PER_PULL);
  const isDue = (act: number, times: number): boolean =>
    Math.floor((act * times) / acts) > Math.floor(((act - 1) * times) / acts);
  for (let act = 1; act <= acts; act++) {
    await scenario.act(scenario.left / (acts - act + 1));
    await wait(Number(values.pace) * 2 * random.next());
    if (isDue(act, Number(values.kills))) await killAndRestart();
    if (redis && isDue(act, Number(values['redis-kills']))) await restartRedis(redis);
    if (act % 100 === 0) progress(`${act} of ${acts} acts`);
  }
}

async function killAndRestart(): Promise<void> {
  const app = random.pick(replicas);
  await app.kill();
  await wait(1000 * random.next());
  github.rates.forgetCallers();
  await app.start();
  progress(`killed ${sum(({ kills }) => kills)} times`);
}

async function restartRedis(server: RedisServer): Promise<void> {
  redisKills += 1;
  await withCallersApart(github.rates, () =>
    server.restart({ downMs: 8000 * random.next(), isForgetful: redisKills % 2 === 0 }),
  );
  progress(`Redis killed ${redisKills} times`);
}

function sum(of: (app: AppUnderTest) => number): number {
  return replicas.reduce((total, app) => total + of(app), 0);
}

/** Waits until the App has written nothing for a while; it looks round for ever. */
async function settle(quietMs: number): Promise<void> {
  const deadline = Date.now() + SETTLE_LIMIT_MS;
  await github.deliveries.settled();
  const started = Date.now();
  while (Date.now() < deadline) {
    const last = github.requests.findLast(({ method, path }) => method !== 'GET' && path.startsWith('/repos/'));
    if (Date.now() - Math.max(last?.at ?? 0, started) > quietMs) break;
    await wait(500);
  }
  await github.deliveries.settled();
  progress('quiet');
}

function report(): void {
  const { requests: all } = github;
  const failed = all.filter(({ fault }) => fault !== null).length;
  const sections: readonly (readonly [string, ReadonlyMap<string, number>])[] = [
    ['People', scenario.counts],
    [`Deliveries (${github.deliveries.log.length})`, github.deliveries.counts],
    [`Faults (${failed} of ${all.length} requests)`, github.faults.counts],
    ['Operations', countBy(all.map(({ operation }) => operation))],
    ['Answers', countBy(all.map(({ status }) => String(status)))],
  ];
  console.log(`Seed ${seed}, ${requests} pull requests, ${Math.round((Date.now() - started) / 1000)} seconds.`);
  console.log(
    `The App was killed ${sum(({ kills }) => kills)} times and ended ${sum(({ crashes }) => crashes)} times by itself.`,
  );
  if (redis) console.log(`There were ${count} replicas; Redis was killed ${redisKills} times.`);
  console.log(
    `${github.rates.impatient} requests ignored a wait that GitHub had asked for; ${github.rates.unaware} could not know.`,
  );
  for (const [title, counts] of sections) {
    console.log(`${title}:`);
    for (const [what, count] of [...counts].sort(([a], [b]) => a.localeCompare(b))) console.log(`  ${what}: ${count}`);
  }
}

function countBy(items: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** The judge is a process of its own, and sees the record and git alone. */
function judge(): Promise<number> {
  const script = path.join(import.meta.dirname, 'judge.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

function progress(text: string): void {
  console.error(`${Math.round((Date.now() - started) / 1000)} s: ${text}, ${github.requests.length} requests`);
}
