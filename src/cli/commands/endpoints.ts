import { listEndpoints } from '../../analyze-change.js';
import { renderEndpointTable } from '../../report/endpoint-table.js';
import { codeBlock } from '../../report/escape-markdown.js';
import { endpointsJsonParts } from '../../report/render-json.js';
import { EXIT_CODES } from '../exit-codes.js';
import { noteSnapshot, readMeshes } from '../read-mesh.js';
import { noteUnrendered } from '../read-result.js';
import type { CommonOptions, TextFormat } from '../read-settings.js';
import { selectInMeshes } from '../select-mesh.js';
import type { Terminal } from '../terminal.js';

export interface EndpointsOptions extends CommonOptions<TextFormat> {
  readonly workload: string;
}

/** `egress-scope endpoints PATH… --workload W` */
export async function endpoints(
  paths: readonly string[],
  options: EndpointsOptions,
  terminal: Terminal,
): Promise<number> {
  const read = await readMeshes(paths, options, terminal);
  noteUnrendered(read.meshes, terminal);
  const { input, workload } = selectInMeshes(options.workload, read);
  const rows = listEndpoints({ ...input, workload });
  noteSnapshot(input, terminal);
  switch (options.format) {
    case 'json':
      await terminal.writeParts(endpointsJsonParts(workload, rows));
      break;
    case 'markdown':
      terminal.writeOut(`${codeBlock('', renderEndpointTable(rows).trimEnd().split('\n'))}\n`);
      break;
    case 'text':
      terminal.writeOut(renderEndpointTable(rows));
  }
  return EXIT_CODES.pass;
}
