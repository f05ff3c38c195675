import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** What GitHub would make of a text, as far as it can do harm. */
export interface RenderedMarkdown {
  /** Raw HTML, tag by tag. */
  readonly tags: readonly string[];
  /** Where links and images lead, bare addresses that GFM turns into links included. */
  readonly addresses: readonly string[];
  readonly images: number;
  /** Of the blocks of code. */
  readonly languages: readonly string[];
  /** The text outside code, where GitHub looks for mentions and references. */
  readonly prose: string;
}

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly lang?: string | null | undefined;
  readonly children?: readonly MarkdownNode[];
}

const CODE = /<code>.*?<\/code>/gs;

/** Reads a text as GitHub-flavoured Markdown. */
export function readMarkdown(text: string): RenderedMarkdown {
  const tags: string[] = [];
  const addresses: string[] = [];
  const prose: string[] = [];
  const languages: string[] = [];
  let images = 0;
  const visit = (node: MarkdownNode): void => {
    if (node.type === 'html') tags.push(...(node.value?.match(/<!--.*?-->|<[^>]*>?/gs) ?? []));
    if (node.type === 'link' || node.type === 'definition' || node.type === 'image') addresses.push(node.url ?? '');
    if (node.type === 'image') images += 1;
    if (node.type === 'text' || node.type === 'html') prose.push((node.value ?? '').replace(/<!--.*?-->/gs, ''));
    if (node.type === 'code') languages.push(node.lang ?? '');
    for (const child of node.children ?? []) visit(child);
  };
  visit(fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
  return { tags, addresses, images, languages, prose: prose.join('').replace(CODE, '') };
}
