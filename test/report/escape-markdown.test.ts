import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, escapeMarkdown, htmlCode, link } from '../../src/report/escape-markdown.js';
import { cutText, visibleText } from '../../src/report/visible-text.js';

const ZWSP = '\u200b';

describe('text from manifests in Markdown', () => {
  it.each([
    ['emphasis', 'a *b* _c_ ~d~', String.raw`a \*b\* \_c\_ \~d\~`],
    ['HTML', '<img src=x>&amp;', String.raw`&#60;img src\=x&#62;&#38;amp;`],
    ['a table cell', 'a|b', 'a&#124;b'],
    ['code', 'a`b', 'a\\`b'],
    ['a mention', 'ask @octo-org/team', `ask @${ZWSP}octo-org/team`],
    ['an issue reference', 'see #12', `see \\#${ZWSP}12`],
    ['an issue reference by letters', 'see GH-12', `see GH-${ZWSP}12`],
    ['a web address', 'http://x.example', `http:${ZWSP}//x.example`],
    ['a web address without a scheme', 'www.x.example', `www${ZWSP}.x.example`],
    ['a link', '[a](b)', String.raw`\[a\]\(b\)`],
    ['an emoji', ':tada:', `:${ZWSP}tada:`],
    ['a commit', 'deadbeef00', `d${ZWSP}eadbeef00`],
    ['line breaks', 'a\r\n# b', String.raw`a \# b`],
    ['a list', '- a', String.raw`\- a`],
    ['a backslash', 'a\\|b', String.raw`a\\&#124;b`],
  ])('cannot make %s', (_what, text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it('leaves an ordinary sentence alone', () => {
    expect(escapeMarkdown('Sidecar default/web picks web-1, port 80.')).toBe(
      'Sidecar default/web picks web-1, port 80.',
    );
  });
});

describe('names in monospace', () => {
  it('stand in backticks where nothing in them can end those', () => {
    expect(codeSpan('default/Pod/my-shell')).toBe('`default/Pod/my-shell`');
    expect(codeSpan('*.example.com:443 (tls)')).toBe('`*.example.com:443 (tls)`');
  });

  it('are written as character references where backticks, pipes or HTML are in them', () => {
    expect(codeSpan('outbound|80||a.b')).toBe('<code>outbound&#124;80&#124;&#124;a&#46;b</code>');
    expect(codeSpan('a`b')).toBe('<code>a&#96;b</code>');
    expect(codeSpan('</code>@me')).toBe('<code>&#60;&#47;code&#62;&#64;&#8203;me</code>');
    expect(htmlCode('a/b')).toBe('<code>a&#47;b</code>');
  });

  it('are cut where no name can be that long', () => {
    expect(codeSpan('x'.repeat(1000))).toBe(`\`${'x'.repeat(252)}…\``);
  });
});

describe('links and blocks', () => {
  it('a link cannot be ended by its address', () => {
    expect(link('`a`', 'https://h/a b)<c>')).toBe('[`a`](https://h/a%20b%29%3Cc%3E)');
    expect(link('`a`', null)).toBe('`a`');
  });

  it('a block cannot be ended by its content', () => {
    expect(codeBlock('diff', ['+a', ' ````', '-b\nc'])).toBe('`````diff\n+a\n ````\n-b c\n`````');
  });
});

describe('visible text', () => {
  it('spells out what a reader could not see', () => {
    expect(visibleText('a\u001b[31mb\u202ec\u0000')).toBe('a\\u{1b}[31mb\\u{202e}c\\u{0}');
  });

  it('is cut between characters', () => {
    expect(cutText('abc', 3)).toBe('abc');
    expect(cutText('abcd', 3)).toBe('ab…');
    expect(cutText('a😀bc', 3)).toBe('a…');
  });
});
