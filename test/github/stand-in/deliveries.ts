import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from './seeded-random.js';

/** What may happen to a delivery on its way. */
export type Fate = 'sent' | 'lost' | 'late' | 'doubled' | 'reordered';

export interface DeliveryFaults {
  readonly random: SeededRandom;
  /** Of all deliveries, how many meet one of the fates below: 0 to 1. */
  readonly rate: number;
  readonly fates: readonly Exclude<Fate, 'sent'>[];
  /** How late a late one is at most. */
  readonly lateMs: number;
}

export interface LoggedDelivery {
  readonly number: number;
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  readonly fate: Fate;
  readonly body: string;
  attempt: number;
  sentAt: number;
  /** The status that the App answered with; null while it has not, or was not there. */
  answer: number | null;
  milliseconds: number | null;
}

export interface Announcement {
  readonly event: string;
  readonly action: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Deliveries of one lane arrive in their order, unless something happens to them. */
  readonly lane: string;
}

const TIMEOUT_MS = 10_000;
const REORDER_MS = 3000;

/** Signs webhooks and sends them, as GitHub does: once, without a second try. */
export class Deliveries {
  /** Where the App listens for webhooks; nothing is sent while it is null. */
  target: string | null = null;
  /** Where else it does: deliveries go round among all of them, and past those where nobody listens. */
  otherTargets: readonly string[] = [];
  secret = '';
  /** What the App has subscribed to. */
  events: readonly string[] = [];
  faults: DeliveryFaults | null = null;
  readonly log: LoggedDelivery[] = [];
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #held = new Map<string, () => void>();
  readonly #pending = new Set<Promise<void>>();
  readonly #counts = new Map<string, number>();

  /** How many met each fate; `unreachable` and `refused` count what the App did with those that were sent. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  announce({ event, action, payload, lane }: Announcement): void {
    if (!this.events.includes(event) || this.target === null) return;
    const fate = this.faults?.random.chance(this.faults.rate) ? this.faults.random.pick(this.faults.fates) : 'sent';
    const delivery: LoggedDelivery = {
      number: this.log.length + 1,
      id: randomUUID(),
      event,
      action,
      fate,
      body: JSON.stringify(payload),
      attempt: 0,
      sentAt: Date.now(),
      answer: null,
      milliseconds: null,
    };
    this.log.push(delivery);
    this.#count(fate);
    this.#follow(delivery, lane);
  }

  /** Sends a delivery once more, under its old id. */
  redeliver(number: number): boolean {
    const delivery = this.log.find((each) => each.number === number);
    if (delivery) this.#track(this.#send(delivery));
    return delivery !== undefined;
  }

  /** Waits until everything that is to be sent was sent and answered. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #follow(delivery: LoggedDelivery, lane: string): void {
    const { random, lateMs = 0 } = this.faults ?? {};
    switch (delivery.fate) {
      case 'lost':
        return;
      case 'late':
        return this.#track(wait(lateMs * (random?.next() ?? 1)).then(() => this.#send(delivery)));
      case 'reordered':
        return this.#hold(delivery, lane);
      case 'doubled':
        this.#track(wait(lateMs * (random?.next() ?? 1)).then(() => this.#send(delivery)));
        break;
      case 'sent':
        break;
    }
    const sent = (this.#lanes.get(lane) ?? Promise.resolve()).then(() => this.#send(delivery));
    this.#lanes.set(lane, sent);
    this.#track(sent.then(() => this.#held.get(lane)?.()));
  }

  /** Lets the next delivery of the lane go first. */
  #hold(delivery: LoggedDelivery, lane: string): void {
    this.#held.get(lane)?.();
    const released = new Promise<void>((resolve) => this.#held.set(lane, resolve));
    const timeout = new AbortController();
    const overdue = wait(REORDER_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    this.#track(
      Promise.race([released, overdue]).then(() => {
        timeout.abort();
        this.#held.delete(lane);
        return this.#send(delivery);
      }),
    );
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  async #send(delivery: LoggedDelivery): Promise<void> {
    const { target } = this;
    if (target === null) return;
    delivery.attempt += 1;
    delivery.sentAt = Date.now();
    const targets = [target, ...this.otherTargets];
    const start = delivery.number % targets.length;
    try {
      const response = await this.#postToFirst([...targets.slice(start), ...targets.slice(0, start)], delivery);
      await response.arrayBuffer();
      delivery.answer = response.status;
      if (!response.ok) this.#count('refused');
    } catch {
      // The App is down, or too slow: for GitHub that is the end of it.
      this.#count('unreachable');
    }
    delivery.milliseconds = Date.now() - delivery.sentAt;
  }

  /** Sends to the first that somebody listens at. */
  async #postToFirst([target = '', ...others]: readonly string[], delivery: LoggedDelivery): Promise<Response> {
    try {
      return await this.#post(target, delivery);
    } catch (error) {
      if (others.length === 0 || !isRefusedConnection(error)) throw error;
      return this.#postToFirst(others, delivery);
    }
  }

  #post(target: string, { event, id, body }: LoggedDelivery): Promise<Response> {
    return fetch(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/0000000',
        'x-github-event': event,
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${createHmac('sha256', this.secret).update(body).digest('hex')}`,
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

function isRefusedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
