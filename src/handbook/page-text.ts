import { createPaint, wrapText, type TextOptions } from '../report/text-style.js';
import { READING } from './reading.js';
import { SEVERITY_WORDS } from './severity-words.js';
import type { Topic } from './topics.js';

/** The page for a terminal, without its example, for which it names the address. Ends with a newline. */
export function renderPageText(topic: Topic, { color, width }: Pick<TextOptions, 'color' | 'width'>): string {
  const paint = createPaint(color);
  const { name, kind, severity, meaning, advice, page, address } = topic;
  const sections = [
    `${paint('bold', name)}  ${paint('dim', severity === null ? kind : `${kind}, ${severity}`)}`,
    wrapText(meaning, width),
    wrapText(page.about, width),
    ...(advice === null ? [] : [wrapText(`What to do: ${advice}`, width)]),
    ...(severity === null ? [] : [wrapText(SEVERITY_WORDS[severity], width)]),
    [
      paint('bold', 'How to see it'),
      ...page.look.flatMap(({ command, shows }) => [
        `  ${paint('cyan', `$ ${command}`)}`,
        `    ${wrapText(shows, width - 4, '    ')}`,
      ]),
    ].join('\n'),
    [paint('bold', 'How to mend it'), ...page.mend.map((way) => `  - ${wrapText(way, width - 4, '    ')}`)].join('\n'),
    [
      paint('bold', 'Read on'),
      ...page.readOn.map((reading) => READING[reading]).map(([title, url]) => `  ${title}: ${url}`),
      `  ${page.example ? 'This page, with an example' : 'This page'}: ${address}`,
    ].join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The names that have a page, for somebody who does not know which. */
export function renderTopicList(topics: readonly Topic[], { width }: Pick<TextOptions, 'width'>): string {
  const kinds = [...new Set(topics.map(({ kind }) => kind))];
  const sections = kinds.map((kind) => {
    const names = topics.filter((topic) => topic.kind === kind).map(({ name }) => name);
    return `${kind}:\n  ${wrapText(names.join(' '), width - 2, '  ')}`;
  });
  return `${sections.join('\n\n')}\n`;
}
