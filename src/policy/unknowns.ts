import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { HARMLESS_KINDS } from '../kubernetes/harmless-kinds.js';
import type { ManifestSet, Unreadable } from '../kubernetes/manifest.js';
import { TEMPLATE_PATHS } from '../kubernetes/workload.js';
import { hasBearing } from '../reachability/bearing.js';
import type { EdgeChange } from '../reachability/change.js';

function relevant({ kind }: Unreadable): boolean {
  return kind === null || !HARMLESS_KINDS.has(kind);
}

/** What of one tree is not known, a sentence each: all that could not be read, and may hide something that decides a call. */
export function listUnread({ unreadable }: ManifestSet): string[] {
  const sentences = unreadable
    .filter(relevant)
    .map((entry) =>
      entry.isAbsent === true
        ? `${entry.path}, which the configuration names, is not there.`
        : `${titleOf(entry)} could not be ${verbOf(entry)}.`,
    );
  return [...new Set(sentences)];
}

/** Kinds that neither call nor are called, and decide nothing for workloads of other roots. */
const TAKES_NO_PART: ReadonlySet<string> = new Set([
  ...HARMLESS_KINDS,
  'AppProject',
  'Application',
  'ApplicationSet',
  'ConfigMap',
  'HelmRelease',
  'HelmRepository',
  'Namespace',
]);

/**
 * Why the answer is not known: content that could not be read and is part of the change, or that stands beside what an
 * edge which the change touches depends on. A broken file elsewhere, as old as it may be, is no reason. A whole root that does
 * not render is one where the change touches what can decide for workloads other than its own, since some of them are not seen;
 * those that are not in the tree at all are no reason, here as elsewhere.
 *
 * @param changed the objects that differ.
 */
export function findUnknowns(
  before: ManifestSet,
  after: ManifestSet,
  changed: readonly ChangedObject[],
  changes: readonly EdgeChange[],
): string[] {
  const old = new Set(before.unreadable.map(identityOf));
  const now = new Set(after.unreadable.map(identityOf));
  const unread = after.unreadable.filter(
    (entry) => relevant(entry) && (entry.digest === undefined || !old.has(identityOf(entry))),
  );
  // What could not be read before and is gone or mended: what it did is not known. What was not there did nothing.
  const mended = before.unreadable.filter(
    (entry) => relevant(entry) && entry.digest !== undefined && entry.isAbsent !== true && !now.has(identityOf(entry)),
  );
  const reasons = [
    ...unread.map((entry) =>
      entry.isAbsent === true
        ? `${entry.path}, which the configuration names, is no longer there.`
        : `${titleOf(entry)} is part of the change and could not be ${verbOf(entry)}.`,
    ),
    ...mended
      .filter((entry) => entry.isRoot !== true || !unread.some(({ path }) => path === entry.path))
      .map((entry) => {
        const when = entry.isRoot === true ? ' before it' : '';
        return `${titleOf(entry)} is part of the change and could not be ${verbOf(entry)}${when}.`;
      }),
  ];
  const folders = touchedFolders(changes);
  const same = after.unreadable.filter(
    (entry) => relevant(entry) && entry.isAbsent !== true && !unread.includes(entry),
  );
  for (const entry of same.filter(({ path }) => folders.has(folderOf(path)))) {
    reasons.push(
      `${titleOf(entry)} could not be ${verbOf(entry)}, and stands beside an object that decides a changed edge.`,
    );
  }
  const governing = changed.find(mayDecideForOthers);
  const root = same.find(
    ({ isRoot, kinds }) => isRoot === true && (kinds?.some((kind) => !TAKES_NO_PART.has(kind)) ?? true),
  );
  if (root && governing) {
    const { kind, metadata } = (governing.after ?? governing.before)!;
    reasons.push(
      `${titleOf(root)} could not be rendered, and the change of ${kind} ${metadata.namespace}/${metadata.name} may matter to its workloads.`,
    );
  }
  return [...new Set(reasons)];
}

function titleOf({ path, line, isRoot, title }: Unreadable): string {
  return title ?? (isRoot === true ? path : `${path}:${line}`);
}

function verbOf({ isRoot, title }: Unreadable): string {
  return isRoot === true || title !== undefined ? 'rendered' : 'understood';
}

/** Whether a change can move calls of workloads that it does not touch. One of a workload can as well, by its labels; but then
 * those who call it are seen. */
function mayDecideForOthers(changed: ChangedObject): boolean {
  const { group, kind } = (changed.after ?? changed.before)!;
  return TEMPLATE_PATHS[`${group}/${kind}`] === undefined && hasBearing(changed);
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
