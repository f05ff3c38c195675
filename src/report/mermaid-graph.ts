import { compareText } from '../diagnostic/compare-text.js';
import { rankOf, type ComparedVerdict } from '../reachability/verdict.js';
import type { Destination } from '../reachability/egress-reachability.js';
import type { ChangeRow } from './change-rows.js';
import type { RowDestination } from './row-destinations.js';
import { cutText, visibleText } from './visible-text.js';
import { count, hostAndPort, workloadName } from './workload-name.js';

/** More than a reader follows; GitHub's Mermaid refuses 500. */
const MAX_EDGES = 60;
const MAX_CHARACTERS = 9_000;
const MAX_LABEL = 60;

/** A flowchart, and what it has no room for. */
export interface ChangeGraph {
  readonly lines: readonly string[];
  readonly edges: number;
  /** Whether its nodes are namespaces rather than workloads and hosts. */
  readonly isAggregated: boolean;
  /** Pairs of namespaces that are not drawn. */
  readonly left: number;
}

/** What is called from where, with how it ends on each side. */
interface Call {
  readonly from: string;
  readonly to: string;
  readonly before: Ending;
  readonly after: Ending;
}

interface Ending {
  readonly verdict: ComparedVerdict;
  readonly label: string;
}

/**
 * The calls that differ, before and after, as a Mermaid flowchart: by workload and host while these are few, else by namespace.
 * Null where there is nothing to draw. No name can break it: all that is not a plain character stands as its number.
 */
export function changeGraph(rows: readonly ChangeRow[]): ChangeGraph | null {
  const pairs = rows.reduce((sum, row) => sum + row.workloads.length * row.destinations.length, 0);
  const single = pairs * 2 <= MAX_EDGES ? drawn(rows.flatMap(callsOf), 0, false) : null;
  if (single !== null && single.lines.join('\n').length <= MAX_CHARACTERS) return single.edges === 0 ? null : single;
  return byNamespace(rows);
}

function callsOf(row: ChangeRow): readonly Call[] {
  const way = row.branch === undefined ? '' : `, ${row.branch}`;
  const ending = (side: 'before' | 'after'): Ending => {
    const clusters = row.rerouted?.[side] ?? [];
    return {
      verdict: row[side],
      label: `${row[side]}${way}${clusters.length === 0 ? '' : `, by ${clusters.join(' and ')}`}`,
    };
  };
  const [before, after] = [ending('before'), ending('after')];
  return row.workloads.flatMap((workload) =>
    Array.from(row.destinations, (destination) => {
      return { from: workloadName(workload), to: pictureName(destination), before, after };
    }),
  );
}

/** As Kubernetes resolves it everywhere in the cluster: the whole name would leave no room for the picture. */
function pictureName({ host, port }: RowDestination): string {
  return hostAndPort({ host: host.replace(/^([^.]+\.[^.]+)\.svc\..*$/, '$1'), port });
}

/** As many pairs of namespaces as there is room for, those with most calls first. */
function byNamespace(rows: readonly ChangeRow[]): ChangeGraph | null {
  const { flows, total } = largestFlows(rows);
  const calls: Call[][] = flows.map(({ from, to, ...flow }) =>
    outcomesOf(flow).map(({ before, after, pairs }) => {
      const label = (verdict: ComparedVerdict): Ending => ({ verdict, label: `${count(pairs, 'call')}: ${verdict}` });
      return { from, to, before: label(before), after: label(after) };
    }),
  );
  for (let kept = calls.length; kept > 0; kept -= 1) {
    const graph = drawn(calls.slice(0, kept).flat(), total - kept, true);
    if (graph.edges <= MAX_EDGES && graph.lines.join('\n').length <= MAX_CHARACTERS) {
      return graph.edges === 0 ? null : graph;
    }
  }
  return null;
}

/** All calls from one namespace to another. */
interface Flow {
  readonly from: string;
  readonly to: string;
  readonly target: number;
  readonly pairs: number;
  readonly parts: readonly RowFlow[];
}

/** How many calls of a row go out from a namespace, and how many of them to each namespace, by its number. */
interface RowFlow {
  readonly row: ChangeRow;
  readonly callers: number;
  readonly called: ReadonlyMap<number, number>;
}

/** The largest flows, as far as they can be drawn, and how many there are: of a change of a whole mesh, millions. */
function largestFlows(rows: readonly ChangeRow[]): { readonly flows: readonly Flow[]; readonly total: number } {
  const targets = namespaceNumbers();
  const byCaller = new Map<string, RowFlow[]>();
  for (const row of rows) {
    const called = row.destinations.countLabels(targets.numbersIn(row.destinations.table.items));
    for (const [from, callers] of tally(row.workloads.map(({ namespace }) => namespace))) {
      const known = byCaller.get(from);
      if (known) known.push({ row, callers, called });
      else byCaller.set(from, [{ row, callers, called }]);
    }
  }
  let flows: Flow[] = [];
  let total = 0;
  for (const [from, parts] of byCaller) {
    const pairs = new Map<number, number>();
    for (const { callers, called } of parts) {
      for (const [to, number] of called) pairs.set(to, (pairs.get(to) ?? 0) + callers * number);
    }
    total += pairs.size;
    const least = flows.length < MAX_EDGES ? 0 : flows.at(-1)!.pairs;
    for (const [target, number] of pairs) {
      if (number >= least) flows.push({ from, to: targets.names[target]!, target, pairs: number, parts });
    }
    flows = flows.sort((a, b) => b.pairs - a.pairs || compareText(flowName(a), flowName(b))).slice(0, MAX_EDGES);
  }
  return { flows, total };
}

