/** Whether two lists have the same items in the same order.
 *
 * @param isSame of one item and itself always true. */
export function haveSame<T>(
  a: readonly T[],
  b: readonly T[],
  isSame: (one: T, other: T) => boolean = Object.is,
): boolean {
  return a === b || (a.length === b.length && a.every((each, place) => isSame(each, b[place]!)));
}
