import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { joinSkipped, type LedgerRoot, type SkipReason, type TreeLedger } from '../kubernetes/ledger.js';
import type { ParsedFile } from '../kubernetes/manifest.js';
import { folderOf, joinPath, type Root } from '../layout/root.js';
import type { IndexedTree } from './tree-index.js';
import { compareText } from '../diagnostic/compare-text.js';

/** A root as it was applied to a mesh. */
export interface AppliedRoot {
  readonly mesh: string;
  readonly root: Root;
  readonly file: ParsedFile;
  /** Paths of the files that it is made of. */
  readonly inputs: readonly string[];
  readonly tools: readonly string[];
  readonly isComplete: boolean;
}

const KINDS = { plain: 'plain', kustomization: 'kustomize', chart: 'helm' } as const;

const FAILURES: ReadonlySet<DiagnosticCode> = new Set([
  'renderer-missing',
  'rendering-refused',
  'rendering-failed',
  'rendering-limit',
]);
/** What controllers take from where it cannot be read. */
const ELSEWHERE: ReadonlySet<DiagnosticCode> = new Set(['source-not-in-tree', 'generator-not-known']);

/** The ledger of files that are all taken for manifests. */
export function ledgerOfFiles(files: readonly ParsedFile[], mesh: string, ignored: readonly string[]): TreeLedger {
  const read = files.filter(({ isManifest }) => isManifest);
  const objects = read.reduce((sum, file) => sum + file.objects.length, 0);
  return {
    roots: [{ path: '', kind: 'plain', meshes: [mesh], objects, tools: [], failure: null }],
    skipped: joinSkipped([
      { reason: 'unread', paths: unreadOf(files) },
      { reason: 'ignored', paths: ignored },
      { reason: 'no-manifests', paths: files.filter(({ isManifest }) => !isManifest).map(({ path }) => path) },
    ]),
  };
}

/**
 * The ledger of a tree whose layout was followed: every file that may hold manifests is in a root or is skipped.
 *
 * @param isSample whether a path is among tests, examples and the like.
 * @param ignored paths that the configuration leaves out.
 */
export function ledgerOfTree(
  { manifests, kustomizations, charts }: IndexedTree,
  applied: readonly AppliedRoot[],
  diagnostics: readonly Diagnostic[],
  isSample: (path: string) => boolean,
  ignored: readonly string[],
): TreeLedger {
  const used = new Set(applied.flatMap(({ inputs }) => inputs));
  // What the configuration leaves out may still be taken in by a kustomization or a chart.
  const leftOut = new Set(ignored.filter((path) => !used.has(path)));
  // What a tool reads may be a patch, or whatever else is no object of its own.
  const rendered = new Set(applied.filter(({ root }) => root.kind !== 'plain').flatMap(({ inputs }) => inputs));
  const layoutFiles = [
    ...[...kustomizations.values()].map(({ file }) => file),
    ...[...charts.keys()].map((folder) => joinPath(folder, 'Chart.yaml')),
  ];
  // What a controller makes objects of in a way that is not known is applied as well.
  const isOpaque = (folder: string): boolean =>
    applied.some(({ root, isComplete }) => !isComplete && root.path === folder);
  const left = [...manifests.values()].filter(({ path }) => !used.has(path));
  const unused = [
    ...left.filter(({ isManifest }) => isManifest).map(({ path }) => path),
    ...layoutFiles.filter((path) => !used.has(path) && !isOpaque(folderOf(path))),
  ];
  const because = (reason: SkipReason): readonly string[] =>
    unused.filter((path) => !leftOut.has(path) && reasonFor(path, isSample) === reason);
  return {
    roots: rootsOf(applied),
    skipped: joinSkipped([
      { reason: 'unread', paths: unreadOf([...manifests.values()]).filter((path) => !rendered.has(path)) },
      {
        reason: 'elsewhere',
        paths: diagnostics.filter(({ code }) => ELSEWHERE.has(code)).flatMap(({ path }) => path ?? []),
      },
      ...(['unused', 'sample', 'hidden'] as const).map((reason) => ({ reason, paths: because(reason) })),
      { reason: 'ignored', paths: [...leftOut] },
      { reason: 'no-manifests', paths: left.filter(({ isManifest }) => !isManifest).map(({ path }) => path) },
    ]),
  };
}

function reasonFor(path: string, isSample: (path: string) => boolean): SkipReason {
  if (path.split('/').some((part) => part.startsWith('.'))) return 'hidden';
  return isSample(path) ? 'sample' : 'unused';
}

/** Files without an object, of which something could not be read: pointers, links, submodules, what is too large or broken. */
function unreadOf(files: readonly ParsedFile[]): readonly string[] {
  const isUnread = ({ objects, unreadable, isManifest, diagnostics }: ParsedFile): boolean =>
    isManifest && objects.length === 0 && (unreadable.length > 0 || diagnostics.length > 0);
  return files.filter(isUnread).map(({ path }) => path);
}

/** A root that several meshes share is one. */
function rootsOf(applied: readonly AppliedRoot[]): readonly LedgerRoot[] {
  const roots = new Map<ParsedFile, LedgerRoot>();
  for (const { mesh, root, file, tools, isComplete } of applied) {
    const known = roots.get(file);
    const failed = file.diagnostics.find(({ code }) => FAILURES.has(code));
    roots.set(file, {
      path: root.path,
      kind: KINDS[root.kind],
      meshes: [...new Set([...(known?.meshes ?? []), mesh])].sort(),
      objects: file.objects.length,
      tools,
      failure: isComplete ? null : (failed?.code ?? 'source-not-in-tree'),
    });
  }
  return [...roots.values()].sort((a, b) => compareText(a.path, b.path) || compareText(a.kind, b.kind));
}
