/** One entry of a diff, as `GET /repos/{owner}/{repo}/pulls/{pull_number}/files` lists it. */
export interface DiffFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  /** The blob after the change; the one before it for a removed file. */
  readonly sha: string;
  /** Hunks without the file's header; null for binary content. */
  readonly patch: string | null;
  readonly additions: number;
  readonly deletions: number;
}

const NO_OBJECT = '0'.repeat(40);
const STATUSES: Readonly<Record<string, DiffFile['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
};

/** Puts together what `git diff --raw -z` and `git diff --patch` say of the same two commits; both list in one order. */
export function parseDiff(raw: string, patch: string): readonly DiffFile[] {
  const patches = patch
    .split(/^(?=diff --git )/m)
    .filter((text) => text.startsWith('diff --git '))
    .map(hunksOf);
  const files: DiffFile[] = [];
  const fields = raw.split('\0');
  for (let at = 0; at + 1 < fields.length;) {
    const [, , before = '', after = '', letter = ''] = (fields[at] ?? '').split(' ');
    const status = STATUSES[letter.charAt(0)] ?? 'modified';
    const isRename = status === 'renamed';
    const path = fields[at + (isRename ? 2 : 1)] ?? '';
    const previousPath = isRename ? (fields[at + 1] ?? null) : null;
    at += isRename ? 3 : 2;
    // A file that became a link is shown as removed and added: two patches of one entry.
    const hunks = patches.shift() ?? null;
    const shown = status === 'changed' ? (patches.shift() ?? null) : hunks;
    files.push({
      path,
      previousPath,
      status,
      sha: after === NO_OBJECT ? before : after,
      patch: shown,
      ...count(shown),
    });
  }
  return files;
}

function hunksOf(text: string): string | null {
  const start = text.search(/^@@ /m);
  return start < 0 ? null : text.slice(start).replace(/\n$/, '');
}

function count(patch: string | null): { readonly additions: number; readonly deletions: number } {
  const lines = patch?.split('\n') ?? [];
  return {
    additions: lines.filter((line) => line.startsWith('+')).length,
    deletions: lines.filter((line) => line.startsWith('-')).length,
  };
}

/** The lines of either side that a patch shows: those that can carry a review comment, with the hunk each stands in. */
export function shownLines(patch: string | null, side: 'LEFT' | 'RIGHT'): ReadonlyMap<number, number> {
  const shown = new Map<number, number>();
  let line = 0;
  let hunk = 0;
  for (const text of (patch ?? '').split('\n')) {
    const header = /^@@ -(\d+)\S* \+(\d+)/.exec(text);
    if (header) {
      hunk += 1;
      line = Number(side === 'RIGHT' ? header[2] : header[1]);
    } else if (text.startsWith(' ') || text.startsWith(side === 'RIGHT' ? '+' : '-')) {
      shown.set(line, hunk);
      line += 1;
    }
  }
  return shown;
}
