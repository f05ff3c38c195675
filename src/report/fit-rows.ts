export interface FittedRows {
  readonly rows: readonly string[];
  /** How many rows had no room. */
  readonly cut: number;
}

/** As many whole rows, from the first on, as fit into `budget` characters (each row counts one more, for its line break). */
export function fitRows(rows: readonly string[], budget: number): FittedRows {
  let used = 0;
  let kept = 0;
  for (const row of rows) {
    used += row.length + 1;
    if (used > budget) break;
    kept += 1;
  }
  return { rows: rows.slice(0, kept), cut: rows.length - kept };
}
