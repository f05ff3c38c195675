import { AppProcess, until } from './app-process.js';
import { AFTER, BEFORE, SIDECAR_PATH } from './example-trees.js';
import type { RepositoryPeople } from './stand-in/repository-people.js';
import type { Changes } from './stand-in/git-store.js';
import { GitHubStandIn, type NewRepository, type StandInOptions } from './stand-in/github-stand-in.js';
import type { StoredCheckRun, StoredPull } from './stand-in/store.js';

export { BEFORE, SIDECAR_PATH };

/** What makes the example's calls leave the mesh, on top of `BEFORE`. */
export const NARROWED = { [SIDECAR_PATH]: AFTER[SIDECAR_PATH as keyof typeof AFTER] };

/** The App, and a GitHub that it works with. */
export class StandInApp {
  #owners = 0;

  private constructor(
    readonly github: GitHubStandIn,
    public process: AppProcess,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}, options: StandInOptions = {}): Promise<StandInApp> {
    const github = await GitHubStandIn.start(options);
    // Each thread has to read the program anew, in TypeScript.
    const threads = { ANALYSIS_THREADS: '1' };
    const all = { ...github.appEnvironment, LOG_LEVEL: 'debug', RECONCILE_SECONDS: '0', ...threads, ...env };
    const app = new StandInApp(github, new AppProcess(all), all);
    github.sendWebhooksTo(await app.process.url());
    return app;
  }

  /** A repository for a test, of an owner of its own, since GitHub limits what an installation may ask in a minute. When it
   * is there, the App has looked round it, and nothing was asked or said yet. */
  async newRepository(options: NewRepository = { files: BEFORE }): Promise<RepositoryPeople> {
    this.process.log = '';
    const owner = `owner-${(this.#owners += 1)}`;
    const people = await this.github.createRepository({ owner, ...options });
    await until(() => this.process.log.includes('Looked round an installation'));
    this.github.forget();
    this.process.log = '';
    return people;
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    process.kill(this.process.pid, 'SIGKILL');
    await this.process.exited;
  }

  /** Starts the process anew; deliveries go to it. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.process = new AppProcess({ ...this.env, ...env });
    this.github.sendWebhooksTo(await this.process.url());
  }

  async stop(): Promise<void> {
    this.github.deliveries.target = null;
    await this.process.stop();
    await this.github.close();
  }
}

/** The App's runs for a commit. */
export function runsOf({ store }: RepositoryPeople, headSha: string): readonly StoredCheckRun[] {
  return store.checkRuns.filter((run) => run.headSha === headSha);
}

/** Waits until a commit has one check run and that is completed, at least for the nth time. */
export async function completedRun(people: RepositoryPeople, headSha: string, times = 1): Promise<StoredCheckRun> {
  const isDone = (run: StoredCheckRun): boolean =>
    run.status === 'completed' && run.history.filter((status) => status === 'completed').length >= times;
  await until(
    () => runsOf(people, headSha).some(isDone),
    () => `${times} times completed: ${headSha}, ${JSON.stringify(runsOf(people, headSha))}`,
  );
  const [run, ...others] = runsOf(people, headSha);
  if (!run || others.length > 0) throw new Error(`${others.length + 1} check runs for one commit`);
  return run;
}

/** A pull request that pushes the changes to a branch of its own. */
export async function openPull(
  people: RepositoryPeople,
  branch: string,
  changes: Changes,
  base = 'main',
): Promise<StoredPull> {
  await people.push(branch, changes, base);
  return people.openPullRequest({ head: branch, base });
}
