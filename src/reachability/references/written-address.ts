/** An address as it stands in some text, before anybody asked DNS. */
export interface WrittenAddress {
  /** As written: any case, perhaps with the trailing dot of an absolute name; of an IPv6 address without its brackets. */
  readonly host: string;
  /** A number, the name of a port, or null where none is written. */
  readonly port: number | string | null;
  /** The URL's scheme; null where there is none. */
  readonly scheme: string | null;
  /**
   * How much the place says. `strong`: this is an address, whatever it resolves to; `fair`: it looks like one within other
   * text, and has to resolve, or be written as nothing else is; `slight`: a word and a number that a service has to serve.
   */
  readonly evidence: 'strong' | 'fair' | 'slight';
  /** The name of the key it is the value of, where it stands without a port. */
  readonly key: string | null;
  /** The line within the text, from 0. */
  readonly line: number;
  /** What to show of it: no credentials, no query, at most 120 characters. */
  readonly text: string;
}

const LONGEST_TEXT = 120;
const LONGEST_HOST_AND_PORT = 320;
const HOST_AND_PORT = /^([A-Za-z0-9._-]{1,254})(?::([A-Za-z0-9-]{0,63}))?$/;
const BRACKETED = /^\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]{1,5}))?$/;

/** Reads `host`, `host:port`, `host:port-name` or `[ipv6]:port`; null for anything else. Templates are something else. */
export function parseHostAndPort(written: string): { host: string; port: number | string | null } | null {
  if (written.length > LONGEST_HOST_AND_PORT) return null;
  const match = HOST_AND_PORT.exec(written) ?? BRACKETED.exec(written);
  if (match === null) return null;
  const port = parsePort(match[2] ?? '');
  return port === undefined ? null : { host: match[1]!, port };
}

/** Null for no port, undefined for what can be none. A name is that of a Service's port: at most 63 characters, with a letter. */
export function parsePort(written: string): number | string | null | undefined {
  if (written === '') return null;
  if (!/^[0-9]+$/.test(written)) return /^[a-z0-9][a-z0-9-]{0,62}$/.test(written) ? written : undefined;
  const port = Number(written);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Takes credentials, query and fragment out of an address that is to be shown, and cuts it. */
export function displayText(written: string): string {
  const scheme = written.indexOf('://');
  // The last `@` of all: a password may hold an unescaped slash.
  const at = written.lastIndexOf('@');
  const start = scheme < 0 ? 0 : scheme + 3;
  const open = at < start ? written : `${written.slice(0, start)}***@${written.slice(at + 1)}`;
  const end = open.slice(start).search(/[?#]/);
  return (end < 0 ? open : open.slice(0, start + end)).slice(0, LONGEST_TEXT);
}
