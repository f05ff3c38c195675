import type { Destination, Edge, MeshReach, ReachabilityGroup } from '../../reachability/egress-reachability.js';
import { governance } from '../reach-text.js';
import { destinationLists } from '../row-destinations.js';
import { visibleText } from '../visible-text.js';
import { namesJson, nameTables, setNumber, table, type NameTables } from './data-tables.js';
import type { FindingData, ReportData } from './report-data.js';

/** What the page about one tree shows: an entry for each group and verdict, in the groups' order. */
export function reachData({ groups }: MeshReach): ReportData {
  const names = nameTables(
    groups.map(({ workloads }) => workloads),
    destinationLists(groups.map(({ edges }) => edges)),
  );
  const meshes = table<string>((mesh) => mesh);
  const findings = groups.flatMap((group) => groupEntries(group, names, meshes.numberOf));
  const none = { owners: [], owned: [], causes: [] };
  return { kind: 'reach', ...namesJson(names), meshes: meshes.items.map(visibleText), ...none, findings };
}

/** One for each verdict, and one for each way of a route that does not end as `GET /` does. */
function groupEntries(
  group: ReachabilityGroup,
  names: NameTables,
  meshNumber: (mesh: string) => number,
): readonly FindingData[] {
  const w = setNumber(names, names.workloads.runsOf(group.workloads));
  const shared = {
    w,
    before: null,
    governed: visibleText(governance(group)),
    ...(group.mesh === undefined ? {} : { meshes: [meshNumber(group.mesh)] }),
  };
  const byKey = new Map<string, { verdict: Edge['verdict']; branch: string | null; destinations: Destination[] }>();
  const add = (edge: Edge, verdict: Edge['verdict'], branch: string | null): void => {
    const key = JSON.stringify([branch !== null, verdict, branch]);
    const known = byKey.get(key);
    if (known) known.destinations.push(edge);
    else byKey.set(key, { verdict, branch, destinations: [edge] });
  };
  for (const edge of group.edges) {
    add(edge, edge.verdict, null);
    for (const { match, verdict } of edge.branches ?? []) {
      if (verdict !== edge.verdict) add(edge, verdict, match);
    }
  }
  // What calls mostly are stands before what single routes do with them: of a pair, the matrix shows the first.
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { verdict, branch, destinations }]) => ({
      ...shared,
      d: setNumber(names, names.destinations.runsOf(destinations)),
      after: verdict,
      ...(branch === null ? {} : { branch: visibleText(branch) }),
    }));
}
