import { parseDestination, type WrittenDestination } from '../policy/parse-destination.js';

/** What a comment asks of the App. */
export type Command =
  | { readonly kind: 'recheck' }
  | { readonly kind: 'accept'; readonly reason: string | null }
  | { readonly kind: 'explain'; readonly workload: string; readonly destination: WrittenDestination }
  | { readonly kind: 'unknown'; readonly problem: string };

const MAX_REASON = 500;
const USAGE =
  'The commands are `/egress-scope recheck`, `/egress-scope explain WORKLOAD HOST:PORT` and `/egress-scope accept REASON`.';

/** Reads the first line of a comment; null for a comment that is none of the App's business. */
export function parseCommand(body: string): Command | null {
  const [line = ''] = body.trimStart().split(/\r?\n/, 1);
  const [name, word = '', ...rest] = line.trim().split(/\s+/);
  if (name !== '/egress-scope') return null;
  switch (word) {
    case 'recheck':
      return { kind: 'recheck' };
    case 'accept': {
      const reason = rest.join(' ').slice(0, MAX_REASON);
      return { kind: 'accept', reason: reason === '' ? null : reason };
    }
    case 'explain': {
      const [workload, written, ...more] = rest;
      const destination = written === undefined ? null : parseDestination(written);
      if (workload === undefined || destination === null || more.length > 0) {
        return { kind: 'unknown', problem: 'It is `/egress-scope explain namespace/name HOST:PORT`.' };
      }
      return { kind: 'explain', workload, destination };
    }
    default:
      return { kind: 'unknown', problem: USAGE };
  }
}
