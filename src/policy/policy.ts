import type { Origin } from '../diagnostic/diagnostic.js';
import type { ChangeSeverity, Need } from '../reachability/change.js';
import type { ContractRule } from './contract-settings.js';
import type { PairScope } from './pair-scope.js';

export const NEEDS: readonly Need[] = ['referenced', 'observed', 'unknown', 'deliberate', 'potential'];
/** Most that a change weighs of which traffic evidence tells that the call is not made. Nothing weighs more by it. */
export const UNSEEN = 'unseen';
export const SEVERITY_COLUMNS = [...NEEDS, UNSEEN] as const;
export const SEVERITIES: readonly ChangeSeverity[] = ['failure', 'warning', 'notice', 'none'];
export const CHANGE_CLASSES = ['broken', 'outside', 'absent', 'sideways', 'better'] as const;

/** The kinds of change the severity table tells apart. */
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

export type SeverityTable = Readonly<Record<ChangeClass, Readonly<Record<Need | typeof UNSEEN, ChangeSeverity>>>>;

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
  broken: row('failure', 'failure', 'failure', 'warning', 'warning', 'notice'),
  outside: row('failure', 'failure', 'failure', 'notice', 'notice', 'notice'),
  absent: row('failure', 'failure', 'notice', 'notice', 'none', 'notice'),
  sideways: row('warning', 'warning', 'notice', 'notice', 'notice', 'notice'),
  better: row('none', 'none', 'none', 'none', 'none', 'none'),
};

/** In the order of the columns. */
function row(
  referenced: ChangeSeverity,
  observed: ChangeSeverity,
  unknown: ChangeSeverity,
  deliberate: ChangeSeverity,
  potential: ChangeSeverity,
  unseen: ChangeSeverity,
): SeverityTable[ChangeClass] {
  return { referenced, observed, unknown, deliberate, potential, unseen };
}

export const DEFAULT_POLICY: Policy = {
  severities: DEFAULT_SEVERITIES,
  failOn: 'failure',
  waivers: [],
  contracts: [],
  ownersMustApprove: false,
};
