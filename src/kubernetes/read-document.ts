import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { hasTemplatedValue, helmActionOffset } from './helm-template.js';
import { asArray, asString, isObject } from './json.js';
import { createLocator, type Locator } from './locate.js';
import type { JsonObject, JsonValue, KubernetesObject, Unreadable } from './manifest.js';
import { describe } from './object-meta.js';
import { configuresTool, namesKubernetes, readObjects } from './read-objects.js';
import { readManifestDocument, type YamlReading } from './read-yaml.js';
import { readingDiagnostic } from './reading-diagnostic.js';
import { countLines, type DocumentText } from './split-documents.js';
import { firstContentLine, guessKind, looksLikeKubernetes } from './unread-document.js';

/** In UTF-16 units. An API server takes no more than 3 MiB at a time, though a `List` may hold more. */
export const MAX_DOCUMENT_SIZE = 10 * 1024 * 1024;

/** What one document of a file says. */
export interface DocumentReading {
  readonly objects: readonly KubernetesObject[];
  readonly unreadable: readonly Unreadable[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether anything in it was meant for a cluster. */
  readonly isForKubernetes: boolean;
  /** The line of a map that names neither an apiVersion nor a kind: data, unless the file is one of manifests. */
  readonly dataLine: number | null;
  /** The line of the first action of a Helm template which kept the document from being read. */
  readonly templateLine: number | null;
}

const NOTHING: DocumentReading = {
  objects: [],
  unreadable: [],
  diagnostics: [],
  isForKubernetes: false,
  dataLine: null,
  templateLine: null,
};

export interface DocumentOptions {
  /** True where U+FFFD in the text can stand for bytes that are not UTF-8. */
  readonly mayHoldBadBytes: boolean;
  /** True for what a tool has rendered, which is no template. */
  readonly isRendered: boolean;
}

/** Reads one document. */
export function readDocument(path: string, document: DocumentText, options: DocumentOptions): DocumentReading {
  const { text, line, strayText } = document;
  if (strayText !== null) {
    const finding = `The line \`---\` also holds \`${strayText.slice(0, 40)}\`; kubectl allows a comment there, nothing else`;
    return refused(path, document, 'yaml-syntax', finding, line - 1);
  }
  if (text.length > MAX_DOCUMENT_SIZE) {
    const finding = `The document holds more than ${MAX_DOCUMENT_SIZE / 1024 / 1024} MiB`;
    return refused(path, document, 'document-too-large', finding, line);
  }
  const badBytes = options.mayHoldBadBytes ? text.indexOf('\uFFFD') : -1;
  if (badBytes !== -1) {
    const at = line + countLines(text.slice(0, badBytes));
    return refused(path, document, 'invalid-encoding', 'The document holds bytes that are not UTF-8', at);
  }
  if (text.trim() === '') return NOTHING;
  const reading = readManifestDocument(text);
  if (reading.value === undefined) return unread(path, document, reading, options.isRendered);
  return understood(path, document, reading, reading.value, options.isRendered);
}

/** A document with a syntax problem, or a template: those are hardly ever valid YAML. */
function unread(path: string, document: DocumentText, reading: YamlReading, isRendered: boolean): DocumentReading {
  if (!isRendered && helmActionOffset(document.text) !== -1) return template(path, document);
  const locator = createLocator(document.text, document.line);
  const reason = reading.problems.at(-1);
  const unreadable = unreadableAt(path, document);
  return {
    ...NOTHING,
    unreadable: [unreadable],
    diagnostics: diagnosticsOf(path, reading, locator),
    isForKubernetes: looksLikeKubernetes(document.text) || reason?.code !== 'yaml-syntax',
  };
}

function understood(
  path: string,
  document: DocumentText,
  reading: YamlReading,
  value: JsonValue,
  isRendered: boolean,
): DocumentReading {
  const locator = createLocator(document.text, document.line);
  const line = locator.lineAt(reading.start);
  const diagnostics = diagnosticsOf(path, reading, locator);
  if (value === null) return { ...NOTHING, diagnostics };
  if (!isObject(value)) return notAMap(path, document, value, line);
  if (!namesKubernetes(value)) return { ...NOTHING, diagnostics, dataLine: line };
  if (!isRendered && helmActionOffset(document.text) !== -1 && hasTemplatedValue(withoutValues(value)))
    return template(path, document);
  if (configuresTool(value)) return { ...NOTHING, diagnostics };
  const { objects, unreadable, diagnostics: further } = readObjects(path, value, locator, line);
  return { ...NOTHING, objects, unreadable, diagnostics: [...diagnostics, ...further], isForKubernetes: true };
}

/** An object without what it hands to a chart as values: templates may stand there, which the chart itself fills in. */
function withoutValues(value: JsonObject): JsonObject {
  return asString(value['kind']) === 'HelmRelease' ? { ...value, spec: null } : value;
}

/** Lists and scalars are no objects; they matter only where one seems to be inside. */
function notAMap(path: string, document: DocumentText, value: JsonValue, line: number): DocumentReading {
  if (!asArray(value).some((item) => isObject(item) && namesKubernetes(item))) return { ...NOTHING, dataLine: line };
  const finding = `The document is ${describe(value)}, not an object; kubectl reads no object from it`;
  return refused(path, document, 'not-an-object', finding, line);
}

function template(path: string, document: DocumentText): DocumentReading {
  const offset = Math.max(helmActionOffset(document.text), 0);
  const templateLine = document.line + countLines(document.text.slice(0, offset));
  return { ...NOTHING, unreadable: [unreadableAt(path, document)], isForKubernetes: true, templateLine };
}

function refused(
  path: string,
  document: DocumentText,
  code: DiagnosticCode,
  finding: string,
  line: number,
): DocumentReading {
  return {
    ...NOTHING,
    unreadable: [unreadableAt(path, document)],
    diagnostics: [readingDiagnostic(code, finding, { path, line })],
    isForKubernetes: code !== 'yaml-syntax' || looksLikeKubernetes(document.text),
  };
}

function unreadableAt(path: string, { text, line }: DocumentText): Unreadable {
  return { path, line: firstContentLine(text, line), kind: guessKind(text) };
}

function diagnosticsOf(path: string, { problems }: YamlReading, locator: Locator): readonly Diagnostic[] {
  return problems.map(({ code, message, offset }) =>
    readingDiagnostic(code, message, { path, line: locator.lineAt(offset) }),
  );
}
