import { withFound } from '../../analyze-meshes.js';
import { CONFIGURATION_PATH } from '../../policy/configuration-schema.js';
import { contractsJsonParts } from '../../report/audit-json.js';
import { isBroken, renderContractsText } from '../../report/contracts-text.js';
import { today } from '../../source/today.js';
import { testContractsInMeshes } from '../../test-contracts.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { readMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import type { CommonOptions } from '../read-settings.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope contracts [PATH…]`: 0 where all are kept, 1 where one is broken, 2 where none is, and not all is known.
 *
 * @throws UsageError where there are none to test. */
export async function contracts(paths: readonly string[], given: CommonOptions, terminal: Terminal): Promise<number> {
  const options = { ...given, config: given.config ?? CONFIGURATION_PATH };
  const read = await readMeshes(paths.length > 0 ? paths : [options.repo], options, terminal);
  const { meshes, options: mesh, policy, snapshot, showPath } = read;
  if (policy.contracts.length === 0) throw new UsageError(`${options.config} has no contracts to test`);
  const { checkpoint } = terminal;
  const shared = {
    ...{ mesh, policy, today: today() },
    ...(snapshot && { snapshot }),
    ...(checkpoint && { checkpoint }),
  };
  const report = withFound(testContractsInMeshes(meshes, shared), read);
  await terminal.writeParts(
    options.format === 'json'
      ? contractsJsonParts(report)
      : [renderContractsText(report, { ...textOptions(terminal, options.verbose), showPath })],
  );
  const exitCode = exitCodeOfReading(meshes, snapshot?.objects.length ?? 0, terminal);
  if (report.contracts.some(isBroken)) return EXIT_CODES.fail;
  return report.undetermined.length > 0 ? EXIT_CODES.undetermined : exitCode;
}
