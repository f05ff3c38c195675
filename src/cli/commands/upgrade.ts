import { analyzeMeshes, withFound } from '../../analyze-meshes.js';
import { isIstioVersion } from '../../policy/parse-policy-file.js';
import { today } from '../../source/today.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { readMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import type { ChangeFormat, CommonOptions } from '../read-settings.js';
import { textOptions, type Terminal } from '../terminal.js';
import { renderAnalysis } from './diff.js';

export interface UpgradeOptions extends CommonOptions<ChangeFormat> {
  /** Default: what the settings or the manifests say. */
  readonly from?: string;
  readonly to: string;
}

/** `egress-scope upgrade PATH… --to VERSION`: exits as `diff` does. */
export async function upgrade(paths: readonly string[], options: UpgradeOptions, terminal: Terminal): Promise<number> {
  const { from = options.istioVersion, to } = options;
  for (const [name, version] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (version !== undefined && !isIstioVersion(version)) {
      throw new UsageError(`--${name} ${version} is not a version such as 1.30`);
    }
  }
  const {
    meshes,
    options: mesh,
    policy,
    snapshot,
    showPath,
    readOwners,
    ...read
  } = await readMeshes(paths, options, terminal);
  const ownersOf = await readOwners();
  const { checkpoint } = terminal;
  const sides = meshes.map(({ manifests, ...named }) => ({ ...named, before: manifests, after: manifests }));
  const shared = {
    ...{ mesh, policy, exemptions: { today: today(), acceptances: [] } },
    upgrade: { to, ...(from !== undefined && { from }) },
    ...(ownersOf && { ownersOf }),
    ...(snapshot && { snapshot }),
    ...(checkpoint && { checkpoint }),
  };
  const analysis = withFound(analyzeMeshes(sides, shared), read);
  checkpoint?.('render');
  const layout = { ...textOptions(terminal, options.verbose), showPath };
  await terminal.writeParts(await renderAnalysis(analysis, options.format, layout));
  const reading = exitCodeOfReading(meshes, snapshot?.objects.length ?? 0, terminal);
  return analysis.verdict === 'pass' ? reading : EXIT_CODES[analysis.verdict];
}
