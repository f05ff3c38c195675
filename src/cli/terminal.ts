import type { Checkpoint } from '../reachability/checkpoint.js';
import type { TextOptions } from '../report/text-style.js';
import type { ParseCache } from './parse-cache.js';

/** What a command may touch of the process it runs in. */
export interface Terminal {
  /** Results. */
  readonly writeOut: (text: string) => void;
  /** Results that may be long, in parts, which are made as they are taken. */
  readonly writeParts: (parts: Iterable<string>) => Promise<void>;
  /** Everything else. */
  readonly writeErr: (text: string) => void;
  readonly readInput: () => Promise<Uint8Array>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Columns of standard output; undefined where it is no terminal. */
  readonly columns: number | undefined;
  /** Told of the stages of a command as they begin. */
  readonly checkpoint?: Checkpoint;
  /** What earlier runs have parsed; without it, everything is parsed. */
  readonly parseCache?: ParseCache;
}

const PLAIN_WIDTH = 80;
const READABLE_WIDTH = 120;

/** The layout of text on standard output: colour on a terminal only, and never against NO_COLOR (https://no-color.org). */
export function textOptions(terminal: Terminal, isVerbose = false): TextOptions {
  const { NO_COLOR: noColor = '', TERM: term } = terminal.environment;
  return {
    isVerbose,
    color: terminal.outIsTerminal && noColor === '' && term !== 'dumb',
    width: Math.min(Math.max(terminal.columns ?? PLAIN_WIDTH, 40), READABLE_WIDTH),
  };
}

/** Says on a terminal what is being done, in a line that disappears when it is done. */
export async function withProgress<T>(terminal: Terminal, what: string, work: () => Promise<T>): Promise<T> {
  if (!terminal.errIsTerminal) return work();
  terminal.writeErr(`${what} …`);
  try {
    return await work();
  } finally {
    terminal.writeErr('\r\u001b[K');
  }
}
