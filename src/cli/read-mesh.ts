import type { MeshInput, MeshOptions } from '../analyze-change.js';
import type { TrafficEvidence } from '../evidence/traffic-evidence.js';
import type { Policy } from '../policy/policy.js';
import type { MeshSnapshot } from '../snapshot/read-snapshot.js';
import type { Mesh } from '../source/discovery.js';
import { inputOptions, readInputs, withRenderer, type Input } from './read-input.js';
import { NO_EVIDENCE, readEvidenceFile } from './read-evidence-file.js';
import { readSettings, type CommonOptions } from './read-settings.js';
import { readSnapshotFile } from './read-snapshot-file.js';
import { refuseUnknownMesh } from './select-mesh.js';
import type { Terminal } from './terminal.js';

/** The meshes to ask about, and a path of theirs as the reader can open it. */
export interface ReadMeshes {
  readonly meshes: readonly Mesh[];
  readonly diagnostics: Input['diagnostics'];
  readonly ledger: Input['ledger'];
  readonly options: MeshOptions;
  readonly snapshot?: MeshSnapshot;
  readonly evidence?: TrafficEvidence;
  readonly showPath: Input['showPath'];
  readonly readOwners: Input['readOwners'];
  readonly policy: Policy;
  readonly textOf: Input['textOf'];
}

/** Reads the paths as one tree, with what the settings have beside it.
 *
 * @throws UsageError, SourceError as `readInputs`, `readSettings` and `readSnapshotFile` do. */
export async function readMeshes(
  paths: readonly string[],
  options: CommonOptions,
  terminal: Terminal,
  { wantsEvidence = false }: { readonly wantsEvidence?: boolean } = {},
): Promise<ReadMeshes> {
  const settings = await readSettings(options, terminal.workingDirectory);
  const { mesh, scope, allow: permissions, policy } = settings;
  const file = await readSnapshotFile(options, settings.snapshot, terminal.workingDirectory);
  const given = wantsEvidence ? await readEvidenceFile(options, settings.evidence, terminal) : NO_EVIDENCE;
  const leftOut = [file?.path, given.path].filter((path) => path !== undefined);
  const { meshes, meshNames, diagnostics, ledger, showPath, readOwners, textOf } = await withRenderer((renderer) =>
    readInputs(paths, inputOptions(options, { scope, permissions, leftOut, renderer, terminal })),
  );
  refuseUnknownMesh(
    options.mesh,
    meshes.map(({ name }) => name),
    meshNames,
  );
  const isOverlaid = file !== null && meshes.length <= 1;
  if (file !== null && !isOverlaid) {
    terminal.writeErr(
      'note: the snapshot is of one cluster, and is left out of several meshes; choose one with --mesh\n',
    );
  }
  return {
    meshes,
    diagnostics,
    ledger,
    options: mesh,
    policy,
    readOwners,
    textOf,
    ...(isOverlaid ? { snapshot: file.snapshot } : {}),
    ...(given.evidence ? { evidence: given.evidence } : {}),
    showPath: (path) => (path === file?.snapshot.path ? path : showPath(path)),
  };
}

/** For an answer that has no room for it: how old what it rests on is. */
export function noteSnapshot({ snapshot }: Pick<MeshInput, 'snapshot'>, terminal: Terminal): void {
  for (const { message } of snapshot?.diagnostics ?? []) terminal.writeErr(`note: ${message}\n`);
}
