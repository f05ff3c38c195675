/** GitHub's limits, as far as the stand-in holds callers to them. A test may set them lower. */
export interface Limits {
  readonly treeEntries: number;
  readonly treeBytes: number;
  readonly blobBytes: number;
  readonly pullFiles: number;
  /** Bytes of one file's patch, beyond which it is left out. */
  readonly patchBytes: number;
  readonly diffLines: number;
  readonly folderEntries: number;
  readonly contentBytes: number;
  readonly bodyCharacters: number;
  readonly checkRunsOfName: number;
  readonly payloadBytes: number;
  readonly archiveLinkMs: number;
  readonly tokenMs: number;
  /** An installation's requests in an hour. */
  readonly requestsPerHour: number;
  readonly concurrent: number;
  readonly pointsPerMinute: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  readonly tokensPerHour: number;
}

export const GITHUB_LIMITS: Limits = {
  treeEntries: 100_000,
  treeBytes: 7 * 2 ** 20,
  blobBytes: 100 * 2 ** 20,
  pullFiles: 3000,
  patchBytes: 500 * 2 ** 10,
  diffLines: 20_000,
  folderEntries: 1000,
  contentBytes: 2 ** 20,
  bodyCharacters: 65_536,
  checkRunsOfName: 1000,
  payloadBytes: 25 * 2 ** 20,
  archiveLinkMs: 5 * 60_000,
  tokenMs: 3_600_000,
  requestsPerHour: 5000,
  concurrent: 100,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  tokensPerHour: 2000,
};
