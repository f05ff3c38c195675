import type { Matrix, MatrixColumn, MatrixRow } from './matrix-model.js';
import type { Report } from './report.js';
import { verdictClass, VERDICT_MARKS } from '../../verdict-marks.js';

export type Side = 'before' | 'after';

export interface Label {
  /** The first name, cut where there is no room for it. */
  readonly short: string;
  /** `+3`: how many more there are; empty for none. */
  readonly more: string;
  readonly full: string;
}

export function rowLabel(report: Report, { workloads }: MatrixRow): Label {
  const [namespace, kind, name] = report.workloads[workloads[0]!]!;
  const others = workloads.length - 1;
  return {
    short: `${namespace}/${name}`,
    more: others === 0 ? '' : `+${others}`,
    full: `${namespace}/${kind}/${name}${others === 0 ? '' : ` and ${others} more that are alike`}`,
  };
}

export function columnLabel(report: Report, { destinations }: MatrixColumn): Label {
  const [host, port] = report.destinations[destinations[0]!]!;
  const others = destinations.length - 1;
  return {
    short: `${host.replace(/^([^.]+\.[^.]+)\.svc\..*$/, '$1')}:${port}`,
    more: others === 0 ? '' : `+${others}`,
    full: `${report.destinationName(destinations[0]!)}${others === 0 ? '' : ` and ${others} more that are alike`}`,
  };
}

export interface CellLook {
  readonly mark: string;
  readonly className: string;
  readonly label: string;
}

/** How a call is shown on one side of the change. */
export function cellLook(report: Report, matrix: Matrix, row: number, column: number, side: Side): CellLook {
  const transition = matrix.at(row, column);
  const call = `${rowLabel(report, matrix.rows[row]!).full} to ${columnLabel(report, matrix.columns[column]!).full}`;
  if (transition === null) return { mark: '', className: 'same', label: `${call}: does not change` };
  const { before, after } = transition;
  const verdict = before === null || side === 'after' ? after : before;
  const what = before === null ? after : `${before} before, ${after} after`;
  return { mark: VERDICT_MARKS[verdict], className: verdictClass(verdict), label: `${call}: ${what}` };
}
