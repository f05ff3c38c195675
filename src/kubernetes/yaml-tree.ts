import { Composer, Lexer, Parser, type Document } from 'yaml';

/** Deeper than any object an API server would take in practice, and far from what the stack can hold. */
export const MAX_DEPTH = 512;

export type YamlTree = Document.Parsed;

/** A tree, or the place where the nesting became too deep to go on. */
export type YamlTreeReading = { readonly documents: readonly YamlTree[] } | { readonly tooDeepAt: number };

/**
 * The syntax trees of a text. Plain scalars keep their text: what they mean is decided elsewhere, by the rules of
 * `sigs.k8s.io/yaml`. The parser is driven by hand so that hostile nesting is noticed while it is still shallow.
 */
export function parseYamlTrees(text: string): YamlTreeReading {
  const parser = new Parser();
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    strict: true,
  });
  const documents: YamlTree[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > MAX_DEPTH) return { tooDeepAt: parser.offset };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  // Forced, so that a text without a document still tells what is wrong with it.
  documents.push(...composer.end(true, text.length));
  return { documents };
}
