const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;

/** Whether it is an IPv4 or IPv6 address, a zone included. Go: netip.ParseAddr */
export function isIPAddress(value: string): boolean {
  return value.includes(':') ? isIPv6(value) : isIPv4(value);
}

/** Whether it is an address with a prefix length. Go: netip.ParsePrefix */
export function isIPPrefix(value: string): boolean {
  const slash = value.lastIndexOf('/');
  const [address, bits] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 0 || !OCTET.test(bits) || address.includes('%')) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}

function isIPv4(value: string): boolean {
  // Most values are names.
  if (!/^[\d.]+$/.test(value)) return false;
  const octets = value.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
}

function isIPv6(value: string): boolean {
  const zone = value.indexOf('%');
  if (zone >= 0) return zone < value.length - 1 && isIPv6(value.slice(0, zone));
  const halves = value.split('::');
  if (halves.length > 2) return false;
  const counts = halves.map((half, index) => groupCount(half, index === halves.length - 1));
  if (counts.some((count) => count === null)) return false;
  const total = counts.reduce<number>((sum, count) => sum + count!, 0);
  return halves.length === 2 ? total < 8 : total === 8;
}

/** How many 16-bit groups are written here; null where one is wrong. Only the address's end may be written as IPv4. */
function groupCount(half: string, last: boolean): number | null {
  if (half === '') return 0;
  const groups = half.split(':');
  const tail = last && isIPv4(groups.at(-1)!) ? 1 : 0;
  const plain = tail === 1 ? groups.slice(0, -1) : groups;
  return plain.every((group) => GROUP.test(group)) ? groups.length + tail : null;
}
