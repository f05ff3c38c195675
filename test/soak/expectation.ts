import type { EdgeChange } from '../../src/reachability/change.js';
import type { Destination } from '../../src/reachability/egress-reachability.js';
import { fingerprintOfPair, fingerprintOfRejection } from '../../src/policy/fingerprint.js';
import { GitFailure, runGit } from '../github/stand-in/run-git.js';
import { diffByCommandLine, type DiffJson } from './command-line.js';

/** What ought to stand on GitHub for two states. */
export interface Expectation {
  readonly conclusion: 'success' | 'neutral' | 'failure';
  /** Null for a conflict, of which the command line cannot be asked. */
  readonly diff: DiffJson | null;
  readonly needsReview: boolean;
  /** Asks again, with the pairs that are given waived; null for a conflict. */
  readonly askWaiving: ((pairs: readonly Pair[]) => Promise<DiffJson>) | null;
}

/** A workload and a destination of it. */
interface Pair {
  readonly workload: EdgeChange['workloads'][number];
  readonly destination: Destination;
}

/** Asks the command line about two commits. */
export async function expectFor(gitFolder: string, before: string, after: string): Promise<Expectation> {
  const askWaiving = (pairs: readonly Pair[]): Promise<DiffJson> =>
    diffByCommandLine(gitFolder, before, after, waiverConfiguration(pairs));
  return expectationOf(await diffByCommandLine(gitFolder, before, after), askWaiving);
}

/** What is accepted for one commit, as a configuration may waive it. */
function waiverConfiguration(pairs: readonly Pair[]): string {
  const waivers = pairs.map(({ workload: { namespace, kind, name }, destination: { host, port } }) => ({
    scope: { workload: `${namespace}/${kind}/${name}`, host: `${host}:${port}` },
    reason: 'accepted',
    owner: 'soak',
    expires: '9999-12-31',
  }));
  return JSON.stringify({ waivers });
}

function expectationOf(diff: DiffJson, askWaiving: Expectation['askWaiving']): Expectation {
  const has = (severity: string): boolean => diff.changes.some((change) => change.severity === severity);
  return {
    conclusion: diff.verdict !== 'pass' ? 'failure' : has('warning') ? 'neutral' : 'success',
    diff,
    needsReview: diff.verdict !== 'pass' || has('failure') || has('warning'),
    askWaiving,
  };
}

/** What is left to expect where findings were accepted. What cannot be determined is no finding, and shows only once nothing
 * fails any more.
 *
 * @param accepted the findings' names, see `fingerprintOfPair`. */
export async function withoutAccepted(expected: Expectation, accepted: ReadonlySet<string>): Promise<Expectation> {
  const { diff, askWaiving } = expected;
  if (diff?.verdict !== 'fail' || accepted.size === 0 || !askWaiving) return expected;
  const waived: Pair[] = [];
  const changes = diff.changes.flatMap((change) => {
    if (change.severity !== 'failure') return [change];
    const pairs = change.workloads.flatMap((workload) =>
      change.destinations.map((destination) => ({ workload, destination })),
    );
    const isAccepted = ({ workload, destination }: Pair): boolean =>
      accepted.has(fingerprintOfPair(change, workload, destination));
    waived.push(...pairs.filter(isAccepted));
    return pairs
      .filter((pair) => !isAccepted(pair))
      .map(({ workload, destination }) => ({ ...change, workloads: [workload], destinations: [destination] }));
  });
  const rejected = diff.rejected.filter((rejection) => !accepted.has(fingerprintOfRejection(rejection)));
  const fails = rejected.length > 0 || changes.some(({ severity }) => severity === 'failure');
  const verdict = fails ? 'fail' : (await askWaiving(waived)).verdict;
  return expectationOf({ ...diff, changes, rejected, verdict }, askWaiving);
}

/** What was found for two commits, which stays true wherever they lie. */
const KNOWN = new Map<string, Promise<Expectation>>();

/** Asks about a pull request: its base against its head merged into it, by git's own merge. */
export function expectForPull(gitFolder: string, base: string, head: string): Promise<Expectation> {
  const key = `${base} ${head}`;
  const known = KNOWN.get(key) ?? mergeAndExpect(gitFolder, base, head);
  KNOWN.set(key, known);
  return known;
}

async function mergeAndExpect(gitFolder: string, base: string, head: string): Promise<Expectation> {
  const merge = await mergeByGit(gitFolder, base, head);
  if (merge === null) return { conclusion: 'failure', diff: null, needsReview: false, askWaiving: null };
  return expectFor(gitFolder, base, merge);
}

async function mergeByGit(gitFolder: string, base: string, head: string): Promise<string | null> {
  try {
    const tree = (await runGit(gitFolder, ['merge-tree', '--write-tree', base, head])).toString('utf8').trim();
    const args = ['commit-tree', tree, '-p', base, '-p', head, '-m', 'To be judged'];
    return (await runGit(gitFolder, args)).toString('utf8').trim();
  } catch (error) {
    if (error instanceof GitFailure && error.code === 1) return null;
    throw error;
  }
}

const OPENINGS = { fail: '**Fails', undetermined: '**Undetermined', pass: '**Passes' } as const;

/** What is wrong with a review's body, by the command line's JSON; empty when it is right. */
export function problemsOfBody(body: string, { diff, needsReview }: Expectation): readonly string[] {
  const text = body.replace(/^<!--.*-->\r?\n/, '');
  if (diff === null) return [];
  if (!needsReview) {
    return /^\*\*(?:Resolved|Passes)/.test(text) && !text.startsWith('**Passes with warnings')
      ? []
      : [`it says "${firstLine(text)}", where there is nothing to warn of`];
  }
  const problems = text.startsWith(OPENINGS[diff.verdict]) ? [] : [`it says "${firstLine(text)}" of ${diff.verdict}`];
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  for (const { workloads, destinations, before, after, severity } of diff.changes) {
    if (severity !== 'failure' && severity !== 'warning') continue;
    for (const workload of workloads) {
      for (const { host, port } of destinations) {
        const words = [
          `${workload.namespace}/${workload.kind}/${workload.name}`,
          `${host}:${port}`,
          `**${severity}**`,
          ...new Set([`\`${before}\``, `\`${after}\``]),
        ];
        if (rows.some((row) => words.every((word) => row.includes(word)))) continue;
        problems.push(`no row says ${words.join(' ')}`);
      }
    }
  }
  return problems;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 120) ?? '';
}
