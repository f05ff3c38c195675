import { listEndpoints, listWorkloads } from '../../analyze-change.js';
import { renderEndpointTable } from '../../report/endpoint-table.js';
import { codeBlock } from '../../report/escape-markdown.js';
import { renderEndpointsJson } from '../../report/render-json.js';
import { EXIT_CODES } from '../exit-codes.js';
import { readInputs } from '../read-input.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { selectWorkload } from '../select-workload.js';
import type { Terminal } from '../terminal.js';

export interface EndpointsOptions extends CommonOptions {
  readonly workload: string;
}

/** `egress-scope endpoints PATH… --workload W` */
export async function endpoints(
  paths: readonly string[],
  options: EndpointsOptions,
  terminal: Terminal,
): Promise<number> {
  const { mesh, scope } = await readSettings(options, terminal.workingDirectory);
  const { manifests } = await readInputs(paths, { repo: options.repo, globs: options.path ?? [], scope, terminal });
  const workload = selectWorkload(options.workload, listWorkloads({ manifests, mesh }));
  const rows = listEndpoints({ manifests, mesh, workload });
  switch (options.format) {
    case 'json':
      terminal.writeOut(renderEndpointsJson(workload, rows));
      break;
    case 'markdown':
      terminal.writeOut(`${codeBlock('', renderEndpointTable(rows).trimEnd().split('\n'))}\n`);
      break;
    case 'text':
      terminal.writeOut(renderEndpointTable(rows));
  }
  return EXIT_CODES.pass;
}
