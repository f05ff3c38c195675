import type { ChangeSeverity, Need } from '../reachability/change.js';

/** The kinds of change the severity table tells apart. */
export type ChangeClass = 'broken' | 'outside' | 'absent' | 'sideways' | 'better';

export type SeverityTable = Readonly<Record<ChangeClass, Readonly<Record<Need, ChangeSeverity>>>>;

export interface Policy {
  readonly severities: SeverityTable;
  /** The least severity that fails the gate. */
  readonly failOn: 'failure' | 'warning';
}

const DEFAULT_SEVERITIES: SeverityTable = {
  broken: { referenced: 'failure', unknown: 'failure', deliberate: 'warning', potential: 'warning' },
  outside: { referenced: 'failure', unknown: 'failure', deliberate: 'notice', potential: 'notice' },
  absent: { referenced: 'failure', unknown: 'notice', deliberate: 'notice', potential: 'none' },
  sideways: { referenced: 'warning', unknown: 'notice', deliberate: 'notice', potential: 'notice' },
  better: { referenced: 'none', unknown: 'none', deliberate: 'none', potential: 'none' },
};

export const DEFAULT_POLICY: Policy = { severities: DEFAULT_SEVERITIES, failOn: 'failure' };
