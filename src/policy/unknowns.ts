import type { ManifestSet, Unreadable } from '../kubernetes/manifest.js';
import type { EdgeChange } from '../reachability/change.js';

/** Kinds that, unread, can hide nothing that decides where a call goes. */
const HARMLESS: ReadonlySet<string> = new Set([
  'AuthorizationPolicy',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'HorizontalPodAutoscaler',
  'Ingress',
  'NetworkPolicy',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'PrometheusRule',
  'Role',
  'RoleBinding',
  'Secret',
  'ServiceAccount',
  'ServiceMonitor',
  'StorageClass',
  'Telemetry',
]);

/**
 * Why the answer is not known: content that could not be read and is part of the change, or that stands beside what an
 * edge which the change touches depends on. A broken file elsewhere, as old as it may be, is no reason.
 */
export function findUnknowns(before: ManifestSet, after: ManifestSet, changes: readonly EdgeChange[]): string[] {
  const old = new Set(before.unreadable.map(identityOf));
  const now = new Set(after.unreadable.map(identityOf));
  const relevant = (entry: Unreadable): boolean => entry.kind === null || !HARMLESS.has(entry.kind);
  const changed = [
    ...after.unreadable.filter(
      (entry) => relevant(entry) && (entry.digest === undefined || !old.has(identityOf(entry))),
    ),
    // What could not be read before and is gone or mended: what it did is not known.
    ...before.unreadable.filter(
      (entry) => relevant(entry) && entry.digest !== undefined && !now.has(identityOf(entry)),
    ),
  ];
  const reasons = changed.map(({ path, line }) => `${path}:${line} is part of the change and could not be read.`);
  const folders = touchedFolders(changes);
  const beside = after.unreadable.filter(
    (entry) => relevant(entry) && !changed.includes(entry) && folders.has(folderOf(entry.path)),
  );
  for (const { path, line } of beside) {
    reasons.push(`${path}:${line} could not be read, and stands beside an object that decides a changed edge.`);
  }
  return [...new Set(reasons)];
}

function identityOf({ path, kind, digest }: Unreadable): string {
  return JSON.stringify([path, kind, digest ?? null]);
}

/** The folders of the objects that decide edges which change, as far as that weighs anything. */
function touchedFolders(changes: readonly EdgeChange[]): Set<string> {
  const folders = new Set<string>();
  for (const { severity, causes } of changes) {
    if (severity === 'none' || severity === 'notice') continue;
    for (const cause of causes) folders.add(folderOf(cause.path));
  }
  return folders;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
