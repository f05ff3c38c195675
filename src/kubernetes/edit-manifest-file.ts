import type { EditOperation } from './edit-operations.js';
import { editYaml } from './edit-yaml.js';
import { linePatches, type LinePatch } from './line-patches.js';
import type { JsonObject, ParsedFile } from './manifest.js';
import { isEqual, type ValuePath } from './object-differences.js';
import { parseManifestFile } from './parse-manifest-file.js';
import { listWrittenObjects } from './read-objects.js';
import { readManifestDocument } from './read-yaml.js';
import { splitDocuments, type DocumentText } from './split-documents.js';
import { isObject } from './json.js';
import { lineStart } from './yaml-extent.js';
import { writeBlock, type Quotes, type YamlStyle } from './yaml-write.js';

/** An edit of one object. */
export interface ObjectEdit {
  /** The object as it is; null for one that is added. */
  readonly body: JsonObject | null;
  /** As it is to be; null for one that is removed. */
  readonly edited: JsonObject | null;
  /** How the one becomes the other; empty where it is added or removed. */
  readonly operations: readonly EditOperation[];
  /** How an object that is added is written, where somebody has written it before. */
  readonly written?: string;
}

export type FileEdit =
  | {
      readonly kind: 'edited';
      /** Blank where nothing is left of the file. */
      readonly text: string;
      readonly patches: readonly LinePatch[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

const PLAIN_STYLE: YamlStyle = { indent: 2, indentsLists: true, quote: '"' };
const PLAIN_QUOTES: Quotes = { items: 'plain', values: 'plain' };

/**
 * Edits objects in the text of a file: the lines that the edits are about, and no others. The result is read again, and given only if
 * exactly these objects are different, and exactly as they are to be.
 *
 * @param text null for a file that is not there yet.
 */
export function editManifestFile(path: string, text: string | null, edits: readonly ObjectEdit[]): FileEdit {
  const before = text ?? '';
  let edited = before;
  for (const edit of edits) {
    const next = editObject(path, edited, edit);
    if (next === null) return refused(edit.body === null ? NO_ROOM : NOT_VERBATIM);
    if (typeof next !== 'string') return next;
    if (!isExactly(path, edited, next, edit)) return refused(AMBIGUOUS);
    edited = next;
  }
  return { kind: 'edited', text: edited, patches: linePatches(before, edited) };
}

const NOT_VERBATIM =
  'The object does not stand in the file as it is applied: it comes out of a template, an overlay or a substitution.';
const AMBIGUOUS = 'The text cannot be edited without a guess: an anchor, an alias or a merge key is in the way.';
const NO_ROOM = 'The file holds no YAML that an object can be added to.';

function refused(reason: string): FileEdit & { readonly kind: 'refused' } {
  return { kind: 'refused', reason };
}

/** Null where the object is not in the file. */
function editObject(path: string, text: string, edit: ObjectEdit): string | FileEdit | null {
  const { body, edited, operations } = edit;
  if (body === null) return edited === null ? text : addObject(path, text, edited, edit.written);
  const found = findWritten(text, body);
  if (found === null) return null;
  const { document, base, isAlone } = found;
  if (edited === null && isAlone) return removeDocument(text, document);
  let written: string | null = document.text;
  const steps = edited === null ? [{ kind: 'remove', path: [] } as const] : operations;
  for (const operation of steps) {
    written = editYaml(written, operation, base);
    if (written === null) return refused(AMBIGUOUS);
  }
  return text.slice(0, document.start) + written + text.slice(document.start + document.text.length);
}

interface WrittenObject {
  readonly document: DocumentText;
  /** The way to the object in its document. */
  readonly base: ValuePath;
  /** Whether the document is the object. */
  readonly isAlone: boolean;
}

/** The last object of a file that is exactly this one. */
function findWritten(text: string, body: JsonObject): WrittenObject | null {
  for (const document of splitDocuments(text).toReversed()) {
    const { value } = readManifestDocument(document.text);
    if (!isObject(value)) continue;
    const found = listWrittenObjects(value).findLast((each) => isEqual(each.body, body));
    if (found) return { document, base: found.path, isAlone: found.path.length === 0 };
  }
  return null;
}

/** The document of a file that is exactly this object, as it is written; null where there is none, or it is an item of a list. */
export function findDocument(text: string, body: JsonObject): string | null {
  const found = findWritten(text, body);
  return found?.isAlone === true ? found.document.text : null;
}

function addObject(path: string, text: string, body: JsonObject, written: string | undefined): string | null {
  if (/\.json$/i.test(path) || /^\s*\{/.test(text)) return null;
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = written?.trim().split(/\r?\n/) ?? writeBlock(body, PLAIN_STYLE, PLAIN_QUOTES);
  const document = `${lines.join(lineBreak)}${lineBreak}`;
  if (text.trim() === '') return document;
  const ended = text.endsWith('\n') ? text : text + lineBreak;
  return /(?:^|\n)---[ \t]*\r?\n$/.test(ended) ? ended + document : `${ended}---${lineBreak}${document}`;
}

/** Takes a document out with the separator before it; of the first one, with the separator behind it. */
function removeDocument(text: string, { start, text: document }: DocumentText): string {
  const end = start + document.length;
  if (start > 0 && text[start - 1] === '\n') return text.slice(0, lineStart(text, start - 1)) + text.slice(end);
  const next = text.startsWith('---', end) ? text.indexOf('\n', end) : -1;
  return text.slice(0, start) + (next === -1 ? text.slice(end) : text.slice(next + 1));
}

/** Whether one text says the same as the other, but for the edit. */
function isExactly(path: string, before: string, after: string, { body, edited }: ObjectEdit): boolean {
  const [old, now] = [before, after].map((content) => parseManifestFile({ path, content })) as [ParsedFile, ParsedFile];
  const wanted = old.objects.map((object) => object.body);
  if (body === null) wanted.push(edited!);
  else {
    const place = wanted.findLastIndex((each) => isEqual(each, body));
    wanted.splice(place, 1, ...(edited === null ? [] : [edited]));
  }
  return (
    now.objects.length === wanted.length &&
    now.objects.every((object, index) => isEqual(object.body, wanted[index])) &&
    now.unreadable.map(({ digest }) => digest).join() === old.unreadable.map(({ digest }) => digest).join() &&
    (!isJson(before) || isJson(after) || after.trim() === '')
  );
}

function isJson(text: string): boolean {
  return (
    /^\s*\{/.test(text) &&
    splitDocuments(text).every((document) => {
      try {
        JSON.parse(document.text);
        return true;
      } catch {
        return false;
      }
    })
  );
}
