import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import { diagnostic } from '../diagnostic/diagnostic.js';
import type { JsonObject, JsonValue, KubernetesObject, ManifestFile, ParsedFile } from './manifest.js';
import { once } from './once.js';
import { parseManifestFile } from './parse-manifest-file.js';
import { readObject } from './read-objects.js';

/** What a file says, without its path and without what can be made of it again: a JSON value. */
type PackedFile = readonly [
  isManifest: boolean,
  foreignDigest: string | null,
  objects: readonly (readonly [line: number, body: JsonObject])[],
  unreadable: readonly (readonly [line: number, kind: string | null, digest: string | null])[],
  diagnostics: readonly (readonly [code: DiagnosticCode, message: string, line: number | null])[],
];

/** What `parseManifestFile` has made of a file, to be kept by the file's content. */
export function packParsedFile({ isManifest, foreignDigest, ...file }: ParsedFile): JsonValue {
  const packed: PackedFile = [
    isManifest,
    foreignDigest ?? null,
    file.objects.map(({ origin, body }) => [origin.line, body]),
    file.unreadable.map(({ line, kind, digest }) => [line, kind, digest ?? null]),
    file.diagnostics.map(({ code, message, line }) => [code, message, line]),
  ];
  return packed;
}

/** What `parseManifestFile` would make of the file, of what it has made of its content once. Where somebody asks for a line within an
 * object, the file is parsed after all. */
export function unpackParsedFile(file: ManifestFile, packed: JsonValue): ParsedFile {
  const [isManifest, foreignDigest, objects, unreadable, diagnostics] = packed as unknown as PackedFile;
  const { path } = file;
  const parsed = once(() => parseManifestFile(file));
  return {
    path,
    objects: objects.map(([line, body], index): KubernetesObject => {
      const locate: KubernetesObject['locate'] = (steps) => parsed().objects[index]!.locate(steps);
      return readObject(body, { path, line }, locate).object!;
    }),
    unreadable: unreadable.map(([line, kind, digest]) => ({ path, line, kind, ...(digest !== null && { digest }) })),
    diagnostics: diagnostics.map(([code, message, line]) =>
      diagnostic(code, message, line === null ? { path } : { path, line }),
    ),
    isManifest,
    ...(foreignDigest !== null && { foreignDigest }),
  };
}
