import { diagnostic, type Diagnostic, type Origin } from '../../diagnostic/diagnostic.js';
import type { Unreadable } from '../../kubernetes/manifest.js';
import { isKustomizationFile, patchFiles } from '../../layout/kustomizations.js';
import { joinPath, lastPart } from '../../layout/root.js';
import { bearingDigest } from './bearing-digest.js';
import type { Closure } from './closure.js';
import type { ToolFinding, Tools } from './find-tools.js';
import type { RenderTask } from './render-task.js';
import type { Rendering } from './rendering.js';
import type { ToolLimits, ToolResult } from './run-tool.js';
import type { Workspace } from './workspace.js';

const MAX_WORDS = 600;

/** Diagnostics for the tools that the task needs and that are not there. */
export function missingTools({ root, closure, origin }: RenderTask, tools: Tools): readonly Diagnostic[] {
  const missing: Diagnostic[] = [];
  const need = (tool: ToolFinding, name: string, what: string): void => {
    if ('missing' in tool)
      missing.push(
        diagnostic('renderer-missing', `${what} was not rendered for want of ${name}: ${tool.missing}`, origin),
      );
  };
  if (root.kind === 'kustomization') need(tools.kustomize, 'kustomize', 'The kustomization');
  if (root.kind === 'chart' || closure.charts.length > 0) need(tools.helm, 'helm', 'The chart');
  return missing;
}

/** What stands for a root of which nothing is known.
 *
 * @throws SourceError when the tree cannot be read. */
export async function incomplete(
  { root, closure, origin }: RenderTask,
  diagnostics: readonly Diagnostic[],
): Promise<Rendering> {
  const digest = await bearingDigest(root, closure);
  const unreadable: readonly Unreadable[] = [{ ...origin, kind: null, digest, isRoot: true }];
  return { objects: [], unreadable, diagnostics, inputs: closure.inputs, tools: [], isComplete: false };
}

/** The kinds of the objects that files of a closure hold. Patches are none. By the text alone, since templates are no YAML. */
export async function writtenKinds(closure: Closure): Promise<readonly string[]> {
  const { kustomizations, tree, inputs, absent } = closure;
  if (closure.isTooLarge) return [''];
  const patches = new Set(kustomizations.flatMap(({ folder, body }) => patchFiles(folder, body)));
  const contents = await tree.read(inputs.filter((path) => !patches.has(path)));
  return [
    ...new Set([
      ...(absent.size > 0 ? [''] : []),
      ...[...contents].flatMap(([path, content]) => kindsIn(path, Buffer.from(content).toString('latin1'))),
    ]),
  ];
}

function kindsIn(path: string, text: string): readonly string[] {
  const name = lastPart(path);
  const isTemplate = /(?:^|\/)(?:templates|crds)\//.test(path);
  if (isTemplate ? name.startsWith('_') || name === 'NOTES.txt' : isKustomizationFile(path)) return [];
  if (!isTemplate && /^(?:values.*|Chart)\.(?:ya?ml|lock)$/.test(name)) return [];
  if (name.endsWith('.tgz') || name.endsWith('.json')) return [''];
  if (!/\.(?:ya?ml|tpl)$/.test(name)) return [];
  const kinds = [...text.matchAll(/^kind:[ \t]*["']?(\w*)/gm)].map(([, kind = '']) => kind);
  return kinds.length === 0 && isTemplate ? [''] : kinds;
}

/** Why a tool gave nothing, at the place that it names, where it names one. */
export function whatFailed(
  task: RenderTask,
  result: Exclude<ToolResult, { kind: 'done' }>,
  workspace: Workspace,
  limits: ToolLimits,
): Diagnostic {
  const what = task.root.kind === 'chart' ? 'The chart' : 'The kustomization';
  if (result.kind === 'limit') {
    const limit = {
      time: `${limits.milliseconds / 1000} seconds`,
      memory: `${Math.round(limits.memoryBytes / 2 ** 20)} MiB of memory`,
      output: `${Math.round(limits.outputBytes / 2 ** 20)} MiB of output`,
    }[result.what];
    return diagnostic('rendering-limit', `${what} took more than ${limit}, and was stopped`, task.origin);
  }
  const words = result.stderr.replaceAll(`${workspace.folder}/tree/`, '').replaceAll(`${workspace.folder}/`, '').trim();
  return diagnostic(
    'rendering-failed',
    `${what} does not render: ${words.slice(0, MAX_WORDS)}`,
    failureOrigin(task, words),
  );
}

/** Helm names the line of a template; the chart goes by its own name there, not by its folder's. */
function failureOrigin({ closure, origin }: RenderTask, words: string): Origin {
  for (const [, inner = '', line = '1'] of words.matchAll(
    /[\w.-]+\/((?:charts\/[\w.-]+\/)*templates\/[\w./-]+):(\d+)/g,
  )) {
    for (const { folder } of closure.charts) {
      const path = closure.placed.get(joinPath(folder, inner));
      if (path !== undefined) return { path, line: Number(line) };
    }
  }
  return origin;
}
