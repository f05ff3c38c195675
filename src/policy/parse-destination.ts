import type { Destination, EdgeProtocol } from '../reachability/egress-reachability.js';

/** A destination as people write it; the protocol may be left open. */
export interface WrittenDestination {
  readonly host: string;
  readonly port: number;
  readonly protocol?: EdgeProtocol;
}

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
const WRITTEN = /^(?:\[([0-9a-f:.]+)\]|([^[\]:/\s]+)):(\d{1,5})(?:\/([a-z]+))?$/;

/** Reads `HOST:PORT[/PROTOCOL]`, a literal IPv6 address in brackets; null where it is anything else. */
export function parseDestination(text: string): WrittenDestination | null {
  const [, address, name, digits, word] = WRITTEN.exec(text.trim().toLowerCase()) ?? [];
  const host = address ?? name?.replace(/\.$/, '');
  const port = Number(digits);
  if (host === undefined || !(port >= 1 && port <= 65_535)) return null;
  if (address === undefined && !HOST_NAME.test(host)) return null;
  if (word === undefined) return { host, port };
  return isEdgeProtocol(word) ? { host, port, protocol: word } : null;
}

/** Reads `HOST:PORT/PROTOCOL`; null where it is anything else. */
export function parseProbe(text: string): Destination | null {
  const { host, port, protocol } = parseDestination(text) ?? {};
  return host === undefined || port === undefined || protocol === undefined ? null : { host, port, protocol };
}

function isEdgeProtocol(word: string): word is EdgeProtocol {
  return word === 'http' || word === 'tls' || word === 'tcp';
}
