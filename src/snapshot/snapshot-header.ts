/** What a snapshot says of itself, in its first document. */
export interface SnapshotHeader {
  /** In RFC 3339. */
  readonly takenAt: string;
  /** Of Kubernetes: `v1.34.1`; null where the cluster does not tell. */
  readonly serverVersion: string | null;
  /** The minor versions of Istio that the objects show. */
  readonly istioVersions: readonly string[];
  /** What was asked for, as kubectl names it. */
  readonly resources: readonly string[];
  /** Of those, what the cluster does not serve. */
  readonly notInstalled: readonly string[];
  readonly endpoints: boolean;
  readonly environment: boolean;
}

export const SNAPSHOT_SCHEMA = 'egress-scope/snapshot/v1';
export const SNAPSHOT_API_VERSION = 'egress-scope/v1';
export const SNAPSHOT_KIND = 'Snapshot';
