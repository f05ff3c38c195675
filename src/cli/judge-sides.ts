import { analyzeMeshes, pairMeshes, withAbandoned, withDiagnostics, withFound } from '../analyze-meshes.js';
import { patchFixes, type FixTexts } from '../patch-fixes.js';
import type { PolicyFile } from '../policy/parse-policy-file.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import { today } from '../source/today.js';
import { UsageError } from './exit-codes.js';
import { inputOptions, readInput, withRenderer, type Input, type InputName } from './read-input.js';
import type { CommonOptions } from './read-settings.js';
import type { GivenEvidence } from './read-evidence-file.js';
import type { SnapshotFile } from './read-snapshot-file.js';
import { refuseUnknownMesh } from './select-mesh.js';
import type { Terminal } from './terminal.js';

/** What two sides are judged by, beside the command line. */
export interface JudgedBy {
  readonly settings: PolicyFile;
  readonly snapshot: SnapshotFile | null;
  readonly evidence: GivenEvidence;
}

export interface JudgedSides {
  readonly analysis: ChangeAnalysis;
  readonly before: Input;
  readonly after: Input;
  /** What the fixes are written into. */
  readonly texts: FixTexts;
  /** A path of either side as the reader can open it. */
  readonly showPath: (path: string, side: 'before' | 'after') => string;
}

/** Reads both sides of a change, as `diff` names them, and works out what it does.
 *
 * @throws UsageError where a side is not what it is taken for; SourceError where it cannot be read. */
export async function judgeSides(
  sides: readonly string[],
  { settings, snapshot: file, evidence: given }: JudgedBy,
  options: CommonOptions,
  terminal: Terminal,
): Promise<JudgedSides> {
  const { mesh, policy, scope, allow: permissions } = settings;
  const [beforeName, afterName] = nameSides(sides);
  const [before, after] = await withRenderer(async (renderer) => {
    const leftOut = [file?.path, given.path].filter((path) => path !== undefined);
    const how = inputOptions(options, { scope, permissions, leftOut, renderer, terminal });
    const old = await readInput(beforeName, how);
    return [old, await readInput(afterName, { ...how, formerly: old.controlled })] as const;
  });
  refuseNothing(before, after, options.path ?? []);
  warnOfUnequalSides(before, after, options.path ?? [], terminal);
  const exemptions = { today: today(), acceptances: [] };
  const pairs = pairMeshes(before.meshes, after.meshes);
  refuseUnknownMesh(
    options.mesh,
    pairs.map(({ name }) => name),
    [...before.meshNames, ...after.meshNames],
  );
  const { checkpoint } = terminal;
  const ownersOf = await before.readOwners();
  const shared = {
    ...{ mesh, policy, exemptions },
    ...(ownersOf && { ownersOf }),
    ...(file && { snapshot: file.snapshot }),
    ...(given.evidence && { evidence: given.evidence }),
    ...(checkpoint && { checkpoint }),
    wantsFixes: true,
  };
  const judged = analyzeMeshes(pairs, shared, { before: before.followed, after: after.followed });
  const found = withDiagnostics(withFound(withAbandoned(judged, after.abandoned), after), given.diagnostics);
  const texts = { before: before.textOf, after: after.textOf };
  const analysis = found.fixes ? { ...found, fixes: patchFixes(found.fixes, texts) } : found;
  const showPath = (path: string, side: 'before' | 'after'): string =>
    path === file?.snapshot.path ? path : (side === 'before' ? before : after).showPath(path);
  return { analysis, before, after, texts, showPath };
}

function nameSides([before, after]: readonly string[]): readonly [InputName, InputName] {
  return [
    before === undefined ? { kind: 'merge-base' } : { kind: 'argument', text: before },
    after === undefined ? { kind: 'working-tree' } : { kind: 'argument', text: after },
  ];
}

/** A pattern with a slip in it would let everything pass for good. */
function refuseNothing(before: Input, after: Input, globs: readonly string[]): void {
  if (globs.length === 0 || [...before.meshes, ...after.meshes].some(({ manifests }) => manifests.filesRead > 0))
    return;
  throw new UsageError(`No file of ${before.label} or ${after.label} fits --path ${globs.join(' --path ')}.`);
}

/** A folder on one side and a whole repository on the other is seldom meant: whatever lies elsewhere would look removed. */
function warnOfUnequalSides(before: Input, after: Input, globs: readonly string[], terminal: Terminal): void {
  const isPath = (input: Input) => input.kind === 'path';
  if (isPath(before) === isPath(after)) return;
  const whole = isPath(before) ? after : before;
  if (globs.length === 0) {
    terminal.writeErr(`note: comparing ${before.label} with ${after.label}; --path narrows ${whole.label}\n`);
  }
}
