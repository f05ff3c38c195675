/** Markup that may stand in a page as it is; everything else is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

export type Content = string | Html | readonly Html[];

/** Makes markup: what is inserted is escaped, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const text = parts.map((part, index) => `${part}${markupOf(contents[index] ?? '')}`);
  return new Html(text.join(''));
}

function markupOf(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content !== 'string') return content.map(({ text }) => text).join('');
  const names: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
  return content.replace(/[&<>"']/g, (character) => `&${names[character] ?? ''};`);
}

/** Text of this program's own that stands in a page as it is: a script, a style. */
export function raw(text: string): Html {
  return new Html(text);
}

/** Data for a script of the page, as the content of its own element: nothing in it can end that element. */
export function jsonForScript(value: unknown): Html {
  return new Html(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    }),
  );
}
