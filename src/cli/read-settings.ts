import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MeshOptions } from '../analyze-change.js';
import type { ManifestScope } from '../policy/manifest-scope.js';
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

/** The options that every command understands. */
export interface CommonOptions {
  readonly istioVersion?: string;
  readonly probe?: readonly Destination[];
  readonly path?: readonly string[];
  readonly format: 'text' | 'json' | 'markdown';
  readonly config?: string;
  readonly clusterDomain?: string;
  readonly failOn?: Policy['failOn'];
  readonly injectionDefault?: 'true' | 'false';
  readonly repo: string;
}

export interface Settings {
  readonly mesh: MeshOptions;
  readonly policy: Policy;
  readonly scope: ManifestScope;
}

/** What the configuration file says, and above it what the command line says. Probes of both are asked about.
 *
 * @throws UsageError for a file that cannot be read or is wrong, with every line that is. */
export async function readSettings(options: CommonOptions, workingDirectory: string): Promise<Settings> {
  const file = await readConfiguration(options.config, workingDirectory);
  const { istioVersion, clusterDomain, injectionDefault, probe = [], failOn } = options;
  if (istioVersion !== undefined && !isIstioVersion(istioVersion)) {
    throw new UsageError(`--istio-version ${istioVersion} is not a version such as 1.30`);
  }
  if (clusterDomain !== undefined && !isClusterDomain(clusterDomain)) {
    throw new UsageError(`--cluster-domain ${clusterDomain} is not a DNS domain such as cluster.local`);
  }
  const probes = [...(file.mesh.probes ?? []), ...probe];
  return {
    mesh: {
      ...file.mesh,
      ...(istioVersion === undefined ? {} : { istioVersion }),
      ...(clusterDomain === undefined ? {} : { clusterDomain }),
      ...(injectionDefault === undefined ? {} : { injectionDefault: injectionDefault === 'true' }),
      ...(probes.length === 0 ? {} : { probes }),
    },
    scope: file.scope,
    policy: failOn === undefined ? file.policy : { ...file.policy, failOn },
  };
}

async function readConfiguration(path: string | undefined, workingDirectory: string): Promise<PolicyFile> {
  if (path === undefined) return DEFAULT_CONFIGURATION;
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
