import type { Checkpoint } from '../reachability/checkpoint.js';
import { CannotJudge } from './cannot-judge.js';
import { HEAP_BYTES, isHeapFull } from './heap.js';

const FIRST_LOOK_MS = 100;
/** A look at a heap that may be full takes long, so that long it is put off. */
const LOOKS_APART = 5;
/** Of the time. */
const AMPLE = 1 / 4;

/** What one analysis may take of its thread. Manifests are parsed and judged without a pause, so the time is one in which the
 * thread can do nothing else; and what does not fit into memory would end the thread, with all that it has kept for others. A few
 * hundred kilobytes of objects, made up for it, take as much as they are let. */
export class AnalysisLimit {
  #spentMs = 0;
  /** When the work began that is under way. */
  #start: number | null = null;
  #nextLook = 0;

  /** @param throwIfStopped asked as often as the time is. */
  constructor(
    private readonly limitMs = Number.POSITIVE_INFINITY,
    private readonly isFull = isHeapFull,
    private readonly throwIfStopped: () => void = () => undefined,
  ) {}

  /** @throws CannotJudge once time or memory is spent, from the checkpoint that the work has to call. */
  spend<T>(work: (checkpoint: Checkpoint) => T): T {
    this.#start = performance.now();
    const checkpoint = (): void => {
      const now = performance.now();
      if (this.#spentAt(now) > this.limitMs) throw outOfTime(this.limitMs);
      this.throwIfStopped();
      if (now >= this.#nextLook) this.#lookAtMemory(now);
    };
    try {
      checkpoint();
      return work(checkpoint);
    } finally {
      this.#spentMs = this.#spentAt(performance.now());
      this.#start = null;
    }
  }

  /** Whether so little time is spent that more may go into what an answer can do without. */
  hasAmple(): boolean {
    return this.#spentAt(performance.now()) < AMPLE * this.limitMs;
  }

  #spentAt(now: number): number {
    return this.#spentMs + (this.#start === null ? 0 : now - this.#start);
  }

  #lookAtMemory(now: number): void {
    if (this.isFull()) throw outOfMemory(HEAP_BYTES);
    const end = performance.now();
    this.#nextLook = end + Math.max(FIRST_LOOK_MS, LOOKS_APART * (end - now));
  }
}

export function outOfTime(limitMs: number): CannotJudge {
  return new CannotJudge(`The analysis ran out of time: ${limitMs / 1000} seconds are not enough for it.`);
}

/** @param bytes of a thread's heap. */
export function outOfMemory(bytes: number): CannotJudge {
  const mebibytes = Math.round(bytes / 2 ** 20);
  return new CannotJudge(
    `The analysis ran out of memory: a thread of the App may take ${mebibytes} MiB, with all that it works at.`,
  );
}
