/** Whether a text fits a pattern in which `*` stands for any letters, none included. Takes time in proportion to the product
 * of the lengths, whatever the pattern.
 *
 * @param single a character that stands for any one letter. */
export function matchesWildcard(pattern: string, text: string, single?: string): boolean {
  let [at, from] = [0, 0];
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++;
      retry = from;
    } else if (at < pattern.length && (pattern[at] === text[from] || pattern[at] === single)) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Whether a path, or a folder above it, fits a glob: `*` stays within one folder, `**` takes any number of them. */
export function matchesPath(glob: string, path: string): boolean {
  // Where a folder above the path fits, so does everything in it.
  return reach(glob, path).some((isReached, index) => isReached && index > 0);
}

/** Whether a path itself fits a glob, by the rules of `matchesPath`; that a folder above it does is not enough.
 *
 * @param single as in `matchesWildcard`. */
export function matchesWholePath(glob: string, path: string, single?: string): boolean {
  return reach(glob, path, single).at(-1) ?? false;
}

/** At `n`: whether the glob fits the first n parts of the path exactly. */
function reach(glob: string, path: string, single?: string): readonly boolean[] {
  const pattern = glob
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const folders = path.split('/');
  let reached = [true, ...folders.map(() => false)];
  for (const segment of pattern) {
    const next = reached.map(() => false);
    for (const [index, isReached] of reached.entries()) {
      if (segment === '**') next[index] = isReached || (index > 0 && next[index - 1]!);
      else if (index > 0) next[index] = reached[index - 1]! && matchesWildcard(segment, folders[index - 1]!, single);
    }
    reached = next;
  }
  return reached;
}
