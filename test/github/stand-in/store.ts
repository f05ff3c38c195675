import type { GitStore } from './git-store.js';

/** What the stand-in keeps besides git. Tests and judges read it; only routes and people write. */

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export interface StoredInstallation {
  readonly id: number;
  readonly account: string;
  isSuspended: boolean;
  /** What its owner has accepted, where that is not all that the App asks for. */
  granted?: Readonly<Record<string, 'read' | 'write'>>;
}

export interface StoredRepository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  readonly git: GitStore;
  readonly installation: StoredInstallation;
  /** Whether the App is installed on it. */
  isInstalled: boolean;
  readonly permissions: Map<string, Permission>;
  readonly pulls: Map<number, StoredPull>;
  readonly suites: StoredCheckSuite[];
  readonly checkRuns: StoredCheckRun[];
  readonly mergeGroups: StoredMergeGroup[];
  /** Newest last. */
  readonly activities: StoredActivity[];
  nextNumber: number;
}

export interface StoredPull {
  readonly id: number;
  readonly number: number;
  title: string;
  readonly author: string;
  baseRef: string;
  /** The branch, in the repository or in the fork. */
  readonly headRef: string;
  head: string;
  /** Every head it has had, the present one included. */
  readonly heads: string[];
  /** `owner/name` of the fork the head lies in; null for a branch of the repository itself. */
  readonly fork: string | null;
  state: 'open' | 'closed';
  isDraft: boolean;
  isMerged: boolean;
  mergedAs: string | null;
  readonly createdAt: number;
  updatedAt: number;
  /** Looks at the pull request before GitHub has made its merge commit; infinite when it never does. */
  looksUntilMerged: number;
  /** GitHub's last test merge, which is stale once either side has moved on. */
  merge: { readonly base: string; readonly head: string; readonly commit: string | null } | null;
  readonly reviews: StoredReview[];
  readonly comments: StoredComment[];
}

export interface StoredReviewComment {
  readonly id: number;
  readonly path: string;
  /** Null for a comment on one line. */
  readonly startLine: number | null;
  readonly line: number;
  readonly side: 'LEFT' | 'RIGHT';
  readonly body: string;
}

export interface StoredReview {
  readonly id: number;
  readonly author: string;
  body: string;
  state: 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED' | 'PENDING';
  readonly commit: string;
  readonly comments: readonly StoredReviewComment[];
  readonly submittedAt: number;
  edits: number;
}

export interface StoredComment {
  readonly id: number;
  readonly author: string;
  body: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly reactions: { readonly id: number; readonly author: string; readonly content: string }[];
}

export interface StoredCheckSuite {
  readonly id: number;
  readonly headSha: string;
  headBranch: string | null;
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface StoredCheckRun {
  readonly id: number;
  readonly suite: StoredCheckSuite;
  name: string;
  readonly headSha: string;
  status: string;
  conclusion: string | null;
  externalId: string | null;
  detailsUrl: string | null;
  startedAt: string | null;
  completedAt: string | null;
  output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
  readonly annotations: Record<string, unknown>[];
  actions: readonly CheckAction[];
  /** Every status the run has been in. */
  readonly history: string[];
}

export interface StoredActivity {
  readonly id: number;
  readonly type: 'push' | 'force_push' | 'branch_creation' | 'branch_deletion';
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly at: number;
}

export interface StoredMergeGroup {
  /** `refs/heads/gh-readonly-queue/main/pr-1-<sha>` */
  readonly ref: string;
  readonly headSha: string;
  readonly baseSha: string;
  readonly baseRef: string;
  readonly pulls: readonly number[];
  /** The heads that it merges. */
  readonly heads: readonly string[];
  isOpen: boolean;
}

export function fullNameOf({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return `${owner}/${name}`;
}

export function installationOwns({ id }: StoredInstallation, repository: StoredRepository): boolean {
  return repository.isInstalled && repository.installation.id === id;
}
