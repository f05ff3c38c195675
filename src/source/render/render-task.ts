import { createHash } from 'node:crypto';
import type { Origin } from '../../diagnostic/diagnostic.js';
import { joinPath, type GivenValues, type KustomizationRoot } from '../../layout/root.js';
import type { Closure } from './closure.js';
import { nameTool, type ToolFinding, type Tools } from './find-tools.js';
import { givenValues, placesOf } from './render-chart.js';
import type { RenderRoot } from './rendering.js';

/** One rendering on its way. */
export interface RenderTask {
  readonly root: RenderRoot;
  readonly closure: Closure;
  /** What stands for the root in diagnostics. */
  readonly origin: Origin;
  /** Equal for equal inputs, their places included. */
  readonly key: string;
}

/** @param closure all that the root depends on. */
export function createTask(root: RenderRoot, closure: Closure, tools: Tools): RenderTask {
  const digest = digestOf(root, closure, tools);
  const given = root.kind === 'chart' ? givenValues(root) : givenOverrides(root);
  const places = [root.origin ?? null, given.map(placesOf)];
  return { root, closure, origin: rootOrigin(root, closure), key: `${digest} ${JSON.stringify(places)}` };
}

/** The file that stands for a root. */
export function rootOrigin(root: RenderRoot, closure: Closure): Origin {
  const path =
    root.kind === 'chart'
      ? joinPath(root.path, 'Chart.yaml')
      : (closure.kustomizations[0]?.path ?? joinPath(root.path, 'kustomization.yaml'));
  return { path, line: 1 };
}

/** Equal for what renders equally, wherever it is declared. */
function digestOf(root: RenderRoot, closure: Closure, tools: Tools): string {
  const version = (tool: ToolFinding): string => ('version' in tool ? `${tool.command} ${tool.version}` : '');
  const files = [...closure.placed].map(([place, path]) => [place, path, closure.tree.files.get(path)?.digest]);
  const { remotes, lookups } = closure.permissions;
  const parts = [
    { ...root, origin: null },
    files.sort(),
    version(tools.kustomize),
    version(tools.helm),
    remotes,
    lookups,
    closure.problems,
    [...closure.absent],
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function givenOverrides({ overrides, locate }: KustomizationRoot): readonly GivenValues[] {
  return overrides && locate ? [{ values: overrides, locate }] : [];
}

/** The tools of a rendering, by the names and versions that people know them by. */
export function toolsOf({ root, closure }: RenderTask, { kustomize, helm }: Tools): readonly string[] {
  const named = (name: string, tool: ToolFinding): string => ('version' in tool ? nameTool(name, tool) : name);
  return [
    ...(root.kind === 'kustomization' ? [named('kustomize', kustomize)] : []),
    ...(closure.charts.length > 0 ? [named('Helm', helm)] : []),
  ];
}
