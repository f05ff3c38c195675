import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Log } from '../log.js';

/** Longer than a restart of Redis takes; what is to be asked meanwhile waits for it. */
const PATIENCE_MS = 5000;
const LOOK_MS = 50;
const LONGEST_PAUSE_MS = 500;
/** Of announcements that are kept until Redis is there again. */
const MOST_UNSAID = 1000;

/** Redis could not be reached for a while. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';

  constructor() {
    super('Redis cannot be reached.');
  }
}

/** The connections to one Redis, and whether it can be reached. */
export class RedisLink {
  /** For BullMQ, whose commands may block. */
  readonly patient: Redis;
  readonly #commands: Redis;
  /** For announcements, which need a connection of their own. */
  readonly #subscriber: Redis;
  readonly #returns: (() => void)[] = [];
  readonly #unsaid: (readonly [channel: string, text: string])[] = [];
  #isUp = false;
  #wasDown = false;
  #isClosed = false;

  /** @param url with the password, which stands in no line of the log. */
  constructor(
    url: string,
    private readonly log: Log,
  ) {
    const options = {
      maxRetriesPerRequest: null,
      retryStrategy: (times: number): number => Math.min(50 * times, LONGEST_PAUSE_MS),
      // A replica that was a primary before.
      reconnectOnError: (error: Error): boolean => error.message.startsWith('READONLY'),
    };
    // What was given up must not be done once Redis is there again.
    this.#commands = new Redis(url, { ...options, commandTimeout: PATIENCE_MS, enableOfflineQueue: false });
    this.#subscriber = new Redis(url, options);
    this.patient = new Redis(url, options);
    this.#commands.on('ready', () => this.#up());
    this.#commands.on('close', () => this.#down(null));
    for (const connection of [this.#commands, this.#subscriber, this.patient]) {
      connection.on('error', (error) => this.#down(error));
    }
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** For commands, of which none waits for long.
   *
   * @throws RedisAway where there is none to give them to. */
  async commands(): Promise<Redis> {
    for (let waited = 0; !this.#isUp; waited += LOOK_MS) {
      if (waited >= PATIENCE_MS || this.#isClosed) throw new RedisAway();
      await wait(LOOK_MS);
    }
    return this.#commands;
  }

  /** Runs a script, of which the text is sent only once.
   *
   * @param prefix the key of which the script makes all others. */
  async run(script: string, prefix: string, ...rest: readonly (string | number)[]): Promise<unknown> {
    const commands = await this.commands();
    const digest = createHash('sha1').update(script).digest('hex');
    try {
      return await commands.evalsha(digest, 1, prefix, ...rest);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return commands.eval(script, 1, prefix, ...rest);
    }
  }

  /** Tells whoever listens, at once or when Redis is there again. */
  announce(channel: string, text: string): void {
    if (this.#isUp) return void this.#commands.publish(channel, text).catch(() => undefined);
    this.#unsaid.push([channel, text]);
    if (this.#unsaid.length > MOST_UNSAID) this.#unsaid.shift();
  }

  /** Calls with what is announced on a channel. */
  listen(channel: string, listener: (text: string) => void): void {
    this.#subscriber.on('message', (name, text) => {
      if (name === channel) listener(text);
    });
    // Done, or done again, whenever there is a connection.
    this.#subscriber.subscribe(channel).catch(() => undefined);
  }

  /** Called whenever Redis is there again, and may have lost what it knew. */
  onReturn(listener: () => void): void {
    this.#returns.push(listener);
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of [this.#commands, this.#subscriber, this.patient]) connection.disconnect();
  }

  #up(): void {
    this.#isUp = true;
    if (!this.#wasDown) return this.log.info('Connected to Redis.');
    this.#wasDown = false;
    this.log.info('Redis can be reached again.');
    for (const listener of this.#returns) listener();
    // Whoever is to hear it needs a connection as well.
    setTimeout(() => {
      for (const [channel, text] of this.#unsaid.splice(0)) this.announce(channel, text);
    }, 2 * LONGEST_PAUSE_MS).unref();
  }

  /** Says so once for each outage. */
  #down(error: Error | null): void {
    if (this.#isClosed || this.#wasDown) return;
    this.#isUp = false;
    this.#wasDown = true;
    const reason = error === null ? 'the connection broke.' : reasonOf(error);
    this.log.error(
      `Redis cannot be reached: ${reason} Deliveries are answered, and the look-rounds find their work later.`,
    );
  }
}

/** Redis and Node name an address at most. Where a name has several, Node's error has no message. */
function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `${(error.message || code).replace(/\.$/, '')}.`;
}
