import { isGating } from '../policy/exempt-changes.js';
import {
  fingerprintOfBreach,
  fingerprintOfDiagnostic,
  fingerprintOfPair,
  fingerprintOfRejection,
} from '../policy/fingerprint.js';
import type { ChangeAnalysis, ContractBreach, EdgeChange, Exemption, SeenEdge } from '../reachability/change.js';
import { destinationKey } from '../reachability/destination.js';
import type { Destination, WorkloadRef } from '../reachability/egress-reachability.js';
import { workloadKey } from '../reachability/evaluate-mesh.js';
import { breachAge, contractName, sortBreaches } from './breaches.js';
import { DOCS_URL } from './doc-links.js';
import { EMBEDDED } from './embedded.js';
import { exemptionText } from './exemptions.js';
import { toJsonText } from './json-text.js';
import { knownLine, placeCaution, type Place } from './place.js';
import { sarifRule, type RuleId, type SarifLevel } from './sarif-rules.js';
import { seenCalls, trafficText } from './traffic-words.js';
import { transitionText } from './transition-text.js';
import { verdictSentence } from './verdict-sentence.js';
import { VERDICT_WORDS } from './verdict-words.js';
import { cutText, visibleText } from './visible-text.js';
import { count, destinationName, workloadName } from './workload-name.js';

/**
 * Code scanning takes 25,000 results and shows the first 5,000.
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
const MAX_RESULTS = 5_000;
const MAX_CAUSES = 10;
const MAX_MESSAGE = 4_000;
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const SEVERITY_LEVELS = { failure: 'error', warning: 'warning', notice: 'note' } as const;
const DIAGNOSTIC_LEVELS = { error: 'warning', warning: 'note' } as const;

/** One result, before rules have their numbers. */
interface Finding {
  readonly rule: RuleId;
  readonly level: SarifLevel;
  readonly message: string;
  /** Where a reader begins; the others are related. */
  readonly places: readonly Place[];
  readonly fingerprint: string;
  readonly exemption?: Exemption | undefined;
}

/**
 * The findings as SARIF 2.1.0, for code scanning and other viewers; worst first, and what goes beyond their limits counted. A
 * finding is a pair of workload and destination: its fingerprint stays while lines move about. Paths begin at the tree's root.
 */
export function renderSarif(analysis: ChangeAnalysis): string {
  const { findings, left } = firstFindings(analysis);
  const rules = new Map<RuleId, { readonly index: number; readonly rule: object }>();
  for (const { rule, level } of findings) {
    if (!rules.has(rule)) rules.set(rule, { index: rules.size, rule: sarifRule(rule, level) });
  }
  const driver = {
    name: 'egress-scope',
    version: EMBEDDED.version,
    informationUri: DOCS_URL,
    rules: [...rules.values()].map(({ rule }) => rule),
  };
  return toJsonText({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        automationDetails: { id: 'egress-scope/' },
        invocations: [invocation(analysis, left)],
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => result(finding, rules.get(finding.rule)!.index)),
      },
    ],
  });
}

/** Findings that weigh the same, made when there is room for them: a change can have millions of pairs. */
interface Findings {
  readonly level: SarifLevel | null;
  readonly size: number;
  readonly list: () => Iterable<Finding>;
}

/** The worst findings, and how many there is no room for. */
function firstFindings(analysis: ChangeAnalysis): { readonly findings: readonly Finding[]; readonly left: number } {
  const groups: readonly Findings[] = [
    ...[...rejectionFindings(analysis), ...diagnosticFindings(analysis)].map((finding) => {
      return { level: finding.level, size: 1, list: () => [finding] };
    }),
    ...sortBreaches(analysis).map((breach) => {
      return { level: breachLevel(breach), size: countPairs(breach), list: () => breachFindings(breach) };
    }),
    ...analysis.changes.map((change) => {
      return { level: changeLevel(change), size: countPairs(change), list: () => changeFindings(change) };
    }),
  ];
  const findings: Finding[] = [];
  let left = 0;
  for (const level of ['error', 'warning', 'note'] as const) {
    for (const { size, list } of groups.filter((group) => group.level === level)) {
      const room = Math.min(size, MAX_RESULTS - findings.length);
      left += size - room;
      if (room > 0) findings.push(...take(list(), room));
    }
  }
  return { findings, left };
}

function take<T>(items: Iterable<T>, limit: number): readonly T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === limit) break;
  }
  return taken;
}

function countPairs({ workloads, destinations }: Pick<EdgeChange, 'workloads' | 'destinations'>): number {
  return workloads.length * destinations.length;
}

function changeLevel({ severity }: EdgeChange): SarifLevel | null {
  return severity === 'none' ? null : SEVERITY_LEVELS[severity];
}

function* changeFindings(change: EdgeChange): Iterable<Finding> {
  const { causes, references, branch, after, before, rerouted, exemption } = change;
  const rule = rerouted !== undefined && before === after ? 'sent-elsewhere' : after;
  const way = branch === undefined ? '' : ` for requests that match ${branch}`;
  const places = [
    ...causes.filter(({ side }) => side === 'after'),
    ...references,
    ...causes.filter(({ side }) => side === 'before'),
  ];
  const why = causes.slice(0, MAX_CAUSES).map(({ explanation }) => explanation);
  const rateOf = ratesOf(change);
  for (const workload of change.workloads) {
    for (const destination of change.destinations) {
      yield {
        rule,
        level: changeLevel(change)!,
        message: [
          `${pairName(workload, destination)}${way}: ${transitionText(change)}${rateOf(workload, destination)}.`,
          ...why,
        ].join('\n'),
        places,
        fingerprint: fingerprintOfPair(change, workload, destination),
        exemption,
      };
    }
  }
}

