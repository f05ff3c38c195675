import type {
  Cause,
  ChangeAnalysis,
  ChangeSeverity,
  EdgeChange,
  Need,
  Reference,
  Sighting,
} from '../../reachability/change.js';
import { joinSightings, sightingKey } from '../../reachability/collect-changes.js';
import { rankOf } from '../../reachability/verdict.js';
import { causeGroups } from '../cause-groups.js';
import type { SourceLinks } from '../change-table.js';
import { exemptionText } from '../exemptions.js';
import { runsKey, uniteRuns, type Runs } from '../number-runs.js';
import { ownersOf } from '../owners.js';
import { sightingText } from '../traffic-words.js';
import { changedLists } from '../row-destinations.js';
import { cutText, visibleText } from '../visible-text.js';
import { namesJson, nameTables, placeData, setNumber, table, type NameTables, type Table } from './data-tables.js';
import type { CauseData, FindingData, ReferenceData, ReportData } from './report-data.js';

const MAX_REFERENCES = 5;
const MAX_TEXT = 2_000;
const SEVERITY_ORDER = { failure: 0, warning: 1, notice: 2, none: 3 } as const satisfies Record<ChangeSeverity, number>;
const NEED_ORDER = { referenced: 0, observed: 1, unknown: 2, deliberate: 3, potential: 4 } as const satisfies Record<
  Need,
  number
>;

/** What the page about a change shows of its edges; worst first. What is alike is joined, in whatever mesh it is. */
export function diffData(analysis: ChangeAnalysis, links: SourceLinks): ReportData {
  const { changes } = analysis;
  const names = nameTables(
    changes.map(({ workloads }) => workloads),
    changedLists(changes),
  );
  const causes = table<CauseData>((cause) => JSON.stringify(cause));
  const meshes = table<string>((mesh) => mesh);
  const findings = joinPairs(changes.map((change) => pairsOf(change, names, { causes, meshes, links })))
    .map(({ finding, workloads, destinations }) => {
      return { ...finding, w: setNumber(names, workloads), d: setNumber(names, destinations) };
    })
    .sort(compareFindings);
  return {
    kind: 'diff',
    ...namesJson(names),
    meshes: meshes.items.map(visibleText),
    ...ownersJson(analysis, names),
    causes: causes.items,
    findings,
  };
}

function compareFindings(a: FindingData, b: FindingData): number {
  return (
    SEVERITY_ORDER[a.severity ?? 'none'] - SEVERITY_ORDER[b.severity ?? 'none'] ||
    NEED_ORDER[a.need ?? 'potential'] - NEED_ORDER[b.need ?? 'potential'] ||
    weight(b) - weight(a) ||
    a.w - b.w ||
    a.d - b.d
  );
}

function weight({ after }: FindingData): number {
  return after === 'absent' ? 3 : rankOf(after);
}

type PairSide = 'workloads' | 'destinations';

/** A finding before its sets have numbers. */
interface Pairs {
  readonly finding: Omit<FindingData, 'w' | 'd'>;
  readonly workloads: Runs;
  readonly destinations: Runs;
  readonly references: readonly Reference[];
  readonly sighting: Sighting | undefined;
  readonly links: SourceLinks;
}

interface ChangeTables {
  readonly causes: Table<CauseData>;
  readonly meshes: Table<string>;
  readonly links: SourceLinks;
}

function pairsOf(change: EdgeChange, names: NameTables, { causes, meshes, links }: ChangeTables): Pairs {
  const { before, after, severity, need, branch, rerouted, exemption, newReference = false } = change;
  const finding = {
    before,
    after,
    severity,
    need,
    ...(branch === undefined ? {} : { branch: text(branch) }),
    ...(rerouted === undefined
      ? {}
      : { rerouted: [rerouted.before.map(visibleText), rerouted.after.map(visibleText)] as const }),
    ...(newReference ? { isNewReference: true as const } : {}),
    causes: causeGroups(change.causes).map((group) => group.map((cause) => causes.numberOf(causeData(cause, links)))),
    ...(change.meshes === undefined ? {} : { meshes: change.meshes.map(meshes.numberOf) }),
    ...(exemption === undefined ? {} : { exemption: exemptionText(exemption) }),
  };
  return {
    finding,
    workloads: names.workloads.runsOf(change.workloads),
    destinations: names.destinations.runsOf(change.destinations),
    references: change.references,
    sighting: change.sighting,
    links,
  };
}

function causeData(cause: Cause, links: SourceLinks): CauseData {
  return {
    object: text(`${cause.kind} ${cause.namespace}/${cause.name}`),
    place: placeData(cause, cause.side, links),
    explanation: text(cause.explanation),
    ...(cause.isTried === false ? { isTried: false as const } : {}),
  };
}

/** Joins what differs in its destinations alone, then what differs in its workloads alone. */
function joinPairs(all: readonly Pairs[]): readonly Pairs[] {
  const joined = joinBy(joinBy(all, 'workloads', 'destinations'), 'destinations', 'workloads');
  return joined.map((pairs) => {
    const seen = sightingText(pairs.sighting);
    const traffic = seen === null ? {} : { traffic: text(seen) };
    return { ...pairs, finding: { ...pairs.finding, ...referencesJson(pairs), ...traffic } };
  });
}

function joinBy(items: readonly Pairs[], same: PairSide, joined: PairSide): readonly Pairs[] {
  const groups = new Map<string, Pairs[]>();
  for (const pairs of items) {
    const key = JSON.stringify([pairs.finding, sightingKey(pairs.sighting), runsKey(pairs[same])]);
    const known = groups.get(key);
    if (known) known.push(pairs);
    else groups.set(key, [pairs]);
  }
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    [joined]: uniteRuns(group.map((pairs) => pairs[joined])),
    references: group.flatMap(({ references }) => references),
    sighting: joinSightings(group.map(({ sighting }) => sighting)),
  }));
}

function referencesJson({ references, links }: Pairs): Pick<FindingData, 'references' | 'moreReferences'> {
  const distinct = new Map<string, ReferenceData>();
  for (const reference of references) {
    const data = {
      place: placeData(reference, 'after', links),
      where: text(reference.where),
      text: text(reference.text),
    };
    distinct.set(JSON.stringify(data), data);
  }
  const left = distinct.size - MAX_REFERENCES;
  return {
    ...(distinct.size === 0 ? {} : { references: [...distinct.values()].slice(0, MAX_REFERENCES) }),
    ...(left > 0 ? { moreReferences: left } : {}),
  };
}

function ownersJson(analysis: ChangeAnalysis, { workloads }: NameTables): Pick<ReportData, 'owners' | 'owned'> {
  if (analysis.owners === undefined) return { owners: [], owned: [] };
  const of = ownersOf(analysis);
  const owners = table<readonly string[]>((list) => list.join('\n'));
  const owned = workloads.items.map((workload) => {
    const list = of(workload);
    return list.length === 0 ? -1 : owners.numberOf(list);
  });
  return { owners: owners.items.map((list) => list.map(visibleText)), owned };
}

function text(value: string): string {
  return cutText(visibleText(value), MAX_TEXT);
}
