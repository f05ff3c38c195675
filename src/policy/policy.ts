import type { Origin } from '../diagnostic/diagnostic.js';
import type { ChangeSeverity, Need } from '../reachability/change.js';
import type { ContractRule } from './contract-settings.js';
import type { PairScope } from './pair-scope.js';

export const NEEDS: readonly Need[] = ['referenced', 'unknown', 'deliberate', 'potential'];
export const SEVERITIES: readonly ChangeSeverity[] = ['failure', 'warning', 'notice', 'none'];
export const CHANGE_CLASSES = ['broken', 'outside', 'absent', 'sideways', 'better'] as const;

/** The kinds of change the severity table tells apart. */
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

export type SeverityTable = Readonly<Record<ChangeClass, Readonly<Record<Need, ChangeSeverity>>>>;

/** Findings that are known, and do not fail the gate until a day. */
export interface Waiver {
  readonly scope: PairScope;
  readonly reason: string;
  readonly owner: string;
  /** `YYYY-MM-DD`, the last day on which it holds. */
  readonly expires: string;
}

/** What calls must or may do, whatever a change does. */
export interface Contract {
  readonly rule: ContractRule;
  readonly scope: PairScope;
  readonly reason: string;
  readonly owner: string | null;
  /** Where the configuration says it. */
  readonly origin: Origin;
}

export interface Policy {
  readonly severities: SeverityTable;
  /** The least severity that fails the gate. */
  readonly failOn: 'failure' | 'warning';
  readonly waivers: readonly Waiver[];
  readonly contracts: readonly Contract[];
  /** Whether only an owner of the workload that loses a call can let the finding pass. */
  readonly ownersMustApprove: boolean;
}

const DEFAULT_SEVERITIES: SeverityTable = {
  broken: { referenced: 'failure', unknown: 'failure', deliberate: 'warning', potential: 'warning' },
  outside: { referenced: 'failure', unknown: 'failure', deliberate: 'notice', potential: 'notice' },
  absent: { referenced: 'failure', unknown: 'notice', deliberate: 'notice', potential: 'none' },
  sideways: { referenced: 'warning', unknown: 'notice', deliberate: 'notice', potential: 'notice' },
  better: { referenced: 'none', unknown: 'none', deliberate: 'none', potential: 'none' },
};

export const DEFAULT_POLICY: Policy = {
  severities: DEFAULT_SEVERITIES,
  failOn: 'failure',
  waivers: [],
  contracts: [],
  ownersMustApprove: false,
};
