import { reachMeshes, withFound } from '../../analyze-meshes.js';
import { compareDiagnostics } from '../../diagnostic/diagnostic.js';
import type { Delivery } from '../../layout/delivery.js';
import {
  renderDiscoveryJson,
  renderDiscoveryText,
  type DiscoveredRoot,
  type DiscoveryReport,
} from '../../report/render-discovery.js';
import type { Mesh } from '../../source/discovery.js';
import { inputOptions, readInput, withRenderer } from '../read-input.js';
import { exitCodeOfReading } from '../read-result.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { refuseUnknownMesh } from '../select-mesh.js';
import { textOptions, type Terminal } from '../terminal.js';

export interface DiscoverOptions extends CommonOptions {
  readonly render?: true;
}

const KINDS = { plain: 'plain', kustomization: 'kustomize', chart: 'helm' } as const;

/** `egress-scope discover [PATH]`: what is applied where, and who says so. */
export async function discover(
  path: string | undefined,
  options: DiscoverOptions,
  terminal: Terminal,
): Promise<number> {
  const { scope, mesh, allow: permissions } = await readSettings(options, terminal.workingDirectory);
  const input = await withRenderer((renderer) =>
    readInput(
      { kind: 'argument', text: path ?? options.repo },
      inputOptions(options, { scope, permissions, leftOut: [], renderer, terminal }),
    ),
  );
  refuseUnknownMesh(
    options.mesh,
    input.meshes.map(({ name }) => name),
    input.meshNames,
  );
  const { ledger } = withFound(reachMeshes(input.meshes, { mesh }), input);
  const report = { ...reportOf(input.meshes, input.diagnostics), ledger };
  const { showPath } = input;
  terminal.writeOut(
    options.format === 'json'
      ? renderDiscoveryJson(report, options.render === true)
      : renderDiscoveryText(report, options.render === true, { ...textOptions(terminal), showPath }),
  );
  return exitCodeOfReading(input.meshes, 0, terminal);
}

function reportOf(
  meshes: readonly Mesh[],
  diagnostics: DiscoveryReport['diagnostics'],
): Omit<DiscoveryReport, 'ledger'> {
  const all = [...diagnostics, ...meshes.flatMap(({ manifests }) => manifests.diagnostics)];
  const distinct = new Map(all.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return {
    meshes: meshes.map(({ name, deliveries, manifests }) => ({
      name,
      roots: deliveries.map(rootOf),
      objects: manifests.objects,
    })),
    diagnostics: [...distinct.values()].sort(compareDiagnostics),
  };
}

function rootOf({ root, placement, reason }: Delivery): DiscoveredRoot {
  const own = root.kind === 'chart' ? root.namespace : null;
  return {
    path: root.path || '.',
    kind: KINDS[root.kind],
    namespace: placement?.namespace ?? own,
    reason,
    valuesFiles: root.kind === 'chart' ? root.valuesFiles : [],
  };
}
