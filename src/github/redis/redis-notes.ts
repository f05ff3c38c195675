import type { Notes, NotesChange } from '../notes.js';
import type { RedisLink } from './redis-link.js';

/** What nobody has changed for so long, GitHub is asked for again. */
const KEPT_MS = 24 * 3_600_000;

/** The notes of several processes. */
export class RedisNotes implements Notes {
  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {}

  async list(name: string): Promise<readonly string[]> {
    return (await this.link.commands()).lrange(this.#keyOf(name), 0, -1);
  }

  async change(name: string, { remove = [], add = [] }: NotesChange): Promise<void> {
    const key = this.#keyOf(name);
    const commands = (await this.link.commands()).multi();
    for (const text of new Set([...remove, ...add])) commands.lrem(key, 0, text);
    if (add.length > 0) commands.rpush(key, ...new Set(add)).pexpire(key, KEPT_MS);
    if (commands.length === 0) return;
    for (const [error] of (await commands.exec()) ?? []) if (error) throw error;
  }

  #keyOf(name: string): string {
    return `${this.prefix}:notes:${name}`;
  }
}
