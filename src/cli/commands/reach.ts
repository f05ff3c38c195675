import { analyzeMesh } from '../../analyze-change.js';
import { renderReachJson } from '../../report/render-json.js';
import { renderReachMarkdown } from '../../report/reach-markdown.js';
import { renderReachText } from '../../report/reach-text.js';
import { EXIT_CODES } from '../exit-codes.js';
import { readInputs } from '../read-input.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope reach PATH…` */
export async function reach(paths: readonly string[], options: CommonOptions, terminal: Terminal): Promise<number> {
  const { mesh, scope } = await readSettings(options, terminal.workingDirectory);
  const input = await readInputs(paths, { repo: options.repo, globs: options.path ?? [], scope, terminal });
  const result = analyzeMesh({ manifests: input.manifests, mesh });
  switch (options.format) {
    case 'json':
      terminal.writeOut(renderReachJson(result));
      break;
    case 'markdown':
      terminal.writeOut(renderReachMarkdown(result));
      break;
    case 'text':
      terminal.writeOut(renderReachText(result, { ...textOptions(terminal), showPath: input.showPath }));
  }
  return EXIT_CODES.pass;
}
