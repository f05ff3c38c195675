import type { GateVerdict } from '../reachability/change.js';

/** The gate's answers. */
export const EXIT_CODES = { pass: 0, fail: 1, undetermined: 2 } as const satisfies Record<GateVerdict, number>;

/** Wrong usage, as sysexits(3) has it. */
export const EXIT_USAGE = 64;
/** A defect of this program. */
export const EXIT_INTERNAL = 70;

/** The command line asks for something that cannot be. The message is for whoever typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
