import type { Cause } from '../reachability/change.js';

/** Causes in the order given, those that make the difference only together side by side. */
export function causeGroups(causes: readonly Cause[]): readonly (readonly Cause[])[] {
  const groups = new Map<string, Cause[]>();
  causes.forEach((cause, index) => {
    const key = cause.together === undefined ? `alone ${index}` : `together ${cause.together}`;
    const known = groups.get(key);
    if (known) known.push(cause);
    else groups.set(key, [cause]);
  });
  return [...groups.values()];
}

/**
 * What stands before a cause, so that a reader knows what has to be taken back: nothing for the only one; else whether all of a
 * group are needed, and whether each group is enough. Where the search was given up, neither is known.
 */
export function jointOf(
  groups: readonly (readonly { readonly isTried?: false }[])[],
  group: number,
  index: number,
): string {
  if (index > 0) return 'and ';
  const members = groups[group]!;
  const together = members.length > 1 ? 'together: ' : '';
  if (group > 0) return `or ${together}`;
  if (members[0]?.isTried === false) return `perhaps: ${together}`;
  return groups.length > 1 ? `each enough by itself: ${together}` : together;
}

/** Each cause with what stands before it. */
export function joinedCauses(causes: readonly Cause[]): readonly { readonly cause: Cause; readonly joint: string }[] {
  const groups = causeGroups(causes);
  return groups.flatMap((members, group) =>
    members.map((cause, index) => ({ cause, joint: jointOf(groups, group, index) })),
  );
}
