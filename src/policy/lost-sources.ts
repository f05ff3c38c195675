import type { FollowedObject } from '../kubernetes/followed-object.js';

/**
 * Why the answer is not known: a controller applied something out of this tree, and now does so from where it cannot be read.
 * The object may be of one mesh and what it applied of another, so this holds for a change as a whole. What could not be
 * followed before either is no reason.
 */
export function findLostSources(
  before: readonly FollowedObject[],
  after: readonly FollowedObject[],
): readonly string[] {
  const reasons = pairFollowed(before, after).flatMap(([old, now]) => {
    if (!isLost(old, now)) return [];
    return old.digest === now.digest
      ? [`${now.title} is the same, but what it applies is no longer in this tree.`]
      : [`${now.title} is changed, and what it applies now is not in this tree.`];
  });
  return [...new Set(reasons)];
}

function isLost(old: FollowedObject, now: FollowedObject): boolean {
  if (now.isComplete) return false;
  const hasNewGap = now.missing.some((message) => !old.missing.includes(message));
  return old.isComplete || (hasNewGap && old.roots.some((root) => !now.roots.includes(root)));
}

/** One object on both sides. What its cluster is called may depend on the rest of the tree: one that is left is the same. */
function pairFollowed(
  before: readonly FollowedObject[],
  after: readonly FollowedObject[],
): readonly (readonly [FollowedObject, FollowedObject])[] {
  const now = new Map(after.map((each) => [each.key, each]));
  const keys = new Set(before.map(({ key }) => key));
  return before.flatMap((old): readonly (readonly [FollowedObject, FollowedObject])[] => {
    const same = now.get(old.key);
    if (same) return [[old, same]];
    const isLeft = ({ title, key }: FollowedObject): boolean => title === old.title && !keys.has(key);
    const [only, ...others] = after.filter(isLeft);
    return only && others.length === 0 ? [[old, only]] : [];
  });
}
