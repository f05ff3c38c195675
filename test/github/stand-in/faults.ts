import type { SeededRandom } from './seeded-random.js';

/** A way in which GitHub, or the way to it, can fail. */
export type Fault =
  /** Nothing is done, and this status is the answer. */
  | { readonly kind: 'status'; readonly status: number }
  /** The request takes effect, and the answer is a 502 all the same. */
  | { readonly kind: 'lost-answer' }
  /** The connection is cut before the request takes effect, after it did, or in the middle of the answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' | 'within' }
  /** Half of the answer, a pause, and the rest. */
  | { readonly kind: 'slow-body'; readonly milliseconds: number }
  | { readonly kind: 'secondary-limit'; readonly status: 403 | 429; readonly seconds: number }
  | { readonly kind: 'primary-limit'; readonly status: 403 | 429; readonly seconds: number }
  /** The caller's token is worth nothing from now on. */
  | { readonly kind: 'expired-token' };

export interface FaultRule {
  /** As GitHub's description writes it, such as `GET /repos/{owner}/{repo}/git/blobs/{file_sha}`. */
  readonly operation: string | RegExp;
  readonly fault: Fault;
  /** How often it fires; without it always. */
  readonly times?: number;
}

export interface RandomFaults {
  readonly random: SeededRandom;
  /** Of all requests, how many fail: 0 to 1. */
  readonly rate: number;
  readonly faults: readonly Fault[];
}

/** Which requests fail, and how: by rules, then by chance. Counts what fired. */
export class Faults {
  readonly #rules: { readonly rule: FaultRule; fired: number }[] = [];
  readonly #counts = new Map<string, number>();
  chance: RandomFaults | null = null;

  plan(operation: FaultRule['operation'], fault: Fault, times?: number): void {
    this.#rules.push({ rule: { operation, fault, ...(times === undefined ? {} : { times }) }, fired: 0 });
  }

  clear(): void {
    this.#rules.length = 0;
    this.chance = null;
  }

  /** How often each kind of fault fired. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  next(operation: string): Fault | null {
    const planned = this.#rules.find(({ rule, fired }) => matches(rule, operation) && fired < (rule.times ?? Infinity));
    if (planned) planned.fired += 1;
    const fault = planned?.rule.fault ?? this.#byChance();
    if (fault) this.#counts.set(nameOf(fault), (this.#counts.get(nameOf(fault)) ?? 0) + 1);
    return fault;
  }

  #byChance(): Fault | null {
    if (!this.chance?.random.chance(this.chance.rate)) return null;
    return this.chance.random.pick(this.chance.faults);
  }
}

function matches({ operation }: FaultRule, name: string): boolean {
  return typeof operation === 'string' ? operation === name : operation.test(name);
}

function nameOf(fault: Fault): string {
  switch (fault.kind) {
    case 'status':
    case 'secondary-limit':
    case 'primary-limit':
      return `${fault.kind} ${fault.status}`;
    case 'cut':
      return `cut ${fault.when}`;
    default:
      return fault.kind;
  }
}
