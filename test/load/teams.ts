import { makeBenchMesh, type BenchMesh } from '../bench/bench-mesh.js';
import type { Changes } from '../github/stand-in/git-store.js';
import type { GitHubStandIn } from '../github/stand-in/github-stand-in.js';
import type { RepositoryPeople } from '../github/stand-in/repository-people.js';
import { SeededRandom } from '../github/stand-in/seeded-random.js';
import type { StoredPull } from '../github/stand-in/store.js';

/** One in so many pushes is of something that can matter. */
const RELEVANT = 5;
/** Further pushes go to pull requests that are there. */
const MOST_PULLS = 6;
const SIDECAR = 'team-0/sidecar.yaml';

/** What a head is about. */
export type Kind = 'text' | 'narrowed' | 'harmless';

export interface Team {
  readonly people: RepositoryPeople;
  readonly mesh: BenchMesh;
  /** What each pull request's present head holds over its base. */
  readonly kinds: Map<number, Kind>;
}

/** Teams that push to pull requests, each in a repository of an installation of its own, with a mesh of its own. */
export class Teams {
  readonly all: Team[] = [];
  readonly #random: SeededRandom;
  #pushes = 0;

  constructor(
    private readonly github: GitHubStandIn,
    private readonly options: { readonly seed: number; readonly count: number; readonly namespaces: number },
  ) {
    this.#random = new SeededRandom(options.seed);
  }

  async create(): Promise<void> {
    const { seed, count, namespaces } = this.options;
    for (let index = 0; index < count; index += 1) {
      const mesh = makeBenchMesh(namespaces, seed + index);
      const files = { 'README.md': '# A mesh\n', ...mesh.files };
      const people = await this.github.createRepository({ owner: `team-${index}`, name: 'mesh', files });
      this.all.push({ people, mesh, kinds: new Map() });
    }
  }

  /** One push, to a new pull request or to one that is there: one delivery that asks for an answer. */
  async push(): Promise<void> {
    const random = this.#random;
    const team = random.pick(this.all);
    const { people, kinds } = team;
    this.#pushes += 1;
    const kind: Kind = this.#pushes % RELEVANT !== 0 ? 'text' : random.chance(0.5) ? 'narrowed' : 'harmless';
    const changes = this.#changesFor(team.mesh, kind);
    const known = [...people.store.pulls.values()].filter(({ number }) => isSame(kinds.get(number), kind));
    const pull = kinds.size < MOST_PULLS || known.length === 0 ? null : random.pick(known);
    if (pull) {
      kinds.set(pull.number, kind);
      await people.push(pull.headRef, changes);
    } else await this.#open(team, kind, changes);
  }

  async #open({ people, kinds }: Team, kind: Kind, changes: Changes): Promise<StoredPull> {
    const branch = `change-${people.store.nextNumber}`;
    kinds.set(people.store.nextNumber, kind);
    // A branch of which the App is told when there is a pull request of it.
    const head = await people.store.git.makeCommit(changes, [people.branch('main')]);
    await people.store.git.setRef(`refs/heads/${branch}`, head);
    return people.openPullRequest({ head: branch });
  }

  #changesFor({ files, edits }: BenchMesh, kind: Kind): Changes {
    const note = `${this.#random.integer(1_000_000)}`;
    if (kind === 'text') return { 'docs/note.md': `# Note ${note}\n` };
    const sidecar = kind === 'narrowed' ? edits['sidecar-line'][SIDECAR]! : files[SIDECAR]!;
    return { [SIDECAR]: `${sidecar}# ${note}\n` };
  }
}

/** Whoever writes texts goes on with texts. */
function isSame(known: Kind | undefined, kind: Kind): boolean {
  return known !== undefined && (known === 'text') === (kind === 'text');
}
