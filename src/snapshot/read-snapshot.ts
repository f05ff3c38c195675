import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { KubernetesObject, ParsedFile } from '../kubernetes/manifest.js';
import { parseTimestamp } from '../kubernetes/timestamp.js';
import { SNAPSHOT_KIND, SNAPSHOT_SCHEMA } from './snapshot-header.js';

/** What a cluster had at some time, to lay manifests over. */
export interface MeshSnapshot {
  readonly path: string;
  readonly objects: readonly KubernetesObject[];
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
  /** Whether EndpointSlices were asked for. */
  readonly hasEndpoints: boolean;
  /** Its age; an error where it is more than is allowed. */
  readonly diagnostics: readonly Diagnostic[];
}

export type SnapshotReading =
  | { readonly kind: 'snapshot'; readonly snapshot: MeshSnapshot }
  /** Nothing may be judged by it. `reason` follows the file's name. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** Clocks differ by so much at most. In milliseconds. */
const CLOCK_SKEW = 60 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Reads what `egress-scope snapshot` has written.
 *
 * @param now and `maxAge` in milliseconds; no limit where that is null.
 */
export function readSnapshot(
  { path, objects, unreadable, diagnostics }: ParsedFile,
  now: number,
  maxAge: number | null,
): SnapshotReading {
  const unusable = (reason: string): SnapshotReading => ({ kind: 'unusable', reason });
  const [header, ...held] = objects;
  if (header?.kind !== SNAPSHOT_KIND || header.body['schema'] !== SNAPSHOT_SCHEMA) {
    return unusable(`does not begin as a snapshot does (schema: ${SNAPSHOT_SCHEMA})`);
  }
  const broken = unreadable[0] ?? diagnostics.find(({ severity }) => severity === 'error');
  if (broken !== undefined) return unusable(`cannot be read at line ${broken.line ?? 1}`);
  const { takenAt: written, objects: count, endpoints } = header.body;
  if (count !== held.length) return unusable(`holds ${held.length} objects, which is not the number that it tells`);
  const takenAt = typeof written === 'string' ? parseTimestamp(written) : null;
  if (typeof written !== 'string' || takenAt === null) return unusable('does not tell when it was taken');
  if (takenAt > now + CLOCK_SKEW) return unusable(`was taken in the future (${written})`);
  const age = Math.max(0, now - takenAt);
  const when = `The snapshot of the cluster was taken ${agoOf(age)} (${written})`;
  const about =
    maxAge !== null && age > maxAge
      ? diagnostic('snapshot-too-old', `${when}, which is more than ${spanOf(maxAge)}.`, { path })
      : diagnostic('snapshot-age', `${when}.`, { path });
  return {
    kind: 'snapshot',
    snapshot: { path, objects: held, takenAt, hasEndpoints: endpoints !== false, diagnostics: [about] },
  };
}

function agoOf(age: number): string {
  return age < CLOCK_SKEW ? 'less than an hour ago' : `${spanOf(age)} ago`;
}

/** Whole days, or hours where it is less than two days. */
function spanOf(milliseconds: number): string {
  const isDays = milliseconds >= 2 * DAY;
  const count = Math.floor(milliseconds / (isDays ? DAY : DAY / 24));
  return `${count} ${isDays ? 'day' : 'hour'}${count === 1 ? '' : 's'}`;
}
