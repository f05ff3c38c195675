import { withFound } from '../../analyze-meshes.js';
import { auditMeshes } from '../../audit-meshes.js';
import { auditJsonParts } from '../../report/audit-json.js';
import { renderAuditMarkdown } from '../../report/audit-markdown.js';
import { holdsTrouble } from '../../report/audit-rows.js';
import { renderAuditText } from '../../report/audit-text.js';
import { today } from '../../source/today.js';
import { EXIT_CODES } from '../exit-codes.js';
import { readMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import type { CommonOptions } from '../read-settings.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope audit PATH…`: 0 like `reach`, whatever is found; with `--fail-on`, 1 where something is as bad as that, and 2
 * where nothing is, and not all is known. */
export async function audit(paths: readonly string[], options: CommonOptions, terminal: Terminal): Promise<number> {
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
  const shared = {
    ...{ mesh, policy, today: today() },
    ...(ownersOf && { ownersOf }),
    ...(snapshot && { snapshot }),
    ...(checkpoint && { checkpoint }),
  };
  const result = withFound(auditMeshes(meshes, shared), read);
  switch (options.format) {
    case 'json':
      await terminal.writeParts(auditJsonParts(result));
      break;
    case 'markdown':
      terminal.writeOut(renderAuditMarkdown(result));
      break;
    case 'text':
      terminal.writeOut(renderAuditText(result, { ...textOptions(terminal, options.verbose), showPath }));
  }
  const exitCode = exitCodeOfReading(meshes, snapshot?.objects.length ?? 0, terminal);
  if (options.failOn === undefined) return exitCode;
  if (holdsTrouble(result, options.failOn)) return EXIT_CODES.fail;
  return result.undetermined.length > 0 ? EXIT_CODES.undetermined : exitCode;
}
