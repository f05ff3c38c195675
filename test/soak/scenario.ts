import type { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { RepositoryPeople } from '../github/stand-in/repository-people.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import type { StoredPull } from '../github/stand-in/store.js';
import { CHANGE_KINDS, makeChange, meshFiles, undoChange } from './mesh-changes.js';
import type { RecordedAccept } from './soak-record.js';

const PULLS_PER_REPOSITORY = 10;
const REPOSITORIES_PER_INSTALLATION = 2;
const OPEN_GROUPS = 1;
const ACCEPT_ACTION = /^accept:/;
const BASES = ['main', 'release'] as const;

/** What people do, and how often compared with the rest. */
const ACTS = {
  push: 24,
  'push twice': 16,
  rebase: 12,
  'force push': 6,
  merge: 12,
  'merge group': 8,
  'push to base': 4,
  accept: 10,
  'accept as a reader': 4,
  recheck: 5,
  rerequest: 5,
  'close and reopen': 4,
  close: 4,
  reopen: 4,
  'change base': 4,
  'open for another base': 4,
  draft: 4,
  'delete branch': 2,
} as const;
type Act = keyof typeof ACTS;
const DRAWN = Object.entries(ACTS).flatMap(([act, weight]) => Array.from({ length: weight }, () => act as Act));

interface Project {
  readonly people: RepositoryPeople;
  readonly random: SeededRandom;
  toOpen: number;
}

/** Twenty teams at work, with the same will for the same seed; what becomes of it depends on the App's speed. */
export class Scenario {
  readonly counts = new Map<string, number>();
  readonly accepts = new Map<string, RecordedAccept[]>();
  readonly #random: SeededRandom;
  readonly #projects: Project[] = [];

  constructor(
    private readonly github: GitHubStandIn,
    seed: number,
    private readonly requests: number,
  ) {
    this.#random = new SeededRandom(seed);
  }

  async createRepositories(): Promise<void> {
    const repositories = Math.ceil(this.requests / PULLS_PER_REPOSITORY);
    for (let index = 0; index < repositories; index++) {
      const owner = `team-${Math.floor(index / REPOSITORIES_PER_INSTALLATION)}`;
      const permissions = { writer: 'write', reader: 'read' } as const;
      const people = await this.github.createRepository({
        owner,
        name: `mesh-${index}`,
        files: meshFiles(),
        permissions,
      });
      await people.push('release', { 'docs/release.md': '# A release\n' });
      const toOpen = Math.min(PULLS_PER_REPOSITORY, this.requests - index * PULLS_PER_REPOSITORY);
      this.#projects.push({ people, random: this.#random.fork(), toOpen });
    }
  }

  /** Pull requests that have yet to be opened. */
  get left(): number {
    return this.#projects.reduce((sum, { toOpen }) => sum + toOpen, 0);
  }

  /** Opens a pull request, or does something else. */
  async act(openProbability: number): Promise<void> {
    const waiting = this.#projects.filter(({ toOpen }) => toOpen > 0);
    const opens = waiting.length > 0 && this.#random.chance(openProbability);
    const project = this.#random.pick(opens ? waiting : this.#projects);
    if (opens) await this.#open(project);
    else await this.#do(this.#random.pick(DRAWN), project);
  }

  async #open(project: Project): Promise<void> {
    const { people, random } = project;
    project.toOpen -= 1;
    const mark = `pr${people.store.nextNumber}`;
    const kind = random.pick(CHANGE_KINDS);
    const change = makeChange(kind, mark, random);
    if (random.chance(0.15)) {
      const head = await people.commitInFork(change);
      await people.openPullRequest({ head, fork: `contributor/${people.store.name}`, author: 'contributor' });
      this.#count('pull requests opened from forks');
    } else {
      await people.push(mark, change);
      await people.openPullRequest({ head: mark, isDraft: random.chance(0.1) });
      this.#count('pull requests opened');
    }
    this.#count(`  meant to be: ${kind}`);
  }

  async #do(act: Act, { people, random }: Project): Promise<void> {
    const open = [...people.store.pulls.values()].filter(({ state }) => state === 'open');
    if (open.length === 0) return;
    const pull = random.pick(open);
    const isDone = await this.#perform(act, people, pull, random);
    if (isDone) this.#count(act);
  }

  /** False where the act is not possible at present. */
  async #perform(act: Act, people: RepositoryPeople, pull: StoredPull, random: SeededRandom): Promise<boolean> {
    switch (act) {
      case 'push':
        return this.#push(people, pull, random);
      case 'push twice':
        await this.#push(people, pull, random);
        return this.#push(people, pull, random);
      case 'rebase':
        return pull.fork === null && people.rebase(pull);
      case 'force push':
        return this.#forcePush(people, pull, random);
      case 'merge':
        return people.merge(pull);
      case 'merge group':
        return this.#queue(people, random);
      case 'push to base':
        await people.push(
          random.pick(BASES),
          makeChange(random.pick(CHANGE_KINDS), `base${random.integer(1000)}`, random),
        );
        return true;
      case 'accept':
        return this.#accept(people, 'writer', random);
      case 'accept as a reader':
        return this.#accept(people, 'reader', random);
      case 'recheck':
        people.comment(pull, 'writer', '/egress-scope recheck');
        return true;
      case 'rerequest':
        return this.#rerequest(people, pull, random);
      case 'close and reopen':
        await people.close(pull);
        await people.reopen(pull);
        return true;
      case 'close':
        await people.close(pull);
        return true;
      case 'reopen':
        return this.#reopen(people, random);
      case 'change base': {
        const base = freeBase(people, pull);
        if (base !== null) await people.changeBase(pull, base);
        return base !== null;
      }
      case 'open for another base': {
        const base = pull.fork === null ? freeBase(people, pull) : null;
        if (base !== null) await people.openPullRequest({ head: pull.headRef, base });
        return base !== null;
      }
      case 'draft':
        await people.setDraft(pull, !pull.isDraft);
        return true;
      case 'delete branch':
        if (pull.fork !== null) return false;
        await people.deleteBranch(pull.headRef);
        return true;
    }
  }

  /** More of the same, something else, or everything taken back. */
  async #push(people: RepositoryPeople, pull: StoredPull, random: SeededRandom): Promise<boolean> {
    const mark = `pr${pull.number}`;
    const tree = (await people.store.git.tree(pull.head, true)) ?? [];
    const undone = random.chance(0.5)
      ? undoChange(
          tree.map(({ path }) => path),
          mark,
        )
      : {};
    const changes = { ...undone, ...(random.chance(0.2) ? {} : makeChange(random.pick(CHANGE_KINDS), mark, random)) };
    if (pull.fork === null) await people.push(pull.headRef, changes);
    else await people.pushToFork(pull, changes);
    return true;
  }

  /** Something else in place of all that the branch held. */
  async #forcePush(people: RepositoryPeople, pull: StoredPull, random: SeededRandom): Promise<boolean> {
    if (pull.fork !== null) return false;
    const change = makeChange(random.pick(CHANGE_KINDS), `pr${pull.number}`, random);
    await people.forcePush(pull.headRef, await people.store.git.makeCommit(change, [people.branch(pull.baseRef)]));
    return true;
  }

  /** Where the branch is still there, and has not moved on. */
  async #reopen(people: RepositoryPeople, random: SeededRandom): Promise<boolean> {
    const closed = [...people.store.pulls.values()].filter((pull) => {
      const isThere = pull.fork !== null || people.store.git.ref(`refs/heads/${pull.headRef}`) === pull.head;
      return pull.state === 'closed' && !pull.isMerged && isThere && isFree(people, pull, pull.baseRef);
    });
    if (closed.length === 0) return false;
    await people.reopen(random.pick(closed));
    return true;
  }

  /** Puts one or two pull requests into the queue, after the group before was merged or thrown away. */
  async #queue(people: RepositoryPeople, random: SeededRandom): Promise<boolean> {
    const groups = people.store.mergeGroups.filter(({ isOpen }) => isOpen);
    const [oldest] = groups;
    if (oldest && groups.length >= OPEN_GROUPS) {
      const isCurrent = people.branch(oldest.baseRef) === oldest.baseSha;
      await people.endMergeGroup(oldest, isCurrent && random.chance(0.5) ? 'merged' : 'invalidated');
    }
    const open = [...people.store.pulls.values()].filter(({ state, isDraft }) => state === 'open' && !isDraft);
    if (open.length === 0) return false;
    const first = random.pick(open);
    const second = random.pick(open.filter(({ baseRef }) => baseRef === first.baseRef));
    return (await people.createMergeGroup(first === second ? [first] : [first, second])) !== null;
  }

  #accept(people: RepositoryPeople, login: string, random: SeededRandom): boolean {
    const failing = [...people.store.pulls.values()].flatMap((pull) => {
      const run = people.store.checkRuns.findLast(({ headSha }) => headSha === pull.head);
      return pull.state === 'open' && run?.conclusion === 'failure' ? [{ pull, run }] : [];
    });
    if (failing.length === 0) return false;
    const { pull, run } = random.pick(failing);
    const button = run.actions.find(({ identifier }) => ACCEPT_ACTION.test(identifier));
    if (button && random.chance(0.5)) {
      people.clickAction(run, button.identifier, login);
      this.#count('  with the button');
    } else people.comment(pull, login, '/egress-scope accept this is meant to be');
    const key = `${people.fullName}#${pull.number}`;
    this.accepts.set(key, [...(this.accepts.get(key) ?? []), { login, headSha: pull.head }]);
    return true;
  }

  #rerequest(people: RepositoryPeople, pull: StoredPull, random: SeededRandom): boolean {
    const run = people.store.checkRuns.findLast(({ headSha }) => headSha === pull.head);
    if (run && random.chance(0.5)) people.rerequestCheckRun(run, 'writer');
    else people.rerequestCheckSuite(pull.head);
    return true;
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

/** The base that a pull request could have as well; null where another has it for the same branch. */
function freeBase(people: RepositoryPeople, pull: StoredPull): string | null {
  const base = BASES.find((name) => name !== pull.baseRef) ?? null;
  return base !== null && isFree(people, pull, base) ? base : null;
}

/** GitHub lets a branch have one open pull request for each base. */
function isFree({ store }: RepositoryPeople, { fork, headRef }: StoredPull, base: string): boolean {
  return ![...store.pulls.values()].some(
    (other) => other.state === 'open' && other.fork === fork && other.headRef === headRef && other.baseRef === base,
  );
}
