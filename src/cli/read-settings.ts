import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  DEFAULT_CONFIGURATION,
  isClusterDomain,
  isIstioVersion,
  parsePolicyFile,
  type PolicyFile,
} from '../policy/parse-policy-file.js';
import type { Policy } from '../policy/policy.js';
import type { Destination } from '../reachability/egress-reachability.js';
import { UsageError } from './exit-codes.js';

/** What answers can be printed as: any; that of `reach`; that of `diff` and `pr`. */
export const TEXT_FORMATS = ['text', 'json', 'markdown'] as const;
export const REACH_FORMATS = [...TEXT_FORMATS, 'html'] as const;
export const CHANGE_FORMATS = [...REACH_FORMATS, 'sarif', 'junit'] as const;

export type TextFormat = (typeof TEXT_FORMATS)[number];
export type ReachFormat = (typeof REACH_FORMATS)[number];
export type ChangeFormat = (typeof CHANGE_FORMATS)[number];

/** The options that every command understands. */
export interface CommonOptions<Format extends string = string> {
  readonly istioVersion?: string;
  readonly probe?: readonly Destination[];
  readonly path?: readonly string[];
  readonly format: Format;
  readonly config?: string;
  readonly clusterDomain?: string;
  readonly failOn?: Policy['failOn'];
  readonly injectionDefault?: 'true' | 'false';
  readonly snapshot?: string;
  readonly evidence?: string;
  readonly repo: string;
  readonly mesh?: string;
  /** Of those that print findings. */
  readonly verbose?: boolean;
}

/** What the configuration file says, and above it what the command line says.
 *
 * @throws UsageError for a file that cannot be read or is wrong, with every line that is. */
export async function readSettings(options: CommonOptions, workingDirectory: string): Promise<PolicyFile> {
  const adjust = adjustmentBy(options);
  return adjust((await readConfiguration(options, workingDirectory)) ?? DEFAULT_CONFIGURATION);
}

/** What the command line says above a configuration. Probes of both are asked about.
 *
 * @throws UsageError for an option that cannot be. */
export function adjustmentBy(options: CommonOptions): (file: PolicyFile) => PolicyFile {
  const { istioVersion, clusterDomain, injectionDefault, probe = [], failOn } = options;
  refuseNoVersion('--istio-version', istioVersion);
  if (clusterDomain !== undefined && !isClusterDomain(clusterDomain)) {
    throw new UsageError(`--cluster-domain ${clusterDomain} is not a DNS domain such as cluster.local`);
  }
  return (file) => {
    const probes = [...(file.mesh.probes ?? []), ...probe];
    return {
      ...file,
      mesh: {
        ...file.mesh,
        ...(istioVersion === undefined ? {} : { istioVersion }),
        ...(clusterDomain === undefined ? {} : { clusterDomain }),
        ...(injectionDefault === undefined ? {} : { injectionDefault: injectionDefault === 'true' }),
        ...(probes.length === 0 ? {} : { probes }),
      },
      policy: failOn === undefined ? file.policy : { ...file.policy, failOn },
    };
  };
}

/** @throws UsageError for what is no version of Istio; known ones and others are told apart later. */
export function refuseNoVersion(option: string, version: string | undefined): void {
  if (version === undefined || isIstioVersion(version)) return;
  throw new UsageError(`${option} ${version} is not a version such as 1.30`);
}

/** The file that `--config` names; null without that option.
 *
 * @throws UsageError for a file that cannot be read or is wrong, with every line that is. */
export async function readConfiguration(
  { config: path }: Pick<CommonOptions, 'config'>,
  workingDirectory: string,
): Promise<PolicyFile | null> {
  if (path === undefined) return null;
  const text = await readFile(resolve(workingDirectory, path), 'utf8').catch((error: unknown) => {
    throw new UsageError(
      `--config ${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`,
    );
  });
  const file = parsePolicyFile(path, text);
  if (file.problems.length === 0) return file;
  const lines = file.problems.map((problem) => `  ${path}:${problem.line ?? 1}: ${problem.message}`);
  throw new UsageError(`the configuration is wrong\n${lines.join('\n')}`);
}
