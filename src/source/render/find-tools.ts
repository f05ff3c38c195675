import { basename } from 'node:path';
import { findProgram, programOutput } from './run-tool.js';

/** A program that renders. */
export interface Tool {
  /** Absolute. */
  readonly command: string;
  /** What comes before the tool's own arguments. */
  readonly args: readonly string[];
  /** In the tool's own words. Renderings of other versions are other renderings. */
  readonly version: string;
}

/** A tool, or why there is none, as the end of a sentence. */
export type ToolFinding = Tool | { readonly missing: string };

export interface Tools {
  readonly kustomize: ToolFinding;
  readonly helm: ToolFinding;
}

/** A tool's name with its version; of kubectl, that of the kustomize in it. */
export function nameTool(name: string, { version }: Tool): string {
  const number = /Kustomize Version:\s*(v[\w.+-]+)/.exec(version)?.[1] ?? /v\d[\w.+-]*/.exec(version)?.[0];
  return number === undefined ? name : `${name} ${number}`;
}

/** Finds the tools by `KUSTOMIZE_BIN` (kustomize or kubectl) and `HELM_BIN`, else on the `PATH`. */
export async function findTools(env: NodeJS.ProcessEnv = process.env): Promise<Tools> {
  const [kustomize, helm] = await Promise.all([
    findTool(env, 'KUSTOMIZE_BIN', ['kustomize', 'kubectl']),
    findTool(env, 'HELM_BIN', ['helm']),
  ]);
  return { kustomize, helm };
}

async function findTool(env: NodeJS.ProcessEnv, variable: string, names: readonly string[]): Promise<ToolFinding> {
  const named = env[variable];
  const reasons: string[] = [];
  for (const name of named ? [named] : names) {
    const command = await findProgram(name, env['PATH']);
    const isKubectl = basename(name).startsWith('kubectl');
    const version =
      command === null ? null : await programOutput(command, isKubectl ? ['version', '--client'] : ['version']);
    if (command !== null && version !== null) return { command, args: argsOf(names, isKubectl), version };
    if (command !== null) reasons.push(`${command} does not tell its version`);
  }
  const places = named ? `${named} (${variable}) is no program` : `${names.join(' or ')} is not on the PATH`;
  return { missing: [places, ...reasons].at(-1)! };
}

function argsOf(names: readonly string[], isKubectl: boolean): readonly string[] {
  if (!names.includes('kustomize')) return ['template'];
  return isKubectl ? ['kustomize'] : ['build'];
}
