/** An IPv4 or IPv6 range as its first bits. */
export interface IpRange {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** Null for what is no address literal. */
export function parseIp(text: string): readonly number[] | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function isIp(text: string): boolean {
  return parseIp(text) !== null;
}

/** Null where the address is none, or has fewer bits than the range asks for. */
export function parseRange(address: string, bits: number | undefined): IpRange | null {
  const bytes = parseIp(address);
  if (bytes === null) return null;
  const length = bits ?? 0;
  return length > bytes.length * 8 ? null : { bytes, bits: length };
}

export function rangeContains(range: IpRange, address: readonly number[]): boolean {
  if (range.bytes.length !== address.length) return false;
  for (let bit = 0; bit < range.bits; bit += 8) {
    const kept = Math.min(8, range.bits - bit);
    const mask = (0xff << (8 - kept)) & 0xff;
    if (((range.bytes[bit / 8]! ^ address[bit / 8]!) & mask) !== 0) return false;
  }
  return true;
}

function parseIpv4(text: string): readonly number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return null;
  return parts.map(Number);
}

function parseIpv6(text: string): readonly number[] | null {
  if (text.length > 45) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groups)));
  if (head === undefined || [...head, ...(tail ?? [])].includes(-1)) return null;
  if (tail === undefined) return head.length === 16 ? head : null;
  const gap = 16 - head.length - tail.length;
  return gap < 2 ? null : [...head, ...new Array<number>(gap).fill(0), ...tail];
}

/** The two bytes of a group, or the four of an IPv4 address in the place of two; -1 for neither. */
function groups(text: string): readonly number[] {
  if (/^[0-9a-f]{1,4}$/i.test(text)) {
    const value = parseInt(text, 16);
    return [value >> 8, value & 0xff];
  }
  return parseIpv4(text) ?? [-1];
}
