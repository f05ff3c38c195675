import type { ChangeAnalysis, ChangeSeverity, EdgeChange } from '../reachability/change.js';
import { joinSightings } from '../reachability/collect-changes.js';
import { VERDICTS, type ComparedVerdict } from '../reachability/verdict.js';
import { splitDiagnostics } from './diagnostic-list.js';
import { exemptionCount, openChanges } from './exemptions.js';
import { countUnrendered } from './ledger.js';
import { uniteRuns } from './number-runs.js';
import { changedDestinations } from './row-destinations.js';
import { rateText, seenCalls } from './traffic-words.js';
import { VERDICT_PREDICATES } from './verdict-words.js';
import { count, workloadName } from './workload-name.js';

/** Worst for a user first, as sentences name them. */
const ORDER: readonly ComparedVerdict[] = ['absent', ...[...VERDICTS].reverse()];

/** What the change does, in one sentence of plain text. It stands for the first of the analysis's reasons. */
export function verdictSentence(analysis: ChangeAnalysis): string {
  const rows = openChanges(analysis.changes);
  switch (analysis.verdict) {
    case 'fail':
      return failSentence(analysis, rows);
    case 'undetermined':
      return `Undetermined: ${lowerFirst(analysis.reasons[0] ?? 'what this change does could not be decided.')}`;
    case 'pass':
      return passSentence(rows) + remarked(analysis) + exempted(analysis) + unrendered(analysis);
  }
}

/** What would have failed is not to be overlooked. */
function exempted({ changes }: ChangeAnalysis): string {
  const text = exemptionCount(changes);
  return text === '' ? '' : ` ${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What no verdict says, and is most often a mistake. */
function remarked({ diagnostics }: ChangeAnalysis): string {
  const number = splitDiagnostics(diagnostics).ofChange.length;
  return number === 0 ? '' : ` ${count(number, 'warning')} about the change itself.`;
}

/** What is not known passes only where it has nothing to do with the change; that is to be seen. */
function unrendered({ ledger }: ChangeAnalysis): string {
  const number = countUnrendered(ledger);
  return number === 0 ? '' : ` ${count(number, 'root')} could not be rendered.`;
}

function failSentence(analysis: ChangeAnalysis, rows: readonly EdgeChange[]): string {
  const failures = outcomes(rows, 'failure');
  return failures === ''
    ? `Fails: ${lowerFirst(analysis.reasons[0] ?? 'the gate does not pass.')}`
    : `Fails: ${failures}.`;
}

function passSentence(rows: readonly EdgeChange[]): string {
  if (rows.length === 0) return "Passes: no workload's egress changes.";
  const warnings = outcomes(rows, 'warning');
  if (warnings !== '') return `Passes with warnings: ${warnings}.`;
  const notices = outcomes(rows, 'notice');
  if (notices !== '') return `Passes: nothing that a manifest needs gets worse, though ${notices}.`;
  return 'Passes: nothing gets worse.';
}

/** `3 workloads would call 12 destinations past the mesh, without mutual TLS; …`; empty where no row has the severity. */
function outcomes(rows: readonly EdgeChange[], severity: ChangeSeverity): string {
  const relevant = rows.filter((row) => row.severity === severity);
  const destinations = changedDestinations(rows);
  const clause = (of: readonly EdgeChange[], verb: string, rest: string): string => {
    const called = uniteRuns(of.map((row) => destinations.runsOf(row.destinations)));
    const seen = joinSightings(of.flatMap(({ sighting }) => (sighting?.kind === 'seen' ? [sighting] : [])));
    const rate = rateText(seenCalls(seen));
    const words = [subject(of), 'would', verb, count(destinations.countPorts(called), 'destination'), rest];
    return `${words.filter((word) => word !== '').join(' ')}${rate === '' ? '' : `, at ${rate}`}`;
  };
  const clauses = ORDER.flatMap((verdict) => {
    const plain = relevant.filter((row) => row.after === verdict && row.rerouted === undefined);
    const { before, after } = VERDICT_PREDICATES[verdict];
    return plain.length === 0 ? [] : [clause(plain, before, after)];
  });
  const rerouted = relevant.filter((row) => row.rerouted !== undefined);
  if (rerouted.length > 0) clauses.push(clause(rerouted, 'be sent elsewhere on the way to', ''));
  return clauses.join('; ');
}

function subject(rows: readonly EdgeChange[]): string {
  const workloads = [...new Set(rows.flatMap((row) => row.workloads.map(workloadName)))];
  return workloads.length === 1 ? workloads[0]! : `${workloads.length} workloads`;
}

function lowerFirst(sentence: string): string {
  // A name such as GitHub stays as it is.
  return /^[A-Z][a-z]+\b/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
}
