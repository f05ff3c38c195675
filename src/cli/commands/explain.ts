import { explainEdge, listWorkloads } from '../../analyze-change.js';
import type { WrittenDestination } from '../../policy/parse-destination.js';
import { renderExplainMarkdown, renderExplainText } from '../../report/explain-text.js';
import { renderExplainJson } from '../../report/render-json.js';
import { EXIT_CODES } from '../exit-codes.js';
import { readInputs } from '../read-input.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { resolveServiceHost } from '../../kubernetes/resolve-service-host.js';
import { selectWorkload } from '../select-workload.js';
import { textOptions, type Terminal } from '../terminal.js';

export interface ExplainOptions extends CommonOptions {
  readonly from: string;
  readonly to: WrittenDestination;
}

/** `egress-scope explain PATH… --from W --to HOST:PORT[/PROTOCOL]` */
export async function explain(paths: readonly string[], options: ExplainOptions, terminal: Terminal): Promise<number> {
  const { mesh, scope } = await readSettings(options, terminal.workingDirectory);
  const { manifests, showPath } = await readInputs(paths, {
    repo: options.repo,
    globs: options.path ?? [],
    scope,
    terminal,
  });
  const workload = selectWorkload(options.from, listWorkloads({ manifests, mesh }));
  const clusterDomain = mesh.clusterDomain ?? 'cluster.local';
  const host = resolveServiceHost(options.to.host, { namespace: workload.namespace, clusterDomain, manifests });
  const destination = { ...options.to, host };
  const steps = explainEdge({ manifests, mesh, workload, destination });
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
