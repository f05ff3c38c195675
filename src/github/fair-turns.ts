interface Party {
  /** Keys of jobs, first come first. */
  readonly waiting: string[];
  running: number;
  /** The number of the turn that it had last. */
  served: number;
}

/** Whose turn it is: of the installations whose jobs wait, the one with the fewest running, then the one served the longest
 * ago. */
export class FairTurns {
  readonly #parties = new Map<number, Party>();
  #turn = 0;

  wait(installation: number, key: string): void {
    this.#party(installation).waiting.push(key);
  }

  /** Takes the next key out; it counts as running until `end`. */
  next(): string | null {
    let chosen: Party | null = null;
    for (const party of this.#parties.values()) {
      if (party.waiting.length > 0 && (chosen === null || isBefore(party, chosen))) chosen = party;
    }
    const key = chosen?.waiting.shift();
    if (!chosen || key === undefined) return null;
    chosen.running += 1;
    chosen.served = this.#turn += 1;
    return key;
  }

  end(installation: number): void {
    const party = this.#party(installation);
    party.running -= 1;
    if (party.running === 0 && party.waiting.length === 0) this.#parties.delete(installation);
  }

  countWaiting(installation: number): number {
    return this.#parties.get(installation)?.waiting.length ?? 0;
  }

  clear(): void {
    for (const { waiting } of this.#parties.values()) waiting.length = 0;
  }

  #party(installation: number): Party {
    const party = this.#parties.get(installation) ?? { waiting: [], running: 0, served: 0 };
    this.#parties.set(installation, party);
    return party;
  }
}

function isBefore(a: Party, b: Party): boolean {
  return a.running === b.running ? a.served < b.served : a.running < b.running;
}
