import type { Coordination, CoordinationOptions } from '../coordination.js';
import { logFieldsOf } from '../job.js';
import { noteLeftOpen } from '../work.js';
import { RedisLeadership } from './leadership.js';
import { Leases } from './leases.js';
import { RedisExclusive } from './redis-exclusive.js';
import { RedisLink } from './redis-link.js';
import { RedisNotes } from './redis-notes.js';
import { RedisQueue } from './redis-queue.js';
import { RedisTokens } from './redis-tokens.js';
import { Seal } from './seal.js';

const LEASE_MS = 30_000;

/** Shares the work with every replica of the same App that has the same Redis. */
export function coordinateByRedis(url: string, options: CoordinationOptions): Coordination {
  const { appId, privateKey, log, concurrency, leaseMs = LEASE_MS, onError } = options;
  // In braces, so that a cluster has all of it in one place.
  const prefix = `{egress-scope:${appId}}`;
  const link = new RedisLink(url, log);
  const leases = new Leases(link, prefix, leaseMs);
  const notes = new RedisNotes(link, prefix);
  const queue = new RedisQueue({
    link,
    prefix,
    concurrency,
    leaseMs,
    log,
    onError,
    onAbandoned: async (job) => {
      log.info(logFieldsOf(job), 'The replica that judged this is gone, and a newer state is to be judged.');
      await noteLeftOpen(notes, job);
    },
  });
  const leadership = new RedisLeadership(leases, link);
  return {
    queue,
    heads: new RedisExclusive(leases),
    notes,
    leadership,
    announcements: {
      tell: (topic, text) => link.announce(`${prefix}:${topic}`, text),
      hear: (topic, listener) => link.listen(`${prefix}:${topic}`, listener),
    },
    tokens: new RedisTokens(link, prefix, new Seal(privateKey)),
    get whyNot(): string | null {
      return link.isUp ? null : 'Redis cannot be reached; the log says why';
    },
    close: async () => {
      await leadership.resign();
      leases.close();
      link.close();
    },
  };
}
