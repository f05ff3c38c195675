import { hostOrPortStem, mayNameHost } from './address-name.js';
import { displayText, parseHostAndPort, parsePort, type WrittenAddress } from './written-address.js';

/** `port=5432` beside a `host=db`. */
interface WrittenPort {
  readonly portKey: string;
  readonly port: number;
  readonly line: number;
}

/** What a scan finds, in the order of the text. */
export type Finding = WrittenAddress | WrittenPort;

/** The characters of host names, schemes and keys. Each maximal run is looked at once, which keeps the scan linear. */
const RUN = /[A-Za-z0-9._+-]+/g;
const LONGEST_HOST = 254;
/** How much of a URL's tail is kept to be shown. */
const SHOWN_TAIL = 160;
/** No connection string lists more hosts than this. */
export const MOST_HOSTS = 1000;

const ENDS_AUTHORITY = /[\s/?#"'`<>\\|]/;
const OPENS_ADDRESS = ' \t"\'`=,([@|<>;!';
const CLOSES_ADDRESS = ' \t\r"\'`/,;)]}?#|<>\\&';

/** URLs under these hosts are the names of vocabularies; nobody calls them. */
const VOCABULARIES =
  /(?:^|\.)(?:w3\.org|json-schema\.org|xmlsoap\.org|openxmlformats\.org|purl\.org|xmlns\.jcp\.org|java\.sun\.com|springframework\.org|maven\.apache\.org|logging\.apache\.org)$/i;

/**
 * The addresses in one line of text: URLs (with lists of hosts, as `mongodb://a:1,b:2/`), `host:port`, `host port`, names
 * of the cluster's domain, and hosts under a telling key (`host=db port=5432`). Linear in the length of the line.
 *
 * @param strength what a `word:1234` is worth: `strong` in a command or a connection string, `fair` in other text.
 */
export function findAddressesInLine(line: string, number: number, strength: 'strong' | 'fair', out: Finding[]): void {
  const scanner = new RegExp(RUN);
  let previous: Run | null = null;
  for (let match = scanner.exec(line); match !== null; match = scanner.exec(line)) {
    const run: Run = { text: match[0], start: match.index, end: scanner.lastIndex };
    if (line.startsWith('://', run.end)) {
      const end = authorityEnd(line, run.end + 3);
      findUrl(line, run, end, number, out);
      // In `nats://a,nats://b` the authority runs into the next URL's scheme, which is still to be read.
      scanner.lastIndex = nextUrlStart(line, run.end + 3, end) ?? end;
      previous = null;
      continue;
    }
    findBareAddress({ line, number, strength, run, previous }, out);
    previous = run;
  }
}

interface Run {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Place {
  readonly line: string;
  readonly number: number;
  readonly strength: 'strong' | 'fair';
  readonly run: Run;
  readonly previous: Run | null;
}

function authorityEnd(line: string, from: number): number {
  const length = line.slice(from).search(ENDS_AUTHORITY);
  return length < 0 ? line.length : from + length;
}

/**
 * Where the scheme of the next URL of a list starts, if the authority ran into it; else null. What looks like a scheme within
 * credentials is part of a password that somebody did not escape, and must not be shown.
 */
function nextUrlStart(line: string, from: number, end: number): number | null {
  if (line[end - 1] !== ':' || !line.startsWith('//', end)) return null;
  let at = end - 1;
  while (at > from && end - at < 32 && /[A-Za-z0-9.+-]/.test(line[at - 1]!)) at--;
  if (line[at - 1] !== ',') return null;
  return hasCredentials(line.slice(from, at)) || !hasCredentials(line.slice(end, tailEnd(line, end))) ? at : null;
}

function hasCredentials(text: string): boolean {
  return text.includes('@');
}

function findUrl(line: string, scheme: Run, end: number, number: number, out: Finding[]): void {
  const start = scheme.end + 3;
  const whole = line.slice(start, nextUrlStart(line, start, end) ?? end);
  const semicolon = whole.indexOf(';');
  const authority = semicolon < 0 ? whole : whole.slice(0, semicolon);
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  if (VOCABULARIES.test(hosts.slice(0, LONGEST_HOST))) return;
  // `http://user:pass/word@cart`: no host and port, but part of the credentials.
  if (/:\d*[^\d,]/.test(authority) && !hasCredentials(authority) && hasCredentials(line.slice(end, tailEnd(line, end))))
    return;
  let text: string | null = null;
  for (const piece of hosts.split(',', MOST_HOSTS)) {
    const parsed = piece.length > 2 * LONGEST_HOST ? null : parseHostAndPort(piece.replace(/[).\]}]{0,8}$/, closing));
    if (parsed === null) continue;
    text ??= displayText(line.slice(scheme.start, tailEnd(line, end)));
    const { host, port } = parsed;
    out.push({ host, port, scheme: scheme.text, evidence: 'strong', key: null, line: number, text });
  }
}

/** Punctuation of the sentence around a URL, as in `(see http://reviews:9080).`; a bracketed address keeps its own. */
function closing(punctuation: string, _offset: number, piece: string): string {
  return piece.startsWith('[') && punctuation.startsWith(']') ? ']' : '';
}

