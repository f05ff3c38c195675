import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { percentile, runLoad } from './load-run.js';

/** `npm run load`: the App under deliveries, which teams send at a steady rate, with the faults of the soak. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    teams: { type: 'string', default: '100' },
    namespaces: { type: 'string', default: '20' },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '300' },
    measurements: { type: 'string', default: '6' },
    faults: { type: 'string', default: 'on' },
    main: { type: 'string', default: join(import.meta.dirname, '../../dist/cli/main.js') },
  },
});

const result = await runLoad(
  {
    seed: Number(values.seed),
    teams: Number(values.teams),
    namespaces: Number(values.namespaces),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    measurements: Number(values.measurements),
    hasFaults: values.faults !== 'off',
    main: values.main,
    environment: { LOG_LEVEL: 'info', RECONCILE_SECONDS: '30' },
  },
  (text) => console.error(text),
);

const { answers, answersSeen, deliveries, measurements, shares, problems } = result;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const times = (sorted: readonly number[]): string =>
  `p50 ${percentile(sorted, 0.5).toFixed(1)}, p99 ${percentile(sorted, 0.99).toFixed(1)}, max ${percentile(sorted, 1).toFixed(1)} ms`;
console.log(`${result.asked} deliveries asked for an answer, ${answers.length} of all kinds were answered.`);
console.log(`Answers, measured in the server: ${times(answers)}; as whoever sent them saw it: ${times(answersSeen)}.`);
const late = measurements.map(({ loopDelay }) => `${loopDelay.p99.toFixed(0)}/${loopDelay.max.toFixed(0)}`);
console.log(`The event loop was late, p99/max between two measurements: ${late.join(', ')} ms.`);
const lost = ['refused', 'unreachable'].reduce((sum, fate) => sum + (deliveries.get(fate) ?? 0), 0);
console.log(`Deliveries that were sent and not taken: ${lost}. Their fates: ${told(deliveries)}.`);
for (const { at, deliveries: count, heaps, residentMiB } of measurements) {
  const all = heaps.reduce((sum, heap) => sum + heap, 0);
  const each = heaps.map((heap) => heap.toFixed(0)).join(' + ');
  console.log(
    `after ${at.toFixed(0)} s and ${count} deliveries: heaps ${each} = ${all.toFixed(0)} MiB after a collection, resident ${residentMiB.toFixed(0)} MiB`,
  );
}
console.log(`Requests to GitHub: ${result.requests}. Faults: ${told(result.faults)}.`);
console.log(`Of all cores, the App took ${percent(shares.app)}, the load's generator ${percent(shares.generator)}.`);
for (const name of ['egress_scope_analysis_seconds', 'egress_scope_job_seconds', 'egress_scope_jobs_total']) {
  const lines = result.metrics.split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'));
  console.log(lines.filter((line) => !line.endsWith(' 0')).join('\n'));
}
console.log(
  result.settledAfter === null
    ? `Not every check is right, ${problems.length} problems:\n${problems.slice(0, 20).join('\n')}`
    : `Every check was right ${result.settledAfter.toFixed(0)} s after the last delivery.`,
);
if (result.settledAfter !== null && problems.length > 0) console.log(problems.slice(0, 20).join('\n'));
console.log(`The App’s log lies in ${result.folder}.`);
process.exitCode = problems.length > 0 || lost > 0 || percentile(answers, 0.99) > 100 ? 1 : 0;

function told(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([what, count]) => `${what} ${count}`);
  return entries.length === 0 ? 'none' : entries.join(', ');
}
