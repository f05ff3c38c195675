import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../github/free-port.js';
import { RedisServer } from '../github/redis-server.js';
import type { SeededRandom } from '../github/stand-in/seeded-random.js';
import { MeasuredApp } from './measured-app.js';
import type { Measurement } from './measured-server.js';

const LONGEST_PAUSE_MS = 1000;
const LONGEST_OUTAGE_MS = 8000;

/** One process of the App after the other, at an address that stays the same. */
class Replica {
  kills = 0;
  /** Of all webhooks that it has answered, in milliseconds. */
  readonly answers: number[] = [];
  #app: MeasuredApp | null = null;
  #isUp = false;
  /** Of processes that are gone, and of the present one as it last told. */
  #formerSeconds = 0;
  #presentSeconds = 0;
  /** It is either measured or killed. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly main: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly logFile: string,
  ) {}

  get processorSeconds(): number {
    return this.#formerSeconds + this.#presentSeconds;
  }

  /** Whether it has ended by itself. */
  get hasCrashed(): boolean {
    return this.#isUp && this.#app?.hasEnded === true;
  }

  async start(): Promise<string> {
    this.#app = new MeasuredApp(this.main, this.env, this.logFile);
    const url = await this.#app.url();
    this.#isUp = true;
    return url;
  }

  /** Null where it is down. */
  measure(): Promise<Measurement | null> {
    return this.#inTurn(() => this.#measure());
  }

  async #measure(): Promise<Measurement | null> {
    if (!this.#isUp || !this.#app) return null;
    const measurement = await this.#app.measure();
    this.answers.push(...measurement.answers);
    this.#presentSeconds = measurement.processorSeconds;
    return measurement;
  }

  /** @param onEnd called when the process is gone. */
  restart(pauseMs: number, onEnd: () => void): Promise<void> {
    return this.#inTurn(async () => {
      // What it has measured would be gone with it.
      await this.#measure();
      this.kills += 1;
      this.#isUp = false;
      await this.#app?.kill();
      this.#formerSeconds += this.#presentSeconds;
      this.#presentSeconds = 0;
      onEnd();
      await wait(pauseMs);
      await this.start();
    });
  }

  async stop(): Promise<void> {
    await this.#last.catch(() => undefined);
    this.#isUp = false;
    await this.#app?.stop();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn;
    return turn;
  }
}

export interface ReplicasOptions {
  readonly count: number;
  /** `dist/cli/main.js` */
  readonly main: string;
  readonly environment: Readonly<Record<string, string>>;
  /** For their logs. */
  readonly folder: string;
}

/** The App as one process, or as several that share a Redis; every one measures itself. */
export class Replicas {
  redisKills = 0;

  private constructor(
    private readonly all: readonly Replica[],
    readonly urls: readonly string[],
    private readonly redis: RedisServer | null,
  ) {}

  static async start({ count, main, environment, folder }: ReplicasOptions): Promise<Replicas> {
    const redis = count > 1 ? await RedisServer.start({ isPersistent: true }) : null;
    const shared = redis === null ? {} : { EGRESS_SCOPE_REDIS_URL: redis.url };
    const all: Replica[] = [];
    for (let index = 0; index < count; index += 1) {
      const log = join(folder, count > 1 ? `app-${index + 1}.log` : 'app.log');
      all.push(new Replica(main, { ...environment, ...shared, PORT: String(await freePort()) }, log));
    }
    const urls = await Promise.all(all.map((replica) => replica.start()));
    return new Replicas(all, urls, redis);
  }

  get kills(): number {
    return this.#sum(({ kills }) => kills);
  }

  get processorSeconds(): number {
    return this.#sum(({ processorSeconds }) => processorSeconds);
  }

  get hasCrashed(): boolean {
    return this.all.some(({ hasCrashed }) => hasCrashed);
  }

  /** Milliseconds of all answers so far. */
  get answers(): readonly number[] {
    return this.all.flatMap(({ answers }) => answers);
  }

  /** Of each, in their order; null for one that is down. */
  measure(): Promise<readonly (Measurement | null)[]> {
    return Promise.all(this.all.map((replica) => replica.measure()));
  }

  killOne(random: SeededRandom, onEnd: () => void): Promise<void> {
    return random.pick(this.all).restart(LONGEST_PAUSE_MS * random.next(), onEnd);
  }

  /** Takes Redis away for a while; every other time it comes back without what it knew. */
  async killRedis(random: SeededRandom): Promise<void> {
    this.redisKills += 1;
    await this.redis?.restart({ downMs: LONGEST_OUTAGE_MS * random.next(), isForgetful: this.redisKills % 2 === 0 });
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.stop()));
    await this.redis?.stop();
  }

  #sum(of: (replica: Replica) => number): number {
    return this.all.reduce((total, replica) => total + of(replica), 0);
  }
}
