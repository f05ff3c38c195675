import { decodeText } from '../../kubernetes/decode-text.js';
import { newJsonMap } from '../../kubernetes/json-map.js';
import { createLocator, type Path } from '../../kubernetes/locate.js';
import type { JsonValue, ParsedFile } from '../../kubernetes/manifest.js';
import { parseManifestFile } from '../../kubernetes/parse-manifest-file.js';
import { readYaml } from '../../kubernetes/read-yaml.js';

/** A file of the tree, read in whatever way is asked for, and in each only once. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
  readonly lines: () => readonly string[];
  /** As one YAML document; undefined where it is none. */
  readonly value: () => JsonValue | undefined;
  /** The line of a value of that document, or of its nearest ancestor. */
  readonly lineOf: (path: Path) => number;
  /** As a file of Kubernetes objects. */
  readonly manifest: () => ParsedFile;
}

/** The files that are text, by path. */
export function createSourceTexts(contents: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, SourceText> {
  const texts = new Map<string, SourceText>();
  for (const [path, content] of contents) {
    const decoded = decodeText(content);
    if ('text' in decoded) texts.set(path, createSourceText(path, decoded.text));
  }
  return texts;
}

export function createSourceText(path: string, text: string): SourceText {
  const locator = createLocator(text, 1);
  let lines: readonly string[] | undefined;
  let value: { readonly value: JsonValue | undefined } | undefined;
  let manifest: ParsedFile | undefined;
  return {
    path,
    text,
    lines: () => (lines ??= text.split('\n')),
    value: () => (value ??= text.trim() === '' ? { value: newJsonMap() } : readYaml(text)).value,
    lineOf: (at) => locator.lineOf(at),
    manifest: () => (manifest ??= parseManifestFile({ path, content: text })),
  };
}
