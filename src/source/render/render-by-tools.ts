import { isLfsPointer } from '../../kubernetes/lfs-pointer.js';
import { joinPath } from '../../layout/root.js';
import { inspectCharts } from './chart-closure.js';
import { ABSENT, isForReaders } from './closure.js';
import type { Tool, Tools } from './find-tools.js';
import { incomplete, whatFailed } from './incomplete-rendering.js';
import { readOutput } from './read-output.js';
import { helmArguments, VALUES } from './render-chart.js';
import { kustomizeArguments, OVERLAY, overlayOf } from './render-kustomization.js';
import { toolsOf, type RenderTask } from './render-task.js';
import type { Rendering } from './rendering.js';
import { runTool, type Confinement, type ToolLimits, type ToolResult } from './run-tool.js';
import { createSourceTexts, type SourceText } from './source-text.js';
import { createWorkspace, toolEnvironment, type Workspace } from './workspace.js';

/** What an object takes in memory, by the size of its text. */
const BYTES_FOR_BYTE = 8;

/** What tools are run with. */
export interface ToolSetting {
  readonly tools: Tools;
  readonly confinement: Confinement;
  readonly limits: ToolLimits;
  /** Stops them. */
  readonly signal: AbortSignal;
}

/** A rendering, and what is to be known to keep it. */
export interface ToolRendering {
  readonly rendering: Rendering;
  readonly bytes: number;
  readonly keep: 'yes' | 'for a while' | 'no';
}

/** What the content of a task's files says against rendering it, goes to the closure's problems. */
async function readInputs({ closure }: RenderTask): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = await closure.tree.read(closure.inputs);
  for (const path of closure.inputs) {
    const [content, at] = [contents.get(path), { path, line: 1 }];
    if (content === undefined) closure.refuse('rendering-failed', 'The file could not be read', at);
    else if (isLfsPointer(content) && !isForReaders(path)) closure.refuse('lfs-pointer', ABSENT['lfs-pointer'], at);
  }
  await inspectCharts(closure, contents);
  return contents;
}

/** Renders a task in a folder that holds its files, which is removed afterwards.
 *
 * @throws SourceError when the tree cannot be read. */
export async function renderByTools(task: RenderTask, setting: ToolSetting): Promise<ToolRendering> {
  const { closure } = task;
  const contents = await readInputs(task);
  if (closure.problems.length > 0)
    return { rendering: await incomplete(task, closure.problems), bytes: 0, keep: 'yes' };
  const placed = new Map([...closure.placed].map(([place, path]) => [place, contents.get(path)!]));
  const texts = createSourceTexts(contents);
  const workspace = await createWorkspace(placed);
  try {
    const result = await runTools(task, setting, workspace, texts, contents);
    if (result.kind !== 'done') {
      const keep =
        setting.signal.aborted || closure.needsNetwork ? 'no' : result.kind === 'limit' ? 'for a while' : 'yes';
      const failed = whatFailed(task, result, workspace, setting.limits);
      return { rendering: await incomplete(task, [failed]), bytes: 0, keep };
    }
    const read = await readOutput(task, result.stdout.toString('utf8'), texts);
    const tools = toolsOf(task, setting.tools);
    const inputBytes = [...contents.values()].reduce((sum, content) => sum + content.byteLength, 0);
    return {
      rendering: { ...read, inputs: closure.inputs, tools, isComplete: true },
      bytes: inputBytes + result.stdout.byteLength * BYTES_FOR_BYTE,
      keep: closure.needsNetwork ? 'no' : 'yes',
    };
  } finally {
    await workspace.remove();
  }
}

/** Writes what the tool needs beside the tree's files, and runs it. */
async function runTools(
  { root, closure }: RenderTask,
  { tools, confinement, limits, signal }: ToolSetting,
  { folder, write }: Workspace,
  texts: ReadonlyMap<string, SourceText>,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<ToolResult> {
  const { needsNetwork } = closure;
  const helm = closure.charts.length === 0 ? null : (tools.helm as Tool);
  const env = toolEnvironment(folder, needsNetwork, limits.memoryBytes);
  const run = (command: string, args: readonly string[]): Promise<ToolResult> =>
    runTool(confinement, { command, args, folder, env, needsNetwork, limits, signal });
  for (const chart of closure.toUpdate) {
    const result = await run(helm!.command, ['dependency', 'update', '--', joinPath(`${folder}/tree`, chart)]);
    if (result.kind !== 'done') return result;
  }
  if (root.kind === 'kustomization') {
    const tool = tools.kustomize as Tool;
    await write(`${OVERLAY}/kustomization.yaml`, overlayOf(root, texts));
    return run(tool.command, [...tool.args, ...kustomizeArguments(root, folder, helm?.command ?? null)]);
  }
  const values = [
    ...root.valuesFiles.map((path) => contents.get(path)!),
    ...root.values.map((value) => JSON.stringify(value.values)),
  ];
  for (const [index, content] of values.entries()) await write(`${VALUES}/${index}.yaml`, content);
  return run(helm!.command, [...helm!.args, ...helmArguments(root, folder, values.length)]);
}
