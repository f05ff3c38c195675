import { resolve } from 'node:path';
import type { ClusterTool } from '../source/run-cluster-tool.js';
import type { Terminal } from './terminal.js';

/** Which cluster a command asks. */
export interface ClusterOptions {
  readonly context?: string;
  readonly kubeconfig?: string;
}

const VARIABLES = { kubectl: 'KUBECTL_BIN', istioctl: 'ISTIOCTL_BIN' } as const;

/** The program that the environment names, else the one on the PATH. */
export function clusterTool(
  name: keyof typeof VARIABLES,
  { context, kubeconfig }: ClusterOptions,
  { environment, workingDirectory }: Terminal,
): ClusterTool {
  const variable = VARIABLES[name];
  return {
    program: environment[variable] || name,
    variable,
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(workingDirectory, kubeconfig) }),
  };
}
