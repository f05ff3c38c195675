import type { Checkpoint } from '../reachability/checkpoint.js';
import { CannotJudge } from './cannot-judge.js';
import { HEAP_BYTES, isHeapFull } from './heap.js';

const FIRST_LOOK_MS = 100;
/** A look at a heap that may be full takes long, so that long it is put off. */
const LOOKS_APART = 5;
/** Of the time. */
const AMPLE = 1 / 4;

/** What one analysis may take of the process. Manifests are parsed and judged without a pause, so the time is one in which the App
 * can do nothing else; and what does not fit into memory would end the process with everything that it works at. A few hundred
 * kilobytes of objects, made up for it, take as much as they are let. */
export class AnalysisLimit {
  #spentMs = 0;
  /** When the work began that is under way. */
  #start: number | null = null;
  #nextLook = 0;

  constructor(
    private readonly limitMs = Number.POSITIVE_INFINITY,
    private readonly isFull = isHeapFull,
  ) {}

  /** @throws CannotJudge once time or memory is spent, from the checkpoint that the work has to call. */
  spend<T>(work: (checkpoint: Checkpoint) => T): T {
    this.#start = performance.now();
    const checkpoint = (): void => {
      const now = performance.now();
      if (this.#spentAt(now) > this.limitMs) {
        throw new CannotJudge(`The analysis ran out of time: ${this.limitMs / 1000} seconds are not enough for it.`);
      }
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
    if (this.isFull()) {
      const mebibytes = Math.round(HEAP_BYTES / 2 ** 20);
      throw new CannotJudge(
        `The analysis ran out of memory: the App may take ${mebibytes} MiB, with all that it works at.`,
      );
    }
    const end = performance.now();
    this.#nextLook = end + Math.max(FIRST_LOOK_MS, LOOKS_APART * (end - now));
  }
}
