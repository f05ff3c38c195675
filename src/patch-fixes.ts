import { editManifestFile, findDocument, type ObjectEdit } from './kubernetes/edit-manifest-file.js';
import type { Fix, ManifestEdit, TextPatch } from './reachability/fix.js';

/** Files of a tree as they are written; null for one that is not there, or is no text. */
export type TextOf = (path: string) => string | null;

export interface FixTexts {
  readonly before: TextOf;
  readonly after: TextOf;
}

/** The files that it takes to write edits into: those of the after tree, and of the before tree where something is put back. */
export function filesOfFixes(fixes: readonly Fix[]): {
  readonly before: readonly string[];
  readonly after: readonly string[];
} {
  const edits = fixes.flatMap((fix) => fix.edits);
  const distinct = (all: readonly ManifestEdit[]): readonly string[] =>
    [...new Set(all.map(({ path }) => path))].sort();
  return { before: distinct(edits.filter(({ body }) => body === null)), after: distinct(edits) };
}

/** A file's text as it is, with any mark at its beginning; null for what is not UTF-8. */
export function decodeText(content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}

/** Writes each fix into the files' text, or says why it cannot be. */
export function patchFixes(fixes: readonly Fix[], texts: FixTexts): readonly Fix[] {
  return fixes.map((fix) => (fix.whyNoPatches === undefined ? patchFix(fix, texts) : fix));
}

const NOT_READ = 'The file that holds the object was not read as text.';

function patchFix(fix: Fix, texts: FixTexts): Fix {
  const patches: TextPatch[] = [];
  for (const [path, edits] of byFile(fix.edits)) {
    const text = texts.after(path);
    if (text === null && edits.some(({ body }) => body !== null))
      return { ...fix, patches: null, whyNoPatches: NOT_READ };
    const edited = editFile(path, text, edits, texts);
    if (edited.kind === 'refused') return { ...fix, patches: null, whyNoPatches: edited.reason };
    const ends = text?.includes('\r\n') === true ? { hasCarriageReturns: true as const } : {};
    patches.push(...edited.patches.map((patch) => ({ ...patch, path, ...ends })));
  }
  return { ...fix, patches };
}

/** The files with all fixes in them that have patches, by path; an empty text stands for a file that goes. */
export function editedFiles(fixes: readonly Fix[], texts: FixTexts): ReadonlyMap<string, string> {
  const edits = fixes.filter(({ patches }) => patches).flatMap((fix) => fix.edits);
  const files = new Map<string, string>();
  for (const [path, ofFile] of byFile(edits)) {
    const edited = editFile(path, texts.after(path), ofFile, texts);
    // Each was written alone before; that they cannot be together would have to come from one of them hiding another.
    if (edited.kind === 'edited') files.set(path, edited.text.trim() === '' ? '' : edited.text);
  }
  return files;
}

function editFile(path: string, text: string | null, edits: readonly ManifestEdit[], texts: FixTexts) {
  return editManifestFile(
    path,
    text,
    edits.map((edit): ObjectEdit => {
      const { body, edited, operations } = edit;
      const old = body === null && edited !== null ? texts.before(path) : null;
      const written = old === null || edited === null ? null : findDocument(old, edited);
      return { body, edited, operations, ...(written === null ? {} : { written }) };
    }),
  );
}

function byFile(edits: readonly ManifestEdit[]): ReadonlyMap<string, readonly ManifestEdit[]> {
  const files = new Map<string, ManifestEdit[]>();
  for (const edit of edits) {
    const known = files.get(edit.path);
    if (known) known.push(edit);
    else files.set(edit.path, [edit]);
  }
  return files;
}
