const HUNK_HEADER = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/**
 * The lines of the head's file that a pull request's diff shows, changed or as context: the only ones that can carry a
 * review comment; one comment elsewhere makes GitHub refuse the whole review.
 *
 * Reads the `patch` of an entry of `GET /repos/{owner}/{repo}/pulls/{number}/files`: hunks without the file headers of a
 * complete diff. Counts by the hunk headers, so a removed line that looks like a header is taken for what it is.
 */
export function parsePatchLines(patch: string): ReadonlySet<number> {
  const lines = new Set<number>();
  let next = 0;
  let leftRest = 0;
  let rightRest = 0;
  for (const line of patch.split('\n')) {
    if (leftRest === 0 && rightRest === 0) {
      const header = HUNK_HEADER.exec(line);
      if (!header) continue;
      leftRest = Number(header[1] ?? 1);
      next = Number(header[2]);
      rightRest = Number(header[3] ?? 1);
      continue;
    }
    const sign = line.charAt(0);
    if (sign === '-' || sign === ' ') leftRest--;
    if (sign === '+' || sign === ' ') {
      lines.add(next++);
      rightRest--;
    }
  }
  return lines;
}
