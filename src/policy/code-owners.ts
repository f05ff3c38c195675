import { matchesWholePath } from '../kubernetes/wildcard.js';

/** Where GitHub looks for the file, in its order. */
export const CODE_OWNERS_PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/** A larger file does not count, as on GitHub. In UTF-16 units. */
const MAX_LENGTH = 3 * 1024 * 1024;

/** A line of CODEOWNERS. */
export interface CodeOwnersRule {
  readonly pattern: string;
  /** `@user`, `@org/team`, an address. */
  readonly owners: readonly string[];
}

/** Who owns a file, by its path from the top of the repository; nobody where no rule fits, or the one that does names nobody. */
export type OwnersOfFile = (path: string) => readonly string[];

/** Reads CODEOWNERS. Lines that GitHub does not understand mean nothing. */
export function parseCodeOwners(text: string): readonly CodeOwnersRule[] {
  if (text.length > MAX_LENGTH) return [];
  return text.split('\n').flatMap((line) => {
    const [pattern = '', ...owners] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/(?<!\\)\s+/);
    return isPattern(pattern) ? [{ pattern: pattern.replaceAll('\\ ', ' '), owners }] : [];
  });
}

/** Of gitignore's syntax, GitHub leaves out negation, ranges and the escaped `#`; lines with them mean nothing. */
function isPattern(pattern: string): boolean {
  return pattern !== '' && !/^!|^\\#|[[\]]/.test(pattern);
}

/** The last rule that fits a path counts. */
export function ownersOfFile(rules: readonly CodeOwnersRule[]): OwnersOfFile {
  const known = new Map<string, readonly string[]>();
  return (path) => {
    const owners = known.get(path) ?? rules.findLast(({ pattern }) => owns(pattern, path))?.owners ?? [];
    known.set(path, owners);
    return owners;
  };
}

/** gitignore's rules: a pattern without a slash, but for one at its end, fits in every folder, and what names a folder holds
 * for everything in it. `docs/*` does not reach below, as GitHub's documentation has it. */
function owns(pattern: string, path: string): boolean {
  const place = pattern.replace(/\/$/, '');
  const glob = place.includes('/') ? place : `**/${place}`;
  if (pattern.endsWith('/*')) return matchesWholePath(glob, path, '?');
  const inFolder = matchesWholePath(`${glob}/**/*`, path, '?');
  return pattern.endsWith('/') ? inFolder : inFolder || matchesWholePath(glob, path, '?');
}
