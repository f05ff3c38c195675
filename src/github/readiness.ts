import { setTimeout as wait } from 'node:timers/promises';
import { describeFailure } from './cannot-judge.js';
import type { Coordination } from './coordination.js';
import type { GitHubClient } from './github-client.js';
import type { Log } from './log.js';
import type { AppIdentity } from './pull-request-job.js';

const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 30_000;

/**
 * Whether the App can work: GitHub has accepted its credentials once, what it shares work by can be reached, and it is not
 * stopping. Asked for until GitHub does,
 * since the reason may be GitHub's; once it has, a later failure of GitHub's is no reason to keep deliveries away.
 */
export class Readiness {
  readonly #stopped = new AbortController();
  #isAccepted = false;

  constructor(
    private readonly log: Log,
    private readonly identity: AppIdentity,
    private readonly coordination: Pick<Coordination, 'whyNot'>,
  ) {}

  get isStopping(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** One line for people; null when there is none. */
  get whyNot(): string | null {
    if (this.isStopping) return 'stopping';
    if (!this.#isAccepted) return 'GitHub has not accepted the App’s credentials yet; the log says why';
    return this.coordination.whyNot;
  }

  /** Asks GitHub who the App is, again and again, until there is an answer. GitHub: `GET /app`. Never throws. */
  async askUntilAccepted(clientOfApp: () => Promise<GitHubClient>): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.isStopping; pause = Math.min(2 * pause, LAST_PAUSE_MS)) {
      try {
        const client = await clientOfApp();
        const { data } = await client.rest.apps.getAuthenticated({ request: { retries: 0 } });
        this.identity.slug = data?.slug ?? this.identity.slug;
        this.#isAccepted = true;
        return this.log.info('GitHub accepts the App’s credentials.');
      } catch (error) {
        this.log.warn({ err: error }, `Not ready: ${describeFailure(error)}`);
      }
      await wait(pause, undefined, { signal: this.#stopped.signal, ref: false }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopped.abort();
  }
}
