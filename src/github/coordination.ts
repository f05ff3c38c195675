import { EventEmitter } from 'node:events';
import { EmbeddedQueue } from './embedded-queue.js';
import { EmbeddedExclusive, type Exclusive } from './exclusive.js';
import { MemoryTokens, type InstallationTokens } from './installation-tokens.js';
import type { JobQueue } from './job-queue.js';
import type { Log } from './log.js';
import { MemoryNotes, type Notes } from './notes.js';

/** Which of several processes looks round. */
export interface Leadership {
  readonly isLeading: boolean;
  /** Calls whenever it becomes this process's turn, and when something may have been missed since. */
  readonly onTurn: (listener: () => void) => void;
  /** Lets another lead. */
  readonly resign: () => Promise<void>;
}

/** What processes tell each other at once, and may miss: each finds out by itself, later. */
export interface Announcements {
  readonly tell: (topic: Topic, text: string) => void;
  /** Of what others tell, and of what this process does. */
  readonly hear: (topic: Topic, listener: (text: string) => void) => void;
}

/** `wait`: GitHub asks an installation to wait. `configuration`: a repository's has changed. */
type Topic = 'wait' | 'configuration';

/** What work is shared by: with other processes, or with nobody. */
export interface Coordination {
  readonly queue: JobQueue;
  readonly heads: Exclusive;
  readonly notes: Notes;
  readonly leadership: Leadership;
  readonly announcements: Announcements;
  readonly tokens: InstallationTokens;
  /** Why no work can be done at present, in one line for people; null when it can. */
  readonly whyNot: string | null;
  /** After the queue was closed. */
  readonly close: () => Promise<void>;
}

export interface CoordinationOptions {
  readonly appId: number;
  /** PEM: what only processes of the same App know. */
  readonly privateKey: string;
  readonly log: Log;
  /** Jobs that one process runs at a time. */
  readonly concurrency: number;
  readonly onError: (error: unknown) => void;
  /** After so many milliseconds without a word of it, a process is taken for dead. */
  readonly leaseMs?: number;
}

export const ALONE: Leadership = {
  isLeading: true,
  onTurn: (listener) => listener(),
  resign: () => Promise.resolve(),
};

/** Of a process that nobody hears but itself. */
export function ownAnnouncements(): Announcements {
  const emitter = new EventEmitter();
  return {
    tell: (topic, text) => void emitter.emit(topic, text),
    hear: (topic, listener) => void emitter.on(topic, listener),
  };
}

/** Of a single process. */
export function embeddedCoordination({ concurrency, onError }: CoordinationOptions): Coordination {
  return {
    queue: new EmbeddedQueue(concurrency, onError),
    heads: new EmbeddedExclusive(),
    notes: new MemoryNotes(),
    leadership: ALONE,
    announcements: ownAnnouncements(),
    tokens: new MemoryTokens(),
    whyNot: null,
    close: () => Promise.resolve(),
  };
}
