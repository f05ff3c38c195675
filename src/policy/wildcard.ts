/** Whether a text fits a pattern in which `*` stands for any letters, none included. Takes time in proportion to the product
 * of the lengths, whatever the pattern. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++;
      retry = from;
    } else if (at < pattern.length && pattern[at] === text[from]) {
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
  const pattern = glob
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const folders = path.split('/');
  // reached[n]: the pattern so far fits the first n parts of the path exactly.
  let reached = [true, ...folders.map(() => false)];
  for (const segment of pattern) {
    const next = reached.map(() => false);
    for (const [index, isReached] of reached.entries()) {
      if (segment === '**') next[index] = isReached || (index > 0 && next[index - 1]!);
      else if (index > 0) next[index] = reached[index - 1]! && matchesWildcard(segment, folders[index - 1]!);
    }
    reached = next;
  }
  // Where a folder above the path fits, so does everything in it.
  return reached.some((isReached, index) => isReached && index > 0);
}
