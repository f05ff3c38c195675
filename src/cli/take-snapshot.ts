import { UnreadableMeshConfig } from '../snapshot/reduce-configuration.js';
import {
  controlPlaneNamespaces,
  resourceName,
  type SnapshotKind,
  type SnapshotOptions,
} from '../snapshot/snapshot-kinds.js';
import { kindsFor, writeSnapshot, type KindReading } from '../snapshot/write-snapshot.js';
import { listObjects, readServerVersion, type KubectlOptions, type ListAnswer } from '../source/run-kubectl.js';
import { SourceError } from '../source/source-files.js';
import { clusterTool, type ClusterOptions } from './cluster-tools.js';
import { withProgress, type Terminal } from './terminal.js';

/** What a cluster has and decides where calls go, as the text of a snapshot. All of it, or nothing.
 *
 * @throws SourceError where the cluster does not tell all. */
export async function takeSnapshot(
  options: ClusterOptions,
  wanted: SnapshotOptions,
  terminal: Terminal,
): Promise<string> {
  const kubectl = clusterTool('kubectl', options, terminal);
  const kinds = kindsFor(wanted);
  const { readings, notInstalled } = await readCluster(kubectl, kinds, terminal);
  const about = {
    takenAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    serverVersion: await readServerVersion(kubectl),
    resources: kinds.map(resourceName),
    notInstalled: notInstalled.map(resourceName),
  };
  const text = asSourceError(() => writeSnapshot(readings, about, wanted));
  if (about.notInstalled.length > 0) terminal.writeErr(`note: not installed: ${about.notInstalled.join(', ')}\n`);
  return text;
}

interface ClusterReading {
  readonly readings: readonly KindReading[];
  readonly notInstalled: readonly SnapshotKind[];
}

/** @throws SourceError with everything that may not be read, and the rules that would change it. */
async function readCluster(
  kubectl: KubectlOptions,
  kinds: readonly SnapshotKind[],
  terminal: Terminal,
): Promise<ClusterReading> {
  const readings: KindReading[] = [];
  const notInstalled: SnapshotKind[] = [];
  const forbidden: SnapshotKind[] = [];
  // Where the control plane is, the Deployments tell.
  const inOrder = [...kinds].sort((a, b) => Number(a.ofControlPlane ?? false) - Number(b.ofControlPlane ?? false));
  for (const kind of inOrder) {
    const deployments = readings.find((reading) => reading.kind.kind === 'Deployment')?.items ?? [];
    const namespaces = kind.ofControlPlane ? controlPlaneNamespaces(deployments) : [null];
    for (const namespace of namespaces) {
      const answer = await withProgress(terminal, `reading ${resourceName(kind)}`, () =>
        list(kubectl, kind, namespace),
      );
      if (answer.kind === 'items') readings.push({ kind, items: answer.items });
      else if (answer.kind === 'forbidden') forbidden.push(kind);
      else if (kind.isBuiltIn) throw new SourceError(`the cluster does not serve ${resourceName(kind)}`, true);
      else notInstalled.push(kind);
    }
  }
  if (forbidden.length > 0) throw new SourceError(describeForbidden(forbidden), true);
  return { readings, notInstalled };
}

function list(kubectl: KubectlOptions, kind: SnapshotKind, namespace: string | null): Promise<ListAnswer> {
  const { fieldSelector } = kind;
  const selector = fieldSelector === undefined ? {} : { fieldSelector };
  return listObjects(kubectl, { resource: resourceName(kind), namespace, ...selector });
}

/** As the rules of a ClusterRole. */
function describeForbidden(forbidden: readonly SnapshotKind[]): string {
  const byGroup = new Map<string, Set<string>>();
  for (const { group, resource } of forbidden) byGroup.set(group, (byGroup.get(group) ?? new Set()).add(resource));
  const rules = [...byGroup].map(
    ([group, resources]) => `  - {apiGroups: ["${group}"], resources: [${[...resources].join(', ')}], verbs: [list]}`,
  );
  const names = [...new Set(forbidden.map(resourceName))].join(', ');
  return `the cluster forbids to list ${names}; a ClusterRole needs these rules:\n${rules.join('\n')}`;
}

function asSourceError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnreadableMeshConfig) throw new SourceError(error.message, true);
    throw error;
  }
}
