import type { JobOutcome } from './check-run-session.js';
import type { Notes } from './notes.js';

type Answered = Pick<JobOutcome, 'kind' | 'externalId'>;

/** Of one question about a commit. */
interface KnownAnswer extends Answered {
  readonly key: string;
  /** How often in a row it could not be answered. */
  readonly failures: number;
  /** Milliseconds since the epoch, before which a head that could not be answered is left alone. */
  readonly retryFrom: number;
}

/** What is known of a question about a head. */
export interface Known {
  /** The `external_id` of a head that was answered; null where that is not known. */
  readonly settledId: string | null;
  /** Whether it was tried so lately, and in vain, that trying again would help nobody. */
  readonly isResting: boolean;
}

const FIRST_RETRY_MS = 20_000;
const LAST_RETRY_MS = 3_600_000;

/** What was seen of check runs, to spare questions to GitHub. Nothing rests on it: without it, GitHub is asked. */
export class KnownAnswers {
  constructor(
    private readonly notes: Notes,
    private readonly now: () => number = Date.now,
  ) {}

  async remember(key: string, headSha: string, { kind, externalId }: Answered): Promise<void> {
    const name = nameOf(headSha);
    const noted = await this.notes.list(name);
    // One check run speaks for every question about a commit: what it said before, it says no longer.
    const remove = noted.filter((text) => {
      const said = JSON.parse(text) as KnownAnswer;
      if (said.key === key && kind !== 'superseded') return true;
      return said.kind === 'settled' && said.externalId !== externalId;
    });
    const earlier = find(noted, key);
    const failures = kind === 'unanswered' ? (earlier?.failures ?? 0) + 1 : 0;
    const pause = failures === 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
    const now: KnownAnswer = { key, kind, externalId, failures, retryFrom: this.now() + pause };
    await this.notes.change(name, { remove, add: kind === 'superseded' ? [] : [JSON.stringify(now)] });
  }

  async of(key: string, headSha: string): Promise<Known> {
    const known = find(await this.notes.list(nameOf(headSha)), key);
    return {
      settledId: known?.kind === 'settled' ? known.externalId : null,
      isResting: known?.kind === 'unanswered' && this.now() < known.retryFrom,
    };
  }
}

function nameOf(headSha: string): string {
  return `known ${headSha}`;
}

function find(noted: readonly string[], key: string): KnownAnswer | undefined {
  return noted.map((text) => JSON.parse(text) as KnownAnswer).find((known) => known.key === key);
}
