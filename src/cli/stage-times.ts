import type { Stage } from '../reachability/checkpoint.js';

/** Asks for the times of the stages, those of the processor, and the most memory taken, on standard error. */
export const TIMES_VARIABLE = 'EGRESS_SCOPE_TIMES';

/** Adds up what each stage of a command takes; what comes before the first one is the start of the program. */
export class StageTimes {
  readonly #milliseconds = new Map<Stage | 'start', number>();
  #current: Stage | 'start' = 'start';
  #since = 0;

  /** `now` counts milliseconds from the start of the process. */
  begin(stage: Stage, now: number): void {
    this.end(now);
    this.#current = stage;
  }

  end(now: number): void {
    const known = this.#milliseconds.get(this.#current) ?? 0;
    this.#milliseconds.set(this.#current, known + now - this.#since);
    this.#since = now;
  }

  /** `times in ms: start 210, read 80, …; processor 1250; peak 312 MiB` */
  tell({ userCPUTime, systemCPUTime, maxRSS }: NodeJS.ResourceUsage): string {
    const parts = [...this.#milliseconds].map(([stage, time]) => `${stage} ${time.toFixed(0)}`);
    const processor = ((userCPUTime + systemCPUTime) / 1000).toFixed(0);
    return `times in ms: ${parts.join(', ')}; processor ${processor}; peak ${(maxRSS / 1024).toFixed(0)} MiB\n`;
  }
}
