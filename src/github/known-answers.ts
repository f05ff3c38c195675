import type { JobOutcome } from './check-run-session.js';

type Answered = Pick<JobOutcome, 'kind' | 'externalId'>;

interface KnownAnswer {
  readonly headSha: string;
  readonly outcome: Answered;
  /** How often in a row this head could not be answered. */
  readonly failures: number;
  /** Milliseconds since the epoch, before which a head that could not be answered is left alone. */
  readonly retryFrom: number;
}

const FIRST_RETRY_MS = 20_000;
const LAST_RETRY_MS = 3_600_000;
const MAX_KNOWN = 50_000;

/** What this process has seen of check runs, to spare questions to GitHub. Nothing rests on it: without it, GitHub is asked. */
export class KnownAnswers {
  readonly #known = new Map<string, KnownAnswer>();

  constructor(private readonly now: () => number = Date.now) {}

  remember(key: string, headSha: string, outcome: Answered): void {
    // One check run speaks for every question about a commit: what it said before, it says no longer.
    for (const [other, { headSha: sha, outcome: said }] of this.#known) {
      if (sha !== headSha || (other === key && outcome.kind !== 'superseded')) continue;
      if (said.kind === 'settled' && said.externalId !== outcome.externalId) this.#known.delete(other);
    }
    if (outcome.kind === 'superseded') return;
    const earlier = this.#known.get(key);
    const before = earlier?.headSha === headSha ? earlier.failures : 0;
    const failures = outcome.kind === 'unanswered' ? before + 1 : 0;
    const pause = failures === 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, { headSha, outcome, failures, retryFrom: this.now() + pause });
  }

  /** The `external_id` of a head that was answered; null where that is not known. */
  settledId(key: string, headSha: string): string | null {
    const known = this.#known.get(key);
    return known?.headSha === headSha && known.outcome.kind === 'settled' ? known.outcome.externalId : null;
  }

  /** Whether a head was tried so lately, and in vain, that trying again would help nobody. */
  isResting(key: string, headSha: string): boolean {
    const known = this.#known.get(key);
    return known?.headSha === headSha && known.outcome.kind === 'unanswered' && this.now() < known.retryFrom;
  }
}
