import { analyzeDrift } from '../../analyze-change.js';
import { meshOptions, withFound } from '../../analyze-meshes.js';
import { ONLY_MESH } from '../../kubernetes/manifest.js';
import { parseManifestFile } from '../../kubernetes/parse-manifest-file.js';
import { readSnapshot, type MeshSnapshot } from '../../snapshot/read-snapshot.js';
import { SourceError } from '../../source/source-files.js';
import { today } from '../../source/today.js';
import type { ClusterOptions } from '../cluster-tools.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { readMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import type { ChangeFormat, CommonOptions } from '../read-settings.js';
import { takeSnapshot } from '../take-snapshot.js';
import type { Terminal } from '../terminal.js';
import { writeAnalysis } from './diff.js';

export interface DriftOptions extends CommonOptions<ChangeFormat>, ClusterOptions {
  /** Ask the cluster now, in place of reading a snapshot. */
  readonly live?: boolean;
}

/** What places in a cluster that is asked now are called. */
const LIVE = 'cluster';

/** `egress-scope drift PATH…`: exits as `diff` does. */
export async function drift(paths: readonly string[], options: DriftOptions, terminal: Terminal): Promise<number> {
  if (options.live && options.snapshot !== undefined) throw new UsageError('--live and --snapshot exclude each other');
  const read = await readMeshes(paths, options, terminal, { wantsEvidence: true });
  const [mesh, ...others] = read.meshes;
  if (!mesh || others.length > 0) {
    const names = read.meshes.map(({ name }) => name).join(', ');
    throw new UsageError(`a cluster is held against one mesh; choose one of ${names || 'none'} with --mesh`);
  }
  const snapshot = options.live ? await askCluster(options, terminal) : read.snapshot;
  if (!snapshot) throw new UsageError('name what the cluster has with --snapshot FILE, or ask it with --live');
  const ownersOf = await read.readOwners();
  const { checkpoint } = terminal;
  const analysis = analyzeDrift({
    ...{ manifests: mesh.manifests, snapshot, policy: read.policy, exemptions: { today: today(), acceptances: [] } },
    mesh: meshOptions(read.options, mesh),
    ...(mesh.name === ONLY_MESH ? {} : { meshName: mesh.name }),
    ...(ownersOf && { ownersOf }),
    ...(read.evidence && { evidence: read.evidence }),
    ...(checkpoint && { checkpoint }),
  });
  await writeAnalysis(withFound(analysis, read), options, read.showPath, terminal);
  const exitCode = exitCodeOfReading(read.meshes, 0, terminal);
  return analysis.verdict === 'pass' ? exitCode : EXIT_CODES[analysis.verdict];
}

/** @throws SourceError where the cluster does not tell all. */
async function askCluster(options: ClusterOptions, terminal: Terminal): Promise<MeshSnapshot> {
  const content = await takeSnapshot(options, { includeEndpoints: false, includeEnv: true }, terminal);
  const reading = readSnapshot(parseManifestFile({ path: LIVE, content }), Date.now(), null);
  if (reading.kind === 'unusable') throw new SourceError(`what the cluster has ${reading.reason}`, true);
  return reading.snapshot;
}
