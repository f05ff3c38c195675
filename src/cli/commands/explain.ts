import { explainEdge } from '../../analyze-change.js';
import type { WrittenDestination } from '../../policy/parse-destination.js';
import { renderExplainMarkdown, renderExplainText } from '../../report/explain-text.js';
import { renderExplainJson } from '../../report/render-json.js';
import { EXIT_CODES } from '../exit-codes.js';
import { noteSnapshot, readMeshes } from '../read-mesh.js';
import { noteUnrendered } from '../read-result.js';
import type { CommonOptions, TextFormat } from '../read-settings.js';
import { resolveServiceHost } from '../../kubernetes/resolve-service-host.js';
import { selectInMeshes } from '../select-mesh.js';
import { textOptions, type Terminal } from '../terminal.js';

export interface ExplainOptions extends CommonOptions<TextFormat> {
  readonly from: string;
  readonly to: WrittenDestination;
}

/** `egress-scope explain PATH… --from W --to HOST:PORT[/PROTOCOL]` */
export async function explain(paths: readonly string[], options: ExplainOptions, terminal: Terminal): Promise<number> {
  const read = await readMeshes(paths, options, terminal);
  noteUnrendered(read.meshes, terminal);
  const { showPath } = read;
  const { input, workload } = selectInMeshes(options.from, read);
  const clusterDomain = input.mesh.clusterDomain ?? 'cluster.local';
  const objects = [...input.manifests.objects, ...(input.snapshot?.objects ?? [])];
  const host = resolveServiceHost(options.to.host, { namespace: workload.namespace, clusterDomain, objects });
  const destination = { ...options.to, host };
  const steps = explainEdge({ ...input, workload, destination });
  noteSnapshot(input, terminal);
  switch (options.format) {
    case 'json':
      terminal.writeOut(renderExplainJson(workload, destination, steps));
      break;
    case 'markdown':
      terminal.writeOut(renderExplainMarkdown(steps));
      break;
    case 'text':
      terminal.writeOut(renderExplainText(steps, { ...textOptions(terminal), showPath }));
  }
  return EXIT_CODES.pass;
}
