import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OpenApiRequests } from './openapi-requests.js';
import { BareRepository } from './bare-repository.js';
import { Deliveries } from './deliveries.js';
import { Faults } from './faults.js';
import type { Files, GitStore } from './git-store.js';
import { GITHUB_LIMITS, type Limits } from './limits.js';
import { RateLimits } from './rate-limits.js';
import { RepositoryPeople } from './repository-people.js';
import { ApiServer, type RecordedRequest } from './server.js';
import type { Permission, StoredInstallation, StoredRepository } from './store.js';
import { announceInstallation } from './webhooks.js';
import { DEFAULT_PERMISSIONS, makeApp, World, type StandInApp } from './world.js';

export interface StandInOptions {
  readonly limits?: Partial<Limits>;
  readonly permissions?: StandInApp['permissions'];
  readonly events?: readonly string[];
  /** Makes the repository that a folder is for. Default: git's own. */
  readonly makeRepository?: (folder: string) => Promise<GitStore>;
}

export interface NewRepository {
  readonly owner?: string;
  readonly name?: string;
  readonly files?: Files;
  readonly isPrivate?: boolean;
  /** Login → what this person may do. `someone`, who does everything that tests leave unsaid, may write. */
  readonly permissions?: Readonly<Record<string, Permission>>;
}

/** Reading the description takes a second, and it never changes. */
const OPEN_API = new OpenApiRequests();

export const EVENTS: readonly string[] = [
  'pull_request',
  'merge_group',
  'check_run',
  'check_suite',
  'issue_comment',
  'pull_request_review',
  'push',
  'installation',
  'installation_repositories',
];

/**
 * A GitHub to test against: an HTTP server in front of git repositories on disk. It answers the REST operations that the App
 * uses under `/api/v3`, holds each request against GitHub's own description of its API and against GitHub's limits, sends
 * signed webhooks, and fails when it is told to.
 */
export class GitHubStandIn {
  readonly world: World;
  readonly faults = new Faults();
  readonly rates: RateLimits;
  readonly deliveries = new Deliveries();
  readonly #server: ApiServer;
  readonly #makeRepository: (folder: string) => Promise<GitStore>;

  private constructor(
    private readonly folder: string,
    options: StandInOptions,
  ) {
    const { limits, permissions = DEFAULT_PERMISSIONS, events = EVENTS } = options;
    this.#makeRepository = options.makeRepository ?? ((each) => BareRepository.create(each));
    const app = makeApp(4242, 'egress-scope-test', 'a secret for tests', permissions);
    this.world = new World(app, { ...GITHUB_LIMITS, ...limits }, this.deliveries, OPEN_API);
    this.rates = new RateLimits(this.world.limits);
    this.deliveries.secret = app.webhookSecret;
    this.deliveries.events = events;
    this.#server = new ApiServer(this.world, this.faults, this.rates);
  }

  static async start(options: StandInOptions = {}): Promise<GitHubStandIn> {
    const standIn = new GitHubStandIn(await mkdtemp(path.join(tmpdir(), 'egress-scope-github-')), options);
    await standIn.#server.listen();
    return standIn;
  }

  async close(): Promise<void> {
    this.deliveries.target = null;
    await this.#server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Host and port, as `GHE_HOST` takes them. */
  get host(): string {
    return new URL(this.world.webUrl).host;
  }

  /** Every request that arrived, in order. */
  get requests(): RecordedRequest[] {
    return this.#server.requests;
  }

  /** What is wrong with requests, by GitHub's description, permissions and limits; must stay empty. */
  get violations(): readonly string[] {
    return [...this.#server.violations, ...this.rates.breaches];
  }

  /** Where the stand-in itself departs from GitHub's description; must stay empty. */
  get ownProblems(): readonly string[] {
    return this.world.ownProblems;
  }

  /** The environment of an App that shall work with this GitHub. */
  get appEnvironment(): Readonly<Record<string, string>> {
    const { id, privateKey, webhookSecret } = this.world.app;
    return {
      APP_ID: String(id),
      PRIVATE_KEY: privateKey,
      WEBHOOK_SECRET: webhookSecret,
      GHE_HOST: this.host,
      GHE_PROTOCOL: 'http',
    };
  }

  /** Sends webhooks there from now on. @param appUrl `http://127.0.0.1:3000` */
  sendWebhooksTo(appUrl: string, ...others: readonly string[]): void {
    const hookOf = (url: string): string => `${url}/api/github/webhooks`;
    this.deliveries.target = hookOf(appUrl);
    this.deliveries.otherTargets = others.map(hookOf);
  }

  /** Makes a repository on which the App is installed, with one commit on `main`. */
  async createRepository({
    owner = 'acme',
    name,
    files = {},
    isPrivate = true,
    permissions = {},
  }: NewRepository = {}): Promise<RepositoryPeople> {
    const { world } = this;
    const id = world.newId();
    const given = name ?? `mesh-${id}`;
    const git = await this.#makeRepository(path.join(this.folder, owner, `${given}.git`));
    await git.setRef('refs/heads/main', await git.makeCommit(files));
    const known = world.installationOf(owner);
    const installation = known ?? { id: world.newId(), account: owner, isSuspended: false };
    world.installations.set(installation.id, installation);
    const repository: StoredRepository = {
      id,
      owner,
      name: given,
      isPrivate,
      defaultBranch: 'main',
      git,
      installation,
      isInstalled: true,
      permissions: new Map(Object.entries({ someone: 'write' as const, ...permissions })),
      pulls: new Map(),
      suites: [],
      checkRuns: [],
      mergeGroups: [],
      activities: [],
      nextNumber: 1,
    };
    world.add(repository);
    if (known) announceInstallation(world, installation, 'installation_repositories', 'added', [repository]);
    else announceInstallation(world, installation, 'installation', 'created', [repository]);
    return new RepositoryPeople(world, repository);
  }

  /** Takes the App off a repository, or puts it back. */
  setInstalled({ store }: RepositoryPeople, isInstalled: boolean): void {
    store.isInstalled = isInstalled;
    const action = isInstalled ? 'added' : 'removed';
    announceInstallation(this.world, store.installation, 'installation_repositories', action, [store]);
  }

  /** Tells the App once more, or anew, of an installation and all its repositories. */
  announceInstallation(installation: StoredInstallation): void {
    const repositories = this.world.repositories.filter((each) => each.installation.id === installation.id);
    announceInstallation(this.world, installation, 'installation', 'created', repositories);
  }

  /** A token of a person, such as the command line uses. */
  userToken(login: string): string {
    const token = `ghp_${login}_${this.world.newId()}`;
    this.world.userTokens.set(token, login);
    return token;
  }

  /** Number of requests for an operation or a path. */
  count(operation: string | RegExp): number {
    return this.requests.filter((request) =>
      typeof operation === 'string'
        ? request.operation === operation
        : operation.test(`${request.method} ${request.path}`),
    ).length;
  }

  /** Forgets what was asked and sent so far, and every fault. */
  forget(): void {
    this.requests.length = 0;
    this.deliveries.log.length = 0;
    this.faults.clear();
  }
}
