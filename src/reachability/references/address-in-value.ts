import { findAddressesInLine, isComment, joinHostsAndPorts, MOST_HOSTS, type Finding } from './address-in-text.js';
import { isExceptionList, isPlainName, mayNameHost } from './address-name.js';
import { displayText, parseHostAndPort, type WrittenAddress } from './written-address.js';

/** Any of these makes a value more than a list of addresses: a URL, a connection string, a command, a template. */
const MORE_THAN_A_LIST = /[\s"'`(){}=<>@|\\$%]|:\/\//;

/**
 * The addresses in the value of a variable or a flag. Where the whole value is a host, or a comma-separated list of hosts,
 * bare words count too; otherwise it is searched as text.
 *
 * @param name the variable's or flag's; null for an argument that stands alone, in which a bare word is no address.
 */
export function addressesInValue(name: string | null, value: string): WrittenAddress[] {
  if (name !== null && isExceptionList(name)) return [];
  const trimmed = value.trim();
  if (!MORE_THAN_A_LIST.test(trimmed)) return addressesInList(name, trimmed, 0);
  return addressesInCommand(value.trimEnd());
}

/** The addresses of a comma-separated list that holds nothing else. */
export function addressesInList(name: string | null, list: string, line: number): WrittenAddress[] {
  const out: WrittenAddress[] = [];
  for (const piece of list.split(/[,;]/, MOST_HOSTS)) {
    const slash = piece.indexOf('/');
    const parsed = parseHostAndPort(slash < 0 ? piece : piece.slice(0, slash));
    if (parsed === null || !isListItem(name, parsed, slash >= 0)) continue;
    const { host, port } = parsed;
    out.push({ host, port, scheme: null, evidence: 'strong', key: null, line, text: displayText(piece) });
  }
  return out;
}

function isListItem(
  name: string | null,
  item: { host: string; port: number | string | null },
  hasPath: boolean,
): boolean {
  const isWord = !item.host.includes('.') && !item.host.includes(':');
  if (typeof item.port === 'string') {
    // `reviews:1-2-0` and `reviews:latest` are images.
    return name !== null && !isPlainName(name) && !hasPath && (mayNameHost(name) || !isImageTag(item.port));
  }
  if (item.port !== null || !isWord) return true;
  return name !== null && !hasPath && !isPlainName(name);
}

function isImageTag(port: string): boolean {
  return /^(?:v?[0-9].*|latest|stable|main|master|edge|nightly|alpine|slim)$/.test(port);
}

/** The addresses in a command line, a script or a connection string. */
function addressesInCommand(text: string): WrittenAddress[] {
  const findings: Finding[] = [];
  const lines = text.split(/\r?\n/);
  for (const [number, line] of lines.entries()) {
    if (lines.length === 1 || !isComment(line)) findAddressesInLine(line, number, 'strong', findings);
  }
  return joinHostsAndPorts(findings);
}
