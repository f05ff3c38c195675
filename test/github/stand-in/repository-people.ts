import type { Changes } from './git-store.js';
import { suiteFor } from './routes/check-routes.js';
import {
  fullNameOf,
  type StoredCheckRun,
  type StoredComment,
  type StoredMergeGroup,
  type StoredPull,
  type StoredRepository,
  type StoredReview,
} from './store.js';
import {
  announceCheckRun,
  announceCheckSuite,
  announceComment,
  announceMergeGroup,
  announcePull,
  announcePush,
  announceReview,
} from './webhooks.js';
import type { World } from './world.js';

export interface NewPull {
  readonly head: string;
  readonly base?: string;
  readonly title?: string;
  readonly author?: string;
  readonly isDraft?: boolean;
  /** `owner/name` of the fork in which the branch lies. */
  readonly fork?: string;
}

/** What people do in one repository. Each act changes git and the store, and sends the webhooks that GitHub sends for it. */
export class RepositoryPeople {
  constructor(
    private readonly world: World,
    readonly store: StoredRepository,
  ) {}

  get fullName(): string {
    return fullNameOf(this.store);
  }

  branch(name: string): string {
    const sha = this.store.git.ref(`refs/heads/${name}`);
    if (sha === null) throw new Error(`There is no branch ${name}.`);
    return sha;
  }

  /** Commits on a branch, which is made from `from` where it is new. */
  async push(branch: string, changes: Changes, from = this.store.defaultBranch): Promise<string> {
    const before = this.store.git.ref(`refs/heads/${branch}`);
    const sha = await this.store.git.makeCommit(changes, [before ?? this.branch(from)]);
    await this.#moveBranch(branch, sha, false);
    return sha;
  }

  /** Puts a branch on another commit. */
  async forcePush(branch: string, sha: string): Promise<void> {
    await this.#moveBranch(branch, sha, true);
  }

  /** A commit of a fork: only a pull request makes it known here. */
  commitInFork(changes: Changes, parent = this.branch(this.store.defaultBranch)): Promise<string> {
    return this.store.git.makeCommit(changes, [parent]);
  }

  /** @param head a branch of the repository, or with `fork` a commit. */
  async openPullRequest({ head, base = this.store.defaultBranch, ...more }: NewPull): Promise<StoredPull> {
    const { world, store } = this;
    const number = store.nextNumber++;
    const fork = more.fork ?? null;
    const headSha = fork === null ? this.branch(head) : head;
    const pull: StoredPull = {
      id: world.newId(),
      number,
      title: more.title ?? `Change ${number}`,
      author: more.author ?? 'someone',
      baseRef: base,
      headRef: fork === null ? head : `change-${number}`,
      head: headSha,
      heads: [headSha],
      fork,
      state: 'open',
      isDraft: more.isDraft ?? false,
      isMerged: false,
      mergedAs: null,
      createdAt: Date.now(),
      updatedAt: Date.now(),
      looksUntilMerged: world.looksUntilMerged(),
      merge: null,
      reviews: [],
      comments: [],
    };
    store.pulls.set(number, pull);
    await store.git.setRef(`refs/pull/${number}/head`, pull.head);
    await announcePull(world, store, pull, 'opened');
    return pull;
  }

  /** A new head of a pull request from a fork. */
  async pushToFork(pull: StoredPull, changes: Changes): Promise<string> {
    const sha = await this.store.git.makeCommit(changes, [pull.head]);
    await this.#moveHead(pull, sha);
    return sha;
  }

  /** Puts the pull request's files on top of its base as one commit. False where that conflicts. */
  async rebase(pull: StoredPull): Promise<boolean> {
    const { git } = this.store;
    const base = this.branch(pull.baseRef);
    const merged = await git.merge(base, pull.head);
    if (merged === null) return false;
    const sha = await git.makeCommitOfTree((await git.commit(merged))?.tree ?? '', [base], 'Rebased');
    await this.forcePush(pull.headRef, sha);
    return true;
  }

