import { memoize } from '../kubernetes/memoize.js';
import { isGating } from '../policy/exempt-changes.js';
import { fingerprintOfPair, fingerprintOfRejection } from '../policy/fingerprint.js';
import type { ChangeAnalysis, EdgeChange } from '../reachability/change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { breachAge, breachCalls, contractName, sortBreaches } from './breaches.js';
import { exemptionText } from './exemptions.js';
import { commonOwners, ownersOf, type OwnersOf } from './owners.js';
import { placeName } from './place.js';
import { joinProtocols, rowDestinationName } from './row-destinations.js';
import { seenCalls, trafficText } from './traffic-words.js';
import { transitionText } from './transition-text.js';
import { verdictSentence } from './verdict-sentence.js';
import { cutText, visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_CHANGES = 20;
const MAX_NAMES = 5;
const MAX_LINE = 1_000;

/** A test case, and why it did not pass. The texts are lines. */
interface TestCase {
  readonly className: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** In one line; where it passed, nothing. */
  readonly message: string;
  readonly details: readonly string[];
}

/**
 * The answer as JUnit's XML, as CI servers read it: a suite for the gate, one of the workloads whose calls change (a test case
 * each), one of what the cluster refuses, one of contracts. A case fails for what fails the gate, and for nothing else.
 */
export function renderJunit(analysis: ChangeAnalysis): string {
  const suites = [
    suite('gate', [gateCase(analysis)]),
    suite('calls', workloadCases(analysis)),
    suite('manifests', rejectionCases(analysis)),
    suite('contracts', breachCases(analysis)),
  ];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="egress-scope">',
    ...suites.flat(),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suite(name: string, cases: readonly TestCase[]): readonly string[] {
  if (cases.length === 0) return [];
  const number = (of: TestCase['outcome']): string => String(cases.filter(({ outcome }) => outcome === of).length);
  const counts = { name, tests: String(cases.length), failures: number('failure'), errors: number('error'), skipped: number('skipped') }; // prettier-ignore
  return [`  <testsuite${attributes(counts)}>`, ...cases.flatMap(testCase), '  </testsuite>'];
}

function testCase({ className, name, outcome, message, details }: TestCase): readonly string[] {
  const open = `    <testcase${attributes({ classname: className, name })}`;
  const text = details.map((line) => escapeXml(cutText(line, MAX_LINE))).join('\n');
  switch (outcome) {
    case 'passed':
      return text === '' ? [`${open}/>`] : [`${open}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
    case 'skipped':
      return [`${open}>`, `      <skipped>${[escapeXml(message), text].join('\n')}</skipped>`, '    </testcase>'];
    case 'failure':
    case 'error':
      return [`${open}>`, `      <${outcome}${attributes({ message })}>${text}</${outcome}>`, '    </testcase>'];
  }
}

function gateCase(analysis: ChangeAnalysis): TestCase {
  const { verdict, reasons } = analysis;
  const outcome = ({ pass: 'passed', fail: 'failure', undetermined: 'error' } as const)[verdict];
  const sentence = verdictSentence(analysis);
  const details = verdict === 'pass' ? [sentence] : reasons;
  return { className: 'gate', name: 'the change passes', outcome, message: sentence, details };
}

function workloadCases(analysis: ChangeAnalysis): readonly TestCase[] {
  const failing = new Set(analysis.failing);
  const byWorkload = new Map<string, { readonly workload: WorkloadRef; readonly changes: EdgeChange[] }>();
  for (const change of analysis.changes) {
    for (const workload of change.workloads) {
      const key = workloadName(workload);
      const known = byWorkload.get(key);
      if (known) known.changes.push(change);
      else byWorkload.set(key, { workload, changes: [change] });
    }
  }
  const fails = memoize((change: EdgeChange) => failsGate(change, failing));
  const describe = memoize(changeLines);
  const owned = ownersOf(analysis);
  return [...byWorkload.values()].map(({ workload, changes }) => {
    const bad = changes.filter(fails);
    const exempt = changes.every(({ exemption }) => exemption !== undefined);
    const [worst] = bad.length > 0 ? bad : changes;
    return {
      className: workload.namespace,
      name: `${workload.kind}/${workload.name}`,
      outcome: bad.length > 0 ? 'failure' : exempt ? 'skipped' : 'passed',
      message: exempt ? exemptionText(worst!.exemption!) : transitionText(worst!),
      details: [...ownerLine(workload, owned), ...firstChanges(bad.length > 0 ? bad : changes, describe)],
    };
  });
}

function firstChanges(
  changes: readonly EdgeChange[],
  describe: (change: EdgeChange) => readonly string[],
): readonly string[] {
  const left = changes.length - MAX_CHANGES;
  return [
    ...changes.slice(0, MAX_CHANGES).flatMap(describe),
    ...(left > 0 ? [`and ${count(left, 'more change')}`] : []),
  ];
}

/** All pairs of a change weigh the same. */
function failsGate(change: EdgeChange, failing: ReadonlySet<string>): boolean {
  const [workload] = change.workloads;
  const destination = change.destinations.at(0);
  if (failing.size === 0 || change.exemption !== undefined || !workload || !destination) return false;
  return failing.has(fingerprintOfPair(change, workload, destination));
}

function changeLines(change: EdgeChange): readonly string[] {
  const { branch, severity, destinations, causes } = change;
  const called = joinProtocols(destinations.slice(0, MAX_NAMES));
  const names = called.first(MAX_NAMES).map(rowDestinationName).join(', ');
  const left = destinations.length - MAX_NAMES;
  const way = branch === undefined ? '' : ` for requests that match ${branch}`;
  return [
    `${severity === 'none' ? 'no finding' : severity}: ${transitionText(change)}`,
    `  to ${names}${left > 0 ? ` and ${left} more` : ''}${way}`,
    ...causes.map((cause) => `  because of ${placeName(cause)}: ${cause.explanation}`),
    ...(change.sighting?.kind === 'seen' ? [`  called: ${trafficText(seenCalls(change.sighting))}`] : []),
  ];
}

function ownerLine(workload: WorkloadRef, of: OwnersOf): readonly string[] {
  const owners = commonOwners([workload], of) ?? [];
  return owners.length === 0 ? [] : [`owned by ${owners.join(', ')}`];
}

/** Those that were refused before, or were accepted, do not fail the gate. */
function rejectionCases({ rejected, failing = [] }: ChangeAnalysis): readonly TestCase[] {
  return rejected.map((rejection) => ({
    className: rejection.namespace,
    name: `${rejection.kind}/${rejection.name}`,
    outcome: failing.includes(fingerprintOfRejection(rejection)) ? 'failure' : 'skipped',
    message: `The cluster would refuse it: ${rejection.message}`,
    details: [placeName(rejection)],
  }));
}

function breachCases(analysis: ChangeAnalysis): readonly TestCase[] {
  return sortBreaches(analysis).map((breach) => ({
    className: breach.contract,
    name: `${breach.workload} to ${breach.host}`,
    outcome: isGating(breach) ? 'failure' : 'skipped',
    message: `${contractName(breach)}: ${breachAge(breach)}`,
    details: [
      breachCalls(breach, MAX_NAMES),
      ...breach.causes.map((cause) => `because of ${placeName(cause)}: ${cause.explanation}`),
    ],
  }));
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(cutText(value, MAX_LINE))}"`)
    .join('');
}

/** As text and in attributes; what XML 1.0 cannot hold at all stands as a replacement character. */
function escapeXml(text: string): string {
  return visibleText(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
