import { diffArrays } from 'diff';
import type { EndpointTables } from '../reachability/change.js';
import { ENDPOINT_TABLE_HEADER, endpointLine } from './endpoint-table.js';
import { count } from './workload-name.js';

/** Runs of unchanged lines longer than this are folded, where the whole table would be too long to read. */
const CONTEXT = 3;
const READABLE_LINES = 60;

/** The endpoint table before and after as lines of a `diff` block: `-` gone, `+` new, a space where nothing changes.
 * At most `limit` lines; the last one says how many more there are. */
export function renderEndpointDiff(tables: EndpointTables, limit: number): readonly string[] {
  const before = tables.before.map(endpointLine);
  const after = tables.after.map(endpointLine);
  const whole = before.length + after.length <= READABLE_LINES * 2;
  const parts = diffArrays(before, after).map((part): readonly string[] => {
    if (part.added) return part.value.map((line) => `+${line}`);
    if (part.removed) return part.value.map((line) => `-${line}`);
    return whole ? part.value.map((line) => ` ${line}`) : foldUnchanged(part.value);
  });
  const lines = parts.flat();
  const shown = lines.slice(0, limit);
  const left = lines.length - shown.length;
  return [` ${ENDPOINT_TABLE_HEADER}`, ...shown, ...(left > 0 ? [` … ${count(left, 'more line')}`] : [])];
}

function foldUnchanged(lines: readonly string[]): readonly string[] {
  if (lines.length <= CONTEXT * 2 + 1) return lines.map((line) => ` ${line}`);
  const head = lines.slice(0, CONTEXT).map((line) => ` ${line}`);
  const tail = lines.slice(-CONTEXT).map((line) => ` ${line}`);
  return [...head, ` … ${lines.length - CONTEXT * 2} unchanged`, ...tail];
}
