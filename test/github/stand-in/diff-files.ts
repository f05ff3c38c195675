import type { DiffFile } from './git-diff.js';
import type { Limits } from './limits.js';

/** Files of a diff as GitHub lists them: without the patches that are too large, one by one or all together. */
export function diffFilesJson(files: readonly DiffFile[], limits: Limits): readonly Record<string, unknown>[] {
  let lines = 0;
  return files.map((file) => {
    const patch = file.patch !== null && file.patch.length <= limits.patchBytes ? file.patch : null;
    lines += patch?.split('\n').length ?? 0;
    return {
      sha: file.sha,
      filename: file.path,
      status: file.status,
      additions: file.additions,
      deletions: file.deletions,
      changes: file.additions + file.deletions,
      ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
      ...(patch === null || lines > limits.diffLines ? {} : { patch }),
    };
  });
}
