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

/** Each cause with what stands before it: nothing, but for those that act together. */
export function joinedCauses(
  causes: readonly Cause[],
): readonly { readonly cause: Cause; readonly joint: '' | 'together: ' | 'and ' }[] {
  return causeGroups(causes).flatMap((group) =>
    group.map((cause, index) => {
      const joint = group.length === 1 ? '' : index === 0 ? 'together: ' : 'and ';
      return { cause, joint } as const;
    }),
  );
}