/** By how they end on both sides, the calls to one namespace. */
function outcomesOf({ parts, target }: Pick<Flow, 'parts' | 'target'>) {
  const numbers = new Map<string, { before: ComparedVerdict; after: ComparedVerdict; pairs: number }>();
  for (const { row, callers, called } of parts) {
    const number = called.get(target);
    if (number === undefined) continue;
    const { before, after } = row;
    const pairs = callers * number + (numbers.get(`${before} ${after}`)?.pairs ?? 0);
    numbers.set(`${before} ${after}`, { before, after, pairs });
  }
  return [...numbers.values()];
}

/** Numbers for the namespaces of destinations, made once for each table of them. */
function namespaceNumbers() {
  const names: string[] = [];
  const known = new Map<string, number>();
  const tables = new Map<readonly Destination[], Uint32Array>();
  const numberOf = (name: string): number => {
    let number = known.get(name);
    if (number === undefined) known.set(name, (number = names.push(name) - 1));
    return number;
  };
  const numbersIn = (items: readonly Destination[]): Uint32Array => {
    let numbers = tables.get(items);
    if (numbers === undefined) {
      numbers = Uint32Array.from(items, ({ host }) => numberOf(namespaceOf(host)));
      tables.set(items, numbers);
    }
    return numbers;
  };
  return { names, numbersIn };
}

function tally(names: readonly string[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const name of names) numbers.set(name, (numbers.get(name) ?? 0) + 1);
  return numbers;
}

/** Of a Service's host; other hosts have none. */
function namespaceOf(host: string): string {
  return /^[^.]+\.([^.]+)\.svc\./.exec(host)?.[1] ?? 'other hosts';
}

function flowName({ from, to }: Flow): string {
  return JSON.stringify([from, to]);
}

function drawn(calls: readonly Call[], left: number, isAggregated: boolean): ChangeGraph {
  const styles: { readonly color: string; readonly edge: number }[] = [];
  const side = (name: 'before' | 'after'): readonly string[] => {
    const ids = new Map<string, string>();
    const node = (kind: 'from' | 'to', text: string): string => {
      const key = `${kind} ${text}`;
      const known = ids.get(key);
      if (known !== undefined) return known;
      const id = `${name}${ids.size}`;
      ids.set(key, id);
      return kind === 'from' ? `${id}(${quoted(text)})` : `${id}[${quoted(text)}]`;
    };
    const edges = new Set<string>();
    const lines: string[] = [];
    for (const call of calls) {
      const { verdict, label } = call[name];
      const key = JSON.stringify([call.from, call.to, label]);
      if (verdict === 'absent' || edges.has(key)) continue;
      edges.add(key);
      const { arrow, color } = LOOKS[rankOf(verdict)];
      styles.push({ color, edge: styles.length });
      lines.push(`    ${node('from', call.from)} ${arrow}|${quoted(label)}| ${node('to', call.to)}`);
    }
    return lines.length === 0 ? [] : [`  subgraph ${name}`, '    direction LR', ...lines, '  end'];
  };
  const sides = [...side('before'), ...side('after')];
  const colors = [...new Set(styles.map(({ color }) => color))].map((color) => {
    const edges = styles.filter((style) => style.color === color).map(({ edge }) => edge);
    return `  linkStyle ${edges.join(',')} stroke:${color},stroke-width:2px`;
  });
  // What is before stands above what is after, which Mermaid would else lay out as it likes.
  const order = ['before', 'after'].every((name) => sides.includes(`  subgraph ${name}`)) ? ['  before ~~~ after'] : [];
  return { lines: [LAYOUT, 'flowchart TB', ...sides, ...order, ...colors], edges: styles.length, isAggregated, left };
}

/** Near together, so that names are not small where there are many; none is wrapped. */
const LAYOUT = '%%{init: {"flowchart": {"nodeSpacing": 12, "rankSpacing": 90, "wrappingWidth": 500}}}%%';

/** In the mesh, outside of it, broken: told apart without colour as well. The colours are readable on light and dark. */
const LOOKS = [
  { arrow: '==>', color: '#2da44e' },
  { arrow: '-.->', color: '#bf8700' },
  { arrow: '--x', color: '#e5534b' },
] as const;

/** In a label Mermaid reads Markdown, HTML and `#…;`, and before it a comment, a directive or a style in any line. */
function quoted(text: string): string {
  const shown = cutText(visibleText(text), MAX_LABEL);
  const escaped = shown.replace(/[^A-Za-z0-9 ,/.-]|[.-](?![^\s.-])/gu, (character) => {
    return `#${character.codePointAt(0) ?? 0xfffd};`;
  });
  return `"${escaped}"`;
}
