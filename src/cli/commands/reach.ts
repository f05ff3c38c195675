import { reachMeshes, withFound } from '../../analyze-meshes.js';
import { renderReachHtml } from '../../report/html/render-reach-html.js';
import { reachJsonParts } from '../../report/render-json.js';
import { reachMarkdownParts } from '../../report/reach-markdown.js';
import { reachTextParts } from '../../report/reach-text.js';
import { readMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import type { CommonOptions, ReachFormat } from '../read-settings.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope reach PATH…` */
export async function reach(
  paths: readonly string[],
  options: CommonOptions<ReachFormat>,
  terminal: Terminal,
): Promise<number> {
  const { meshes, options: mesh, snapshot, showPath, ...read } = await readMeshes(paths, options, terminal);
  const { checkpoint } = terminal;
  const shared = { mesh, ...(snapshot && { snapshot }), ...(checkpoint && { checkpoint }) };
  const result = withFound(reachMeshes(meshes, shared), read);
  checkpoint?.('render');
  switch (options.format) {
    case 'json':
      await terminal.writeParts(reachJsonParts(result));
      break;
    case 'markdown':
      await terminal.writeParts(reachMarkdownParts(result));
      break;
    case 'text':
      await terminal.writeParts(reachTextParts(result, { ...textOptions(terminal), showPath }));
      break;
    case 'html':
      terminal.writeOut(renderReachHtml(result));
  }
  return exitCodeOfReading(meshes, snapshot?.objects.length ?? 0, terminal);
}
