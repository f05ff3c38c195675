import type { ChangeSeverity, Need } from '../reachability/change.js';

export const NEEDS: readonly Need[] = ['referenced', 'unknown', 'deliberate', 'potential'];
export const SEVERITIES: readonly ChangeSeverity[] = ['failure', 'warning', 'notice', 'none'];
export const CHANGE_CLASSES = ['broken', 'outside', 'absent', 'sideways', 'better'] as const;

/** The kinds of change the severity table tells apart. */
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

export type SeverityTable = Readonly<Record<ChangeClass, Readonly<Record<Need, ChangeSeverity>>>>;

/** Findings that are known, and do not fail the gate until a day. */
export interface Waiver {
  readonly scope: {
    /** `namespace/name` or `namespace/Kind/name` with `*`. */
    readonly workload: string;
    /** `host` or `host:port` with `*`. */
    readonly host: string;
  };
  readonly reason: string;
  readonly owner: string;
  /** `YYYY-MM-DD`, the last day on which it holds. */
  readonly expires: string;
}

export interface Policy {
  readonly severities: SeverityTable;
  /** The least severity that fails the gate. */
  readonly failOn: 'failure' | 'warning';
  readonly waivers: readonly Waiver[];
}

const DEFAULT_SEVERITIES: SeverityTable = {
  broken: { referenced: 'failure', unknown: 'failure', deliberate: 'warning', potential: 'warning' },
  outside: { referenced: 'failure', unknown: 'failure', deliberate: 'notice', potential: 'notice' },
  absent: { referenced: 'failure', unknown: 'notice', deliberate: 'notice', potential: 'none' },
  sideways: { referenced: 'warning', unknown: 'notice', deliberate: 'notice', potential: 'notice' },
  better: { referenced: 'none', unknown: 'none', deliberate: 'none', potential: 'none' },
};

export const DEFAULT_POLICY: Policy = { severities: DEFAULT_SEVERITIES, failOn: 'failure', waivers: [] };
