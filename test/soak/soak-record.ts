import type { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { Permission } from '../github/stand-in/store.js';

/** What a soak leaves for its judge: the stand-in's store, as JSON. Git lies beside it. */
export interface SoakRecord {
  readonly botLogin: string;
  readonly repositories: readonly RecordedRepository[];
  /** Requests that came although GitHub had asked to wait. */
  readonly impatientRequests: number;
  /** What was wrong with the App's requests. */
  readonly violations: readonly string[];
  /** What was wrong with the stand-in's own answers. */
  readonly ownProblems: readonly string[];
}

export interface RecordedRepository {
  readonly fullName: string;
  readonly gitFolder: string;
  readonly permissions: Readonly<Record<string, Permission>>;
  readonly pulls: readonly RecordedPull[];
  readonly checkRuns: readonly RecordedCheckRun[];
  readonly mergeGroups: readonly {
    readonly ref: string;
    readonly headSha: string;
    readonly baseSha: string;
    readonly baseRef: string;
    /** The heads that it merges. */
    readonly heads: readonly string[];
    readonly isOpen: boolean;
  }[];
}

export interface RecordedPull {
  readonly number: number;
  readonly isOpen: boolean;
  readonly head: string;
  readonly isFromFork: boolean;
  /** Every head it has had. */
  readonly heads: readonly string[];
  readonly baseRef: string;
  /** The base branch's present commit. */
  readonly base: string;
  readonly reviews: readonly { readonly author: string; readonly body: string }[];
  readonly accepts: readonly RecordedAccept[];
}

/** A person's attempt to accept what the App found. */
export interface RecordedAccept {
  readonly login: string;
  readonly headSha: string;
}

export interface RecordedCheckRun {
  readonly name: string;
  readonly headSha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly title: string | null;
  /** Where the App keeps what was accepted. */
  readonly text: string | null;
}

/** @param accepts by `owner/name#number`. */
export function recordSoak(
  github: GitHubStandIn,
  accepts: ReadonlyMap<string, readonly RecordedAccept[]> = new Map(),
): SoakRecord {
  return {
    botLogin: `${github.world.app.slug}[bot]`,
    impatientRequests: github.rates.impatient,
    violations: github.violations,
    ownProblems: github.ownProblems,
    repositories: github.world.repositories.map((repository) => ({
      fullName: `${repository.owner}/${repository.name}`,
      gitFolder: repository.git.folder,
      permissions: Object.fromEntries(repository.permissions),
      pulls: [...repository.pulls.values()].map((pull) => ({
        number: pull.number,
        isOpen: pull.state === 'open',
        head: pull.head,
        isFromFork: pull.fork !== null,
        heads: pull.heads,
        baseRef: pull.baseRef,
        base: repository.git.ref(`refs/heads/${pull.baseRef}`) ?? '',
        reviews: pull.reviews.map(({ author, body }) => ({ author, body })),
        accepts: accepts.get(`${repository.owner}/${repository.name}#${pull.number}`) ?? [],
      })),
      checkRuns: repository.checkRuns.map(({ name, headSha, status, conclusion, output }) => {
        return { name, headSha, status, conclusion, title: output.title, text: output.text };
      }),
      mergeGroups: repository.mergeGroups.map(({ ref, headSha, baseSha, baseRef, heads, isOpen }) => ({
        ref,
        headSha,
        baseSha,
        baseRef,
        heads,
        isOpen,
      })),
    })),
  };
}
