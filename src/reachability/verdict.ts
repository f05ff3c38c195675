/** What happens to a call, as the caller's sidecar decides it. The order is the order of reports. */
export const VERDICTS = [
  'meshed',
  'no-endpoints',
  'unmeshed',
  'refused',
  'blocked',
  'misrouted',
  'unroutable',
  'bypass',
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** In a comparison a destination (or a workload) may exist on one side only. */
export type ComparedVerdict = Verdict | 'absent';

/** 0: in the mesh; 1: works, but outside the mesh; 2: broken. */
export type VerdictRank = 0 | 1 | 2;

/** Worse, sideways and better are decided by rank. */
export function rankOf(verdict: Verdict): VerdictRank {
  switch (verdict) {
    case 'meshed':
      return 0;
    case 'unmeshed':
    case 'bypass':
      return 1;
    case 'no-endpoints':
    case 'refused':
    case 'blocked':
    case 'misrouted':
    case 'unroutable':
      return 2;
  }
}
