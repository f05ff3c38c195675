import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { problemsOfHeaps } from './judge-heaps.js';
import { describeHeaps, percentile, runLoad, type LoadResult, type Moment } from './load-run.js';

/** `npm run load`: the App under deliveries, which teams send at a steady rate, with the faults of the soak. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    teams: { type: 'string', default: '100' },
    namespaces: { type: 'string', default: '20' },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '300' },
    'measured-each': { type: 'string', default: '2000' },
    faults: { type: 'string', default: 'on' },
    /** Mebibytes that each process may have for its objects, so few that caches are full before the end. */
    heap: { type: 'string', default: '768' },
    threads: { type: 'string', default: '2' },
    replicas: { type: 'string', default: '1' },
    /** Of the processes, and of Redis, where there are several. */
    kills: { type: 'string', default: '6' },
    'redis-kills': { type: 'string', default: '4' },
    main: { type: 'string', default: join(import.meta.dirname, '../../dist/cli/main.js') },
  },
});

const replicas = Number(values.replicas);
const MOST_MS = 100;
const MOST_SHOWN = 20;

const result = await runLoad(
  {
    seed: Number(values.seed),
    teams: Number(values.teams),
    namespaces: Number(values.namespaces),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    measuredEach: Number(values['measured-each']),
    hasFaults: values.faults !== 'off',
    main: values.main,
    reconcileSeconds: 30,
    replicas,
    kills: replicas > 1 ? Number(values.kills) : 0,
    redisKills: replicas > 1 ? Number(values['redis-kills']) : 0,
    environment: {
      LOG_LEVEL: 'info',
      NODE_OPTIONS: `--max-old-space-size=${values.heap}`,
      ANALYSIS_THREADS: values.threads,
    },
  },
  (text) => console.error(text),
);

const count = (...fates: readonly string[]): number =>
  fates.reduce((sum, fate) => sum + (result.deliveries.get(fate) ?? 0), 0);
const sent = count('sent', 'late', 'reordered', 'doubled', 'doubled');
const refused = count('refused', 'unreachable');
// A busy generator gives up on deliveries that the server has answered; what a killed process has answered last is not known.
const lost = replicas === 1 ? sent - result.answers.length : refused;
const growth = replicas > 1 ? null : problemsOfHeaps(result.moments.map(({ processes }) => processes[0]?.heaps ?? []));
report(result);
// A process that is taken away takes along what it is just being sent, and one that starts needs the processor.
const isFailed = replicas === 1 && (lost > 0 || percentile(result.answers, 0.99) > MOST_MS);
process.exitCode = result.problems.length > 0 || isFailed || (growth ?? []).length > 0 ? 1 : 0;

function report({ answers, answersSeen, moments, end, problems, shares, settledAfter, ...rest }: LoadResult): void {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  console.log(`${rest.asked} deliveries asked for an answer, in ${rest.loadSeconds.toFixed(0)} s.`);
  console.log(`${sent} of all kinds were sent; ${answers.length} are known to be answered.`);
  console.log(
    `Answers, measured in the server: ${times(answers)}; as whoever sent them saw it: ${times(answersSeen)}.`,
  );
  console.log(
    `Not taken: ${lost}; refused, or given up by whoever sent them: ${refused}. Fates: ${told(rest.deliveries)}.`,
  );
  if (replicas > 1) {
    console.log(
      `Of ${replicas} processes, one was killed ${rest.kills} times; Redis ${rest.redisKills} times, every other time with what it knew.`,
    );
  }
  for (const moment of [...moments, end]) console.log(describeMoment(moment));
  console.log(heapVerdict());
  console.log(
    `Requests to GitHub: ${rest.requests}, ${rest.impatient} in spite of a wait. Faults: ${told(rest.faults)}.`,
  );
  console.log(`Of all cores, the App took ${percent(shares.app)}, the load’s generator ${percent(shares.generator)}.`);
  for (const name of ['egress_scope_analysis_seconds', 'egress_scope_job_seconds', 'egress_scope_jobs_total']) {
    const lines = rest.metrics.split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'));
    console.log(lines.filter((line) => !line.endsWith(' 0')).join('\n'));
  }
  console.log(
    settledAfter === null
      ? `Not every one of ${rest.heads} checks is right.`
      : `Every one of ${rest.heads} checks was right ${settledAfter.toFixed(0)} s after the last delivery.`,
  );
  if (problems.length > 0) console.log(`${problems.length} problems:\n${problems.slice(0, MOST_SHOWN).join('\n')}`);
  console.log(`The App’s log lies in ${rest.folder}.`);
}

function heapVerdict(): string {
  if (growth === null) return 'Whether the heaps grow was not judged.';
  return growth.length === 0 ? 'No heap grew in the last third.' : growth.join('\n');
}

function describeMoment(moment: Moment): string {
  const { at, deliveries, processes } = moment;
  const late = processes.map((each) =>
    each === null ? 'down' : `${each.loopDelay.p99.toFixed(0)}/${each.loopDelay.max.toFixed(0)}`,
  );
  const resident = processes.map((each) => (each === null ? 'down' : each.residentMiB.toFixed(0)));
  const when = `after ${at.toFixed(0)} s and ${deliveries} deliveries`;
  return `${when}: ${describeHeaps(moment)}, resident ${resident.join(' | ')} MiB; the event loop was late, p99/max: ${late.join(' | ')} ms`;
}

function times(sorted: readonly number[]): string {
  const [middle, most, last] = [0.5, 0.99, 1].map((share) => percentile(sorted, share).toFixed(1));
  return `p50 ${middle}, p99 ${most}, max ${last} ms`;
}

function told(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([what, count]) => `${what} ${count}`);
  return entries.length === 0 ? 'none' : entries.join(', ');
}
