/** As Go's `%q` writes it. */
export function quote(value: string): string {
  return JSON.stringify(value);
}

/** As Go's `%#q` writes it: in backquotes. */
export function quoteBack(value: string): string {
  return `\`${value}\``;
}

/** The length in bytes of UTF-8, which is what Go's `len` counts. */
export function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}

/** The parts before and after the first separator; null for the second where there is no separator. Go: strings.Cut */
export function splitOnce(value: string, separator: string): readonly [string, string | null] {
  const index = value.indexOf(separator);
  return index < 0 ? [value, null] : [value.slice(0, index), value.slice(index + separator.length)];
}