function tailEnd(line: string, from: number): number {
  const limit = Math.min(line.length, from + SHOWN_TAIL);
  const length = line.slice(from, limit).search(/[\s"'`<>\\|]/);
  return length < 0 ? Math.max(limit, from) : from + length;
}

function findBareAddress(place: Place, out: Finding[]): void {
  const { line, number, run } = place;
  const key = keyBefore(place);
  const text = run.text;
  if (key !== null && /^[0-9]{1,5}$/.test(text) && hostOrPortStem(key)?.kind === 'port') {
    const port = parsePort(text);
    if (typeof port === 'number') out.push({ portKey: key, port, line: number });
    return;
  }
  if (text.length > LONGEST_HOST || (!/[A-Za-z]/.test(text) && !/^[0-9]+(?:\.[0-9]+){3}$/.test(text))) return;
  if (text.includes('+') || /^[.-]/.test(text) || !opensAddress(line, run.start)) return;
  const push = (port: number | null, evidence: WrittenAddress['evidence'], written: string): void => {
    out.push({ host: text, port, scheme: null, evidence, key: null, line: number, text: displayText(written) });
  };
  const port = portAfter(line, run);
  const spaced = numberAfter(line, run.end, SPACED_PORT);
  const isClusterName = /\.svc(?:\.|$)/i.test(text) && closesAddress(line, run.end);
  if (port !== null) {
    push(port.number, place.strength, line.slice(run.start, port.end));
  } else if (key !== null && mayNameHost(key)) {
    const comma = numberAfter(line, run.end, COMMA_PORT);
    out.push({ host: text, port: comma, scheme: null, evidence: 'strong', key, line: number, text });
  } else if (spaced !== null && (!isClusterName || place.strength === 'strong')) {
    const isCommand = place.strength === 'strong' && text.includes('.');
    push(spaced, isCommand ? 'fair' : 'slight', `${text} ${spaced}`);
  } else if (isClusterName) {
    // A sentence may end right behind the name.
    const host = text.replace(/\.$/, '');
    out.push({ host, port: null, scheme: null, evidence: 'fair', key: null, line: number, text: displayText(host) });
  }
}

/** `nc -z db 5432` */
const SPACED_PORT = /[ \t]{1,4}([0-9]{1,5})(?![\w.:-])/y;
/** `Server=db,1433` */
const COMMA_PORT = /,([0-9]{1,5})(?![\w.,:-])/y;

function numberAfter(line: string, at: number, pattern: RegExp): number | null {
  pattern.lastIndex = at;
  const port = parsePort(pattern.exec(line)?.[1] ?? '');
  return typeof port === 'number' ? port : null;
}

/** The key right before the run, as in `host=db`, `host="db"` or `-Ddb.host=db`; null where there is none. */
function keyBefore({ line, run, previous }: Place): string | null {
  if (previous === null) return null;
  const quoted = line[run.start - 1] === '"' || line[run.start - 1] === "'";
  const equals = quoted ? run.start - 2 : run.start - 1;
  if (line[equals] !== '=' || previous.end !== equals) return null;
  return previous.text.slice(-LONGEST_HOST).replace(/^-+D?/, '');
}

function opensAddress(line: string, start: number): boolean {
  if (start === 0) return true;
  const before = line[start - 1]!;
  // A path's segments are no hosts, but what follows two slashes is.
  if (before === '/') return line[start - 2] === '/';
  // `${NAME}`, `$(NAME)` and `{{ name }}` are filled in later.
  if (before === '(') return line[start - 2] !== '$';
  return OPENS_ADDRESS.includes(before);
}

function closesAddress(line: string, end: number): boolean {
  return end >= line.length || CLOSES_ADDRESS.includes(line[end]!);
}

const COLON_PORT = /:([0-9]{1,5})(?![0-9])/y;

function portAfter(line: string, run: Run): { readonly number: number; readonly end: number } | null {
  const port = numberAfter(line, run.end, COLON_PORT);
  if (port === null) return null;
  const end = COLON_PORT.lastIndex;
  // `@db:1521:sid` is how Oracle writes it; elsewhere a second colon makes it a time or an image.
  const closed = closesAddress(line, end) || (line[end] === ':' && line[run.start - 1] === '@');
  return closed ? { number: port, end } : null;
}

/** Whether a line of a script or a configuration file is a remark. */
export function isComment(line: string): boolean {
  return /^\s*(?:#|\/\/|;|\/\*|<!--)/.test(line);
}

/** How far apart, in findings and in lines, `host` and `port` may stand. */
const NEAR = 4;

/** Gives each host that stands under a key the port that stands nearby under the sister key. */
export function joinHostsAndPorts(findings: readonly Finding[]): WrittenAddress[] {
  const out: WrittenAddress[] = [];
  for (const [index, finding] of findings.entries()) {
    if ('portKey' in finding) continue;
    const port = finding.key === null || finding.port !== null ? null : siblingPort(findings, index, finding);
    out.push(port === null ? finding : { ...finding, port });
  }
  return out;
}

function siblingPort(findings: readonly Finding[], index: number, host: WrittenAddress): number | null {
  const stem = hostOrPortStem(host.key ?? '')?.stem;
  for (const step of [1, 2, 3, 4, -1, -2, -3, -4]) {
    const other = findings[index + step];
    if (other === undefined || !('portKey' in other) || Math.abs(other.line - host.line) > NEAR) continue;
    if (hostOrPortStem(other.portKey)?.stem === stem) return other.port;
  }
  return null;
}