/** What was seen of each pair, in brackets; empty for none. */
function ratesOf({ sighting }: EdgeChange): (workload: WorkloadRef, destination: Destination) => string {
  const edges = new Map<string, SeenEdge[]>();
  for (const edge of sighting?.kind === 'seen' ? sighting.edges : []) {
    const key = `${edge.workload} ${edge.destination}`;
    edges.set(key, [...(edges.get(key) ?? []), edge]);
  }
  return (workload, destination) => {
    const own = edges.get(`${workloadKey(workload)} ${destinationKey(destination)}`);
    return own ? ` (${trafficText(seenCalls({ kind: 'seen', edges: own }))})` : '';
  };
}

function breachLevel(breach: ContractBreach): SarifLevel {
  return isGating(breach) ? 'error' : 'note';
}

function* breachFindings(breach: ContractBreach): Iterable<Finding> {
  const { contract, before, after, reason, causes } = breach;
  const what = `${contractName(breach)} (${breachAge(breach)}): ${before} → ${after}: ${VERDICT_WORDS[after]}.`;
  const why = [reason, ...causes.slice(0, MAX_CAUSES).map(({ explanation }) => explanation)];
  for (const workload of breach.workloads) {
    for (const destination of breach.destinations) {
      yield {
        rule: contract,
        level: breachLevel(breach),
        message: [`${pairName(workload, destination)} breaks ${what}`, ...why].join('\n'),
        places: causes,
        fingerprint: fingerprintOfBreach(breach, workload, destination),
      };
    }
  }
}

function pairName(workload: WorkloadRef, destination: Destination): string {
  return `${workloadName(workload)} to ${destinationName(destination)}`;
}

/** Those that were refused before, or were accepted, do not fail the gate. */
function rejectionFindings({ rejected, failing = [] }: ChangeAnalysis): readonly Finding[] {
  return rejected.map((rejection) => {
    const { kind, namespace, name, message } = rejection;
    const fingerprint = fingerprintOfRejection(rejection);
    return {
      rule: 'refused-object',
      level: failing.includes(fingerprint) ? 'error' : 'warning',
      message: `The cluster would refuse ${kind} ${namespace}/${name}: ${message}`,
      places: [rejection],
      fingerprint,
    };
  });
}

/** What stands at a line and is more than worth knowing; the rest is in the notifications. */
function diagnosticFindings({ diagnostics }: ChangeAnalysis): readonly Finding[] {
  return diagnostics.flatMap((diagnostic) => {
    const { severity, path, code, message } = diagnostic;
    if (path === null || severity === 'info') return [];
    const level = DIAGNOSTIC_LEVELS[severity];
    return [
      {
        rule: code,
        level,
        message,
        places: [{ ...diagnostic, path }],
        fingerprint: fingerprintOfDiagnostic(diagnostic),
      },
    ];
  });
}

function result(finding: Finding, ruleIndex: number): object {
  const { rule, level, message, places, fingerprint, exemption } = finding;
  const [first, ...others] = places;
  const caution = first === undefined ? '' : placeCaution(first);
  const text = cutText([message, ...(caution === '' ? [] : [caution])].join('\n').split('\n').map(visibleText).join('\n'), MAX_MESSAGE); // prettier-ignore
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text },
    locations: first === undefined ? [] : [{ physicalLocation: location(first) }],
    ...(others.length === 0 ? {} : { relatedLocations: others.slice(0, MAX_CAUSES).map(relatedLocation) }),
    partialFingerprints: { 'egress-scope/v1': fingerprint },
    ...(exemption === undefined ? {} : { suppressions: [suppression(exemption)] }),
  };
}

function relatedLocation(place: Place, index: number): object {
  return { id: index + 1, physicalLocation: location(place) };
}

/** A place whose line is not known has no region: viewers then show the file. */
function location(place: Place): object {
  const line = knownLine(place);
  const uri = place.path.replace(/\p{Surrogate}/gu, '\ufffd').split('/').map(encodeURIComponent).join('/'); // prettier-ignore
  return {
    artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
    ...(line === null ? {} : { region: { startLine: line } }),
  };
}

function suppression(exemption: Exemption): object {
  return { kind: 'external', status: 'accepted', justification: exemptionText(exemption) };
}

/** The verdict, and what belongs to no line. What could not be decided is no success. */
function invocation(analysis: ChangeAnalysis, left: number): object {
  const { verdict, reasons, diagnostics } = analysis;
  const notifications = [
    notification(verdict === 'pass' ? 'note' : 'error', verdictSentence(analysis)),
    ...(verdict === 'undetermined' ? reasons.slice(1).map((reason) => notification('error', reason)) : []),
    ...(left > 0
      ? [notification('warning', `${count(left, 'further finding')} cut: code scanning shows no more.`)]
      : []),
    ...diagnostics
      .filter(({ path, severity }) => path === null || severity === 'info')
      .map(({ code, severity, message }) =>
        notification(severity === 'info' ? 'note' : severity, `${code}: ${message}`),
      ),
  ];
  return { executionSuccessful: verdict !== 'undetermined', toolExecutionNotifications: notifications };
}

function notification(level: SarifLevel, text: string): object {
  return { level, message: { text: cutText(visibleText(text), MAX_MESSAGE) } };
}
