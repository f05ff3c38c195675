import type { ChangeSeverity } from '../../../reachability/change.js';
import type { Runs } from '../../number-runs.js';
import type { FindingData } from '../report-data.js';
import type { Report } from './report.js';

export interface Criteria {
  /** Words, all of which have to be found somewhere in a finding. */
  readonly text: string;
  /** Empty for all. */
  readonly severities: ReadonlySet<ChangeSeverity>;
  /** Of the calling workloads; empty for all. */
  readonly namespace: string;
  /** Empty for all. */
  readonly mesh: string;
}

export type Filter = (criteria: Criteria) => readonly number[];

/** Finds the findings that fit, in their order. Names are looked through once a word, not once a finding. */
export function createFilter(report: Report): Filter {
  const names = {
    workloads: report.workloads.map((_name, index) => lower([report.workloadName(index), ...report.ownersOf(index)])),
    destinations: report.destinations.map((_name, index) => lower([report.destinationName(index)])),
  };
  const causes = report.causes.map(({ object, place, explanation }) => lower([object, place.name, explanation]));
  const others = report.findings.map(otherText);
  const wordTest = (word: string): ((finding: FindingData, index: number) => boolean) => {
    const workloads = counter(names.workloads.map((name) => name.includes(word)));
    const destinations = counter(names.destinations.map((name) => name.includes(word)));
    const found = causes.map((cause) => cause.includes(word));
    return (finding, index) =>
      others[index]!.includes(word) ||
      (finding.causes ?? []).some((group) => group.some((cause) => found[cause])) ||
      workloads(report.runs(finding.w)) > 0 ||
      destinations(report.runs(finding.d)) > 0;
  };
  return ({ text, severities, namespace, mesh }) => {
    const tests = text.toLowerCase().split(/\s+/).filter((word) => word !== '').map(wordTest); // prettier-ignore
    const inNamespace = counter(report.workloads.map(([space]) => namespace === '' || space === namespace));
    const meshNumber = report.meshes.indexOf(mesh);
    return report.findings.flatMap((finding, index) => {
      const fits =
        (severities.size === 0 || severities.has(finding.severity ?? 'none')) &&
        (mesh === '' || finding.meshes?.includes(meshNumber) === true) &&
        inNamespace(report.runs(finding.w)) > 0 &&
        tests.every((test) => test(finding, index));
      return fits ? [index] : [];
    });
  };
}

function otherText({
  before,
  after,
  severity,
  branch,
  references,
  rerouted,
  exemption,
  governed,
  traffic,
}: FindingData): string {
  const texts = [before ?? '', after, severity ?? '', branch ?? '', exemption ?? '', governed ?? '', traffic ?? ''];
  const places = (references ?? []).flatMap(({ place, where, text }) => [place.name, where, text]);
  return lower([...texts, ...places, ...(rerouted ?? []).flat()]);
}

function lower(texts: readonly string[]): string {
  return texts.join(' ').toLowerCase();
}

/** Counts the numbers in runs that a test holds for, by sums up to each number. */
function counter(holds: readonly boolean[]): (runs: Runs) => number {
  const sums = new Uint32Array(holds.length + 1);
  holds.forEach((hold, index) => (sums[index + 1] = sums[index]! + (hold ? 1 : 0)));
  return (runs) => runs.reduce((sum, [start, end]) => sum + sums[end]! - sums[start]!, 0);
}