  /** Merges with a merge commit. False where that conflicts. */
  async merge(pull: StoredPull): Promise<boolean> {
    const { git } = this.store;
    const merged = await git.merge(this.branch(pull.baseRef), pull.head);
    if (merged === null) return false;
    await this.#closeAsMerged(pull, merged);
    await this.#moveBranch(pull.baseRef, merged, false);
    return true;
  }

  async close(pull: StoredPull): Promise<void> {
    pull.state = 'closed';
    await this.#changed(pull, 'closed');
  }

  async reopen(pull: StoredPull): Promise<void> {
    pull.state = 'open';
    await this.#changed(pull, 'reopened');
  }

  async editTitle(pull: StoredPull, title: string): Promise<void> {
    const changes = { title: { from: pull.title } };
    pull.title = title;
    await this.#changed(pull, 'edited', { changes });
  }

  async changeBase(pull: StoredPull, base: string): Promise<void> {
    const changes = { base: { ref: { from: pull.baseRef }, sha: { from: this.branch(pull.baseRef) } } };
    pull.baseRef = base;
    pull.looksUntilMerged = this.world.looksUntilMerged();
    await this.#changed(pull, 'edited', { changes });
  }

  async setDraft(pull: StoredPull, isDraft: boolean): Promise<void> {
    pull.isDraft = isDraft;
    await this.#changed(pull, isDraft ? 'converted_to_draft' : 'ready_for_review');
  }

  async deleteBranch(name: string): Promise<void> {
    const before = this.branch(name);
    await this.store.git.deleteRef(`refs/heads/${name}`);
    await announcePush(this.world, this.store, { ref: `refs/heads/${name}`, before, after: null });
    for (const pull of this.store.pulls.values()) {
      if (pull.state === 'open' && pull.fork === null && pull.headRef === name) await this.close(pull);
    }
  }

  comment(pull: StoredPull, login: string, body: string): StoredComment {
    const time = Date.now();
    const comment = { id: this.world.newId(), author: login, body, createdAt: time, updatedAt: time, reactions: [] };
    pull.comments.push(comment);
    announceComment(this.world, this.store, pull, comment, { action: 'created', sender: login });
    return comment;
  }

  editComment(pull: StoredPull, comment: StoredComment, body: string, login = comment.author): void {
    const from = comment.body;
    comment.body = body;
    comment.updatedAt = Math.max(Date.now(), comment.createdAt + 1000);
    announceComment(this.world, this.store, pull, comment, { action: 'edited', sender: login, from });
  }

  /** A review of the head as it is, or of an earlier one. */
  async review(
    pull: StoredPull,
    login: string,
    state: 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED',
    commit = pull.head,
  ): Promise<StoredReview> {
    const review: StoredReview = {
      id: this.world.newId(),
      author: login,
      body: '',
      state,
      commit,
      comments: [],
      submittedAt: Date.now(),
      edits: 0,
    };
    pull.reviews.push(review);
    pull.updatedAt = Date.now();
    await announceReview(this.world, this.store, pull, review, 'submitted', login);
    return review;
  }

  async dismiss(pull: StoredPull, review: StoredReview, login = 'someone'): Promise<void> {
    review.state = 'DISMISSED';
    pull.updatedAt = Date.now();
    await announceReview(this.world, this.store, pull, review, 'dismissed', login);
  }

  /** Clicks a button of a check run; only buttons that are there can be clicked. */
  clickAction(run: StoredCheckRun, identifier: string, login: string): void {
    if (!run.actions.some((action) => action.identifier === identifier)) {
      throw new Error(`The check run ${run.id} has no button ${identifier}.`);
    }
    announceCheckRun(this.world, this.store, run, 'requested_action', { identifier, sender: login });
  }

