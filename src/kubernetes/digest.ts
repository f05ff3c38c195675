/** Tells equal content from other content; no protection against content that is made to collide. FNV-1a, twice 32 bits. */
export function digestOf(content: string | Uint8Array): string {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < content.length; i++) {
    const unit = typeof content === 'string' ? content.charCodeAt(i) : content[i]!;
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b + unit + i, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}-${content.length.toString(16)}`;
}
