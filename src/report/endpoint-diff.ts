import { diffArrays } from 'diff';
import type { EndpointTables } from '../reachability/change.js';
import type { EndpointRow, WorkloadRef } from '../reachability/egress-reachability.js';
import { visibleText } from './visible-text.js';
import { count } from './workload-name.js';

/** Runs of unchanged lines longer than this are folded, where the whole table would be too long to read. */
const CONTEXT = 3;
const READABLE_LINES = 60;

/** Workloads whose proxies learn and forget the same. */
export interface EndpointDiffGroup {
  readonly workloads: readonly WorkloadRef[];
  readonly tables: EndpointTables;
}

/** One group for each difference, in the order in which the differences first appear. A proxy that knew nothing, mostly
 * because its workload is new, has nothing to compare, and one that knows the same as before nothing to show. */
export function groupEndpointTables(all: readonly EndpointTables[]): readonly EndpointDiffGroup[] {
  const groups = new Map<string, { readonly workloads: WorkloadRef[]; readonly tables: EndpointTables }>();
  const texts = new Map<readonly EndpointRow[], string>();
  // Workloads that are alike have the same list.
  const textOf = (rows: readonly EndpointRow[]): string => {
    const text = texts.get(rows) ?? JSON.stringify(rows);
    texts.set(rows, text);
    return text;
  };
  for (const tables of all) {
    const [before, after] = [textOf(tables.before), textOf(tables.after)];
    if (tables.before.length === 0 || before === after) continue;
    const key = `${before} ${after}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { workloads: [tables.workload], tables });
    else known.workloads.push(tables.workload);
  }
  return [...groups.values()];
}

/** `21 endpoints before, 11 after` */
export function endpointCounts({ before, after }: EndpointTables): string {
  return `${count(before.length, 'endpoint')} before, ${after.length} after`;
}

/** The endpoint table before and after as lines of a `diff` block: `-` gone, `+` new, a space where nothing changes; by address
 * and cluster alone, as every endpoint counts as healthy. At most `limit` lines; the last one says how many more there are. */
export function renderEndpointDiff(tables: EndpointTables, limit: number): readonly string[] {
  const width = Math.max(...[...tables.before, ...tables.after].map(({ endpoint }) => endpoint.length));
  return diffRows(tables, limit, ({ endpoint, cluster }) => visibleText(`${endpoint.padEnd(width)}  ${cluster}`));
}

function diffRows(tables: EndpointTables, limit: number, show: (row: EndpointRow) => string): readonly string[] {
  const before = tables.before.map(show);
  const after = tables.after.map(show);
  const isReadable = before.length + after.length <= READABLE_LINES * 2;
  const parts = diffArrays(before, after).map((part): readonly string[] => {
    if (part.added) return part.value.map((line) => `+${line}`);
    if (part.removed) return part.value.map((line) => `-${line}`);
    return isReadable ? part.value.map((line) => ` ${line}`) : foldUnchanged(part.value);
  });
  const lines = parts.flat();
  const shown = lines.slice(0, limit);
  const left = lines.length - shown.length;
  return [...shown, ...(left > 0 ? [` … ${count(left, 'more line')}`] : [])];
}

function foldUnchanged(lines: readonly string[]): readonly string[] {
  if (lines.length <= CONTEXT * 2 + 1) return lines.map((line) => ` ${line}`);
  const head = lines.slice(0, CONTEXT).map((line) => ` ${line}`);
  const tail = lines.slice(-CONTEXT).map((line) => ` ${line}`);
  return [...head, ` … ${lines.length - CONTEXT * 2} unchanged`, ...tail];
}
