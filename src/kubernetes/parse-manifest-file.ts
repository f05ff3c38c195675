import { decodeText } from './decode-text.js';
import { digestOf } from './digest.js';
import type { ManifestFile, ParsedFile } from './manifest.js';
import { readDocument, type DocumentReading } from './read-document.js';
import { readingDiagnostic } from './reading-diagnostic.js';
import { splitDocuments } from './split-documents.js';

/** In bytes, or UTF-16 units where the content is text already. */
export const MAX_FILE_SIZE = 64 * 1024 * 1024;

/** True for the files that may hold manifests, by their name. */
export function isManifestPath(path: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(path);
}

/**
 * The Kubernetes objects of one file, read as kubectl and `sigs.k8s.io/yaml` read it, and what is wrong with the rest.
 * Never throws: content of any kind gives a result, and whatever could hide an object is listed as unreadable.
 *
 * @param checkpoint called before each document; what it throws ends the work.
 */
export function parseManifestFile(file: ManifestFile, checkpoint?: () => void): ParsedFile {
  const origin = { path: file.path, line: 1 };
  if (file.content.length > MAX_FILE_SIZE) {
    return refusedFile(file, 'file-too-large', `The file holds more than ${MAX_FILE_SIZE / 1024 / 1024} MiB`);
  }
  const decoded = decodeText(file.content);
  if ('binaryAt' in decoded) return refusedFile(file, 'binary-file', 'The file holds a NUL byte and is not text');
  if (decoded.text.trim() === '') {
    const diagnostics = [readingDiagnostic('empty-file', 'The file is empty', origin)];
    return { path: file.path, objects: [], unreadable: [], diagnostics, isManifest: false };
  }
  const documents = splitDocuments(decoded.text);
  const options = { mayHoldBadBytes: decoded.replaced, isRendered: file.isRendered === true };
  const readings = documents.map((document) => {
    checkpoint?.();
    return readDocument(file.path, document, options);
  });
  if (!readings.some((reading) => reading.isForKubernetes)) return foreignFile(file.path, decoded.text, readings);
  return {
    path: file.path,
    objects: readings.flatMap((reading) => reading.objects),
    unreadable: readings.flatMap((reading, index) =>
      reading.unreadable.map((entry) => ({ ...entry, digest: digestOf(documents[index]!.text) })),
    ),
    diagnostics: [
      ...readings.flatMap((reading) => reading.diagnostics),
      ...dataAmongObjects(file.path, readings),
      ...oneForTemplates(file.path, readings),
    ],
    isManifest: true,
  };
}

function refusedFile(file: ManifestFile, code: 'file-too-large' | 'binary-file', finding: string): ParsedFile {
  const origin = { path: file.path, line: 1 };
  return {
    path: file.path,
    objects: [],
    unreadable: [{ ...origin, kind: null, digest: digestOf(file.content) }],
    diagnostics: [readingDiagnostic(code, finding, origin)],
    isManifest: true,
  };
}

/** A file that was never meant for a cluster says nothing, except that its syntax kept it from being looked into. */
function foreignFile(path: string, text: string, readings: readonly DocumentReading[]): ParsedFile {
  const broken = readings.flatMap((reading) => reading.unreadable)[0];
  const finding = 'The file is not valid YAML, and shows no sign of a Kubernetes object';
  const diagnostics = broken === undefined ? [] : [readingDiagnostic('foreign-syntax', finding, broken)];
  return { path, objects: [], unreadable: [], diagnostics, isManifest: false, foreignDigest: digestOf(text) };
}

/** kubectl refuses a document without apiVersion and kind; among manifests it is hardly there on purpose. */
function dataAmongObjects(path: string, readings: readonly DocumentReading[]): ParsedFile['diagnostics'] {
  const finding = 'The document names neither an apiVersion nor a kind';
  return readings.flatMap(({ dataLine: line }) =>
    line === null ? [] : [readingDiagnostic('not-an-object', finding, { path, line })],
  );
}

/** One diagnostic for all templates of a file: a chart's file is all of a piece. */
function oneForTemplates(path: string, readings: readonly DocumentReading[]): ParsedFile['diagnostics'] {
  const line = readings.find((reading) => reading.templateLine !== null)?.templateLine ?? null;
  if (line === null) return [];
  return [readingDiagnostic('helm-template', 'The file is a Helm template, not a manifest', { path, line })];
}
