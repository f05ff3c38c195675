import { asStrings } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { parseIp, parseRange, rangeContains, type IpRange } from './ip-range.js';
import { field, has, messagesIn, numberIn, otherFields, textIn } from './proto-json.js';

/** Which connections a chain takes. Envoy: FilterChainMatch */
export interface ChainMatch {
  readonly port: number | null;
  /** Empty for any address. */
  readonly ranges: readonly IpRange[];
  /** Empty for any name; `*.example.com` for all under it. */
  readonly serverNames: readonly string[];
  /** Empty for any. */
  readonly transport: string;
  /** Empty for any. */
  readonly applications: readonly string[];
  /** A criterion that is not known here; null for none. */
  readonly notUnderstood: string | null;
}

/** A connection, as the listener's inspectors see it. */
export interface Connection {
  /** Null for an address that nothing in the dump names. */
  readonly address: string | null;
  readonly port: number;
  /** Empty where nobody looked, or there is none. */
  readonly serverName: string;
  readonly transport: 'tls' | 'raw_buffer';
  readonly applications: readonly string[];
}

const KNOWN = new Set([
  'destination_port',
  'prefix_ranges',
  'server_names',
  'transport_protocol',
  'application_protocols',
]);

export function readChainMatch(match: JsonObject): ChainMatch {
  const unknown = otherFields(match, KNOWN);
  const ranges = messagesIn(match, 'prefix_ranges').map((range) =>
    parseRange(textIn(range, 'address_prefix'), numberIn(range, 'prefix_len')),
  );
  const isWhole = !ranges.includes(null);
  return {
    port: has(match, 'destination_port') ? (numberIn(match, 'destination_port') ?? null) : null,
    ranges: ranges.filter((range) => range !== null),
    serverNames: asStrings(field(match, 'server_names')).map((name) => name.toLowerCase()),
    transport: textIn(match, 'transport_protocol'),
    applications: asStrings(field(match, 'application_protocols')),
    notUnderstood: unknown[0] ?? (isWhole ? null : 'prefix_ranges'),
  };
}

/**
 * The chains that are left for a connection: each criterion in turn keeps those that ask for just what it has, or, where none does,
 * those that do not ask. There is no way back. More than one is left only where they differ by what is not understood.
 * Envoy: FilterChainManagerImpl::findFilterChain
 */
export function matchChains<T extends { readonly match: ChainMatch }>(
  chains: readonly T[],
  connection: Connection,
): readonly T[] {
  const address = connection.address === null ? null : parseIp(connection.address);
  let left = keepBest(chains, ({ match }) => (match.port === null ? 0 : match.port === connection.port ? 1 : -1));
  left = keepBest(left, ({ match }) => rangeRank(match.ranges, address));
  left = keepBest(left, ({ match }) => nameRank(match.serverNames, connection.serverName.toLowerCase()));
  left = keepBest(left, ({ match }) =>
    match.transport === '' ? 0 : match.transport === connection.transport ? 1 : -1,
  );
  return keepBest(left, ({ match }) => applicationRank(match.applications, connection.applications));
}

/** Those of the highest rank. Below zero: the chain asks for something else. */
function keepBest<T>(chains: readonly T[], rankOf: (chain: T) => number): readonly T[] {
  const ranks = chains.map(rankOf);
  let best = 0;
  for (const rank of ranks) best = Math.max(best, rank);
  return chains.filter((_chain, index) => ranks[index] === best);
}

function rangeRank(ranges: readonly IpRange[], address: readonly number[] | null): number {
  if (ranges.length === 0) return 0;
  let best = -1;
  for (const range of ranges) {
    if (range.bits === 0) best = Math.max(best, 0);
    else if (address !== null && rangeContains(range, address)) best = Math.max(best, range.bits);
  }
  return best;
}

function nameRank(names: readonly string[], requested: string): number {
  if (names.length === 0) return 0;
  let best = -1;
  for (const name of names) {
    if (requested === '') continue;
    if (name === requested) return Number.MAX_SAFE_INTEGER;
    if (name.startsWith('*.') && requested.endsWith(name.slice(1))) best = Math.max(best, name.length);
  }
  return best;
}

/** The first protocol that the connection names counts first. */
function applicationRank(asked: readonly string[], offered: readonly string[]): number {
  if (asked.length === 0) return 0;
  const place = offered.findIndex((protocol) => asked.includes(protocol));
  return place < 0 ? -1 : offered.length - place;
}
