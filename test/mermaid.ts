import { parseHTML } from 'linkedom';

/** GitHub's diagrams, as far as their syntax goes: parses as Mermaid itself does. */
export interface MermaidParser {
  /** @throws Error with what Mermaid has against the text. */
  readonly parse: (text: string) => Promise<unknown>;
}

/** Mermaid wants a document while it is loaded, for what it cleans labels with. */
export async function loadMermaid(): Promise<MermaidParser> {
  const { window, document } = parseHTML('<!doctype html><html><body></body></html>') as Readonly<
    Record<'window' | 'document', unknown>
  >;
  Object.assign(globalThis, { window, document });
  const { default: mermaid } = await import('mermaid');
  return mermaid;
}

/** The diagrams of a text in Markdown. */
export function diagramsIn(markdown: string): string[] {
  return [...markdown.matchAll(/^```mermaid\n([^]*?)\n```$/gm)].map((match) => match[1] ?? '');
}
