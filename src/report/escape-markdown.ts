import { cutText, visibleText } from './visible-text.js';

/** A DNS name is at most this long; a longer text where a name is expected is not worth showing whole. */
const NAME_LIMIT = 253;

/** Text as GitHub shows it unchanged: no Markdown, no HTML, no table cell's end, no mention, no issue reference, no
 * automatic link, no emoji. A zero-width space breaks what GitHub's filters look for in finished text, where escapes are
 * already gone. */
export function escapeMarkdown(text: string): string {
  return breakLinks(visibleText(text))
    .replace(/#(?=\S)/g, '$&\u200b')
    .replace(/\bGH-(?=\d)/gi, '$&\u200b')
    .replace(/:(?=[\w+-]+:)/g, '$&\u200b')
    .replace(/\b[0-9a-f](?=[0-9a-f]{6,39}\b)/gi, '$&\u200b')
    .replace(/[&<>|\\`*_{}[\]()!~^=$#]/g, escapeCharacter)
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s|$)/, '$1\\$2');
}

/** What GFM makes a link of by itself, or GitHub a mention. */
function breakLinks(text: string): string {
  return text
    .replace(/@(?=\S)/g, '$&\u200b')
    .replace(/:(?=\/\/)/g, '$&\u200b')
    .replace(/\b(?:mailto|xmpp):/gi, '$&\u200b')
    .replace(/\bwww(?=\.\S)/gi, '$&\u200b');
}

function escapeCharacter(character: string): string {
  return '&<>|'.includes(character) ? `&#${character.charCodeAt(0)};` : `\\${character}`;
}

/** A name in monospace. Backticks carry what cannot end them; anything else is written as character references, which hold
 * inside and outside a table's cell alike. */
export function codeSpan(text: string, limit = NAME_LIMIT): string {
  const shown = cutText(visibleText(text), limit);
  return /^[^`|\\\s&<>](?:[^`|\\&<>]*[^`|\\\s&<>])?$/u.test(shown) ? `\`${shown}\`` : htmlCode(shown, limit);
}

/** A name in monospace as HTML, for where Markdown is not read: inside `<summary>`. For GFM that is text like any other, in
 * which it looks for links once character references are gone. */
export function htmlCode(text: string, limit = NAME_LIMIT): string {
  const shown = breakLinks(cutText(visibleText(text), limit));
  const escaped = shown.replace(/[^A-Za-z0-9 -]/gu, (character) => `&#${character.codePointAt(0) ?? 0xfffd};`);
  return `<code>${escaped}</code>`;
}

/** `[text](url)`. The text is Markdown already; without an address the text alone. */
export function link(text: string, url: string | null): string {
  if (url === null) return text;
  const safe = url
    .replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'))
    .replace(/[\s<>\\|`"]/g, encodeURIComponent);
  return `[${text}](${safe})`;
}

/** A block that shows the lines as they are, whatever backticks they hold. */
export function codeBlock(language: string, lines: readonly string[]): string {
  const shown = lines.map((line) => visibleText(line));
  const runs = shown.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${fence}${language}`, ...shown, fence].join('\n');
}
