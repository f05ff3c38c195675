/** Control characters, line and paragraph separators, zero-width characters and those that turn the reading direction
 * round: what a name may carry to change how a report reads. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** One line of text in which every character can be seen: line breaks and tabs become spaces, other controls their
 * `\u{…}` spelling. What manifests say goes through here before it reaches a terminal or a comment. */
export function visibleText(text: string): string {
  return text
    .replace(/[\t\r\n]+/g, ' ')
    .replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(LONE_SURROGATE, '\ufffd');
}

/** The text, or its beginning with an ellipsis. `limit` counts UTF-16 units. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, end)}…`;
}

/** The same of a text in parts, of which no more is made than is kept. */
export function cutParts(parts: Iterable<string>, limit: number): string {
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length > limit) break;
  }
  return cutText(text, limit);
}
