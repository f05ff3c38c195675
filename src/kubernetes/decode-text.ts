/** Text, or why the bytes are none. `replaced` tells that some bytes were not UTF-8 and stand in the text as U+FFFD. */
export type DecodedText = { readonly text: string; readonly replaced: boolean } | { readonly binaryAt: number };

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file: UTF-8, or UTF-16 where a byte order mark says so. Content with a NUL is binary. */
export function decodeText(content: string | Uint8Array): DecodedText {
  if (typeof content === 'string') return checked(content, false);
  const wide = wideEncodingOf(content);
  if (wide !== null) return checked(new TextDecoder(wide).decode(content), false);
  try {
    return checked(UTF_8.decode(content), false);
  } catch {
    return checked(new TextDecoder('utf-8').decode(content), true);
  }
}

function checked(text: string, replaced: boolean): DecodedText {
  const binaryAt = text.indexOf('\0');
  if (binaryAt !== -1) return { binaryAt };
  return { text: text.startsWith('\uFEFF') ? text.slice(1) : text, replaced };
}

function wideEncodingOf(content: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (content[0] === 0xff && content[1] === 0xfe) return 'utf-16le';
  if (content[0] === 0xfe && content[1] === 0xff) return 'utf-16be';
  return null;
}
