import { countLines } from './split-documents.js';

const KIND_LINE = /^kind[ \t]*:(.*)$/gm;
const KIND_VALUE = /^[ \t]*(["']?)([A-Za-z][A-Za-z0-9]*)\1[ \t]*(?:#.*)?\r?$/;
const JSON_KIND = /"kind"\s*:\s*"([A-Za-z][A-Za-z0-9]*)"/g;
const SIGN = /^(?:kind|apiVersion)[ \t]*:|"(?:kind|apiVersion)"\s*:/m;

/** True for text in which some line could open a Kubernetes object. */
export function looksLikeKubernetes(text: string): boolean {
  return SIGN.test(text);
}

/**
 * The kind of the only object that a document seems to hold, from its text alone; null where nothing tells, where several
 * kinds are named, and for a `List`, which can hold any.
 */
export function guessKind(text: string): string | null {
  const kinds = new Set<string | null>();
  for (const line of text.matchAll(KIND_LINE)) kinds.add(KIND_VALUE.exec(line[1] ?? '')?.[2] ?? null);
  if (kinds.size === 0) for (const match of text.matchAll(JSON_KIND)) kinds.add(match[1] ?? null);
  const [kind] = kinds;
  return kinds.size !== 1 || kind === undefined || kind === null || kind.endsWith('List') ? null : kind;
}

/** The line of the first text that is neither blank nor a comment, for a document that starts on `line`. */
export function firstContentLine(text: string, line: number): number {
  const match = /^[ \t]*[^\s#]/m.exec(text);
  return match === null ? line : line + countLines(text.slice(0, match.index));
}