  rerequestCheckRun(run: StoredCheckRun, login = 'someone'): void {
    announceCheckRun(this.world, this.store, run, 'rerequested', { sender: login });
  }

  rerequestCheckSuite(headSha: string): void {
    announceCheckSuite(this.world, this.store, suiteFor(this.world, this.store, headSha), 'rerequested');
  }

  /** Puts pull requests into the merge queue as one group. Null where they conflict. */
  async createMergeGroup(
    pulls: readonly StoredPull[],
    method: 'merge' | 'squash' = 'merge',
  ): Promise<StoredMergeGroup | null> {
    const { world, store } = this;
    const [first] = pulls;
    const last = pulls.at(-1);
    if (!first || !last) throw new Error('A merge group has pull requests.');
    const baseSha = this.branch(first.baseRef);
    let headSha = baseSha;
    for (const pull of pulls) {
      const merged = await store.git.merge(headSha, pull.head);
      if (merged === null) return null;
      const tree = (await store.git.commit(merged))?.tree ?? '';
      headSha = method === 'merge' ? merged : await store.git.makeCommitOfTree(tree, [headSha], pull.title);
    }
    const ref = `refs/heads/gh-readonly-queue/${first.baseRef}/pr-${last.number}-${baseSha}`;
    const numbers = pulls.map(({ number }) => number);
    const heads = pulls.map(({ head }) => head);
    const group = { ref, headSha, baseSha, baseRef: first.baseRef, pulls: numbers, heads, isOpen: true };
    store.mergeGroups.push(group);
    await store.git.setRef(ref, headSha);
    await announcePush(world, store, { ref, before: null, after: headSha });
    announceCheckSuite(world, store, suiteFor(world, store, headSha), 'requested');
    announceMergeGroup(world, store, group, 'checks_requested');
    return group;
  }

  /** Ends a merge group: its commits become the base's, or it is thrown away. */
  async endMergeGroup(group: StoredMergeGroup, reason: 'merged' | 'invalidated' | 'dequeued'): Promise<void> {
    const { world, store } = this;
    group.isOpen = false;
    await store.git.deleteRef(group.ref);
    announceMergeGroup(world, store, group, 'destroyed', reason);
    await announcePush(world, store, { ref: group.ref, before: group.headSha, after: null });
    if (reason !== 'merged') return;
    for (const number of group.pulls) {
      const pull = store.pulls.get(number);
      if (pull?.state === 'open') await this.#closeAsMerged(pull, group.headSha);
    }
    await this.#moveBranch(group.baseRef, group.headSha, false);
  }

  async #closeAsMerged(pull: StoredPull, sha: string): Promise<void> {
    pull.isMerged = true;
    pull.mergedAs = sha;
    await this.close(pull);
  }

  async #moveBranch(name: string, sha: string, isForced: boolean): Promise<void> {
    const { world, store } = this;
    const ref = `refs/heads/${name}`;
    const before = store.git.ref(ref);
    await store.git.setRef(ref, sha);
    await announcePush(world, store, { ref, before, after: sha, isForced });
    announceCheckSuite(world, store, suiteFor(world, store, sha), 'requested');
    for (const pull of store.pulls.values()) {
      if (pull.state !== 'open') continue;
      if (pull.baseRef === name) pull.looksUntilMerged = world.looksUntilMerged();
      if (pull.fork === null && pull.headRef === name) await this.#moveHead(pull, sha);
    }
  }

  async #moveHead(pull: StoredPull, sha: string): Promise<void> {
    const { world, store } = this;
    const before = pull.head;
    pull.head = sha;
    pull.heads.push(sha);
    pull.looksUntilMerged = world.looksUntilMerged();
    await store.git.setRef(`refs/pull/${pull.number}/head`, sha);
    await this.#changed(pull, 'synchronize', { before, after: sha });
  }

  async #changed(pull: StoredPull, action: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    pull.updatedAt = Date.now();
    await announcePull(this.world, this.store, pull, action, more);
  }
}
