import { analyzeMeshes, withFound } from '../../analyze-meshes.js';
import { today } from '../../source/today.js';
import { EXIT_CODES } from '../exit-codes.js';
import { readMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import { refuseNoVersion, type ChangeFormat, type CommonOptions } from '../read-settings.js';
import type { Terminal } from '../terminal.js';
import { writeAnalysis } from './diff.js';

export interface UpgradeOptions extends CommonOptions<ChangeFormat> {
  /** Default: what the settings or the manifests say. */
  readonly from?: string;
  readonly to: string;
}

/** `egress-scope upgrade PATH… --to VERSION`: exits as `diff` does. */
export async function upgrade(paths: readonly string[], options: UpgradeOptions, terminal: Terminal): Promise<number> {
  const { from = options.istioVersion, to } = options;
  refuseNoVersion('--from', from);
  refuseNoVersion('--to', to);
  const {
    meshes,
    options: mesh,
    policy,
    snapshot,
    evidence,
    showPath,
    readOwners,
    ...read
  } = await readMeshes(paths, options, terminal, { wantsEvidence: true });
  const ownersOf = await readOwners();
  const { checkpoint } = terminal;
  const sides = meshes.map(({ manifests, ...named }) => ({ ...named, before: manifests, after: manifests }));
  const shared = {
    ...{ mesh, policy, exemptions: { today: today(), acceptances: [] } },
    upgrade: { to, ...(from !== undefined && { from }) },
    ...(ownersOf && { ownersOf }),
    ...(snapshot && { snapshot }),
    ...(evidence && { evidence }),
    ...(checkpoint && { checkpoint }),
  };
  const analysis = withFound(analyzeMeshes(sides, shared), read);
  await writeAnalysis(analysis, options, showPath, terminal);
  const reading = exitCodeOfReading(meshes, snapshot?.objects.length ?? 0, terminal);
  return analysis.verdict === 'pass' ? reading : EXIT_CODES[analysis.verdict];
}
