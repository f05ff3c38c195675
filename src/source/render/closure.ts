import type { DiagnosticCode } from '../../diagnostic/catalogue.js';
import { diagnostic, type Diagnostic, type Origin } from '../../diagnostic/diagnostic.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import type { RenderPermissions } from '../../layout/render-permissions.js';
import { isBelow, joinPath, resolveIn } from '../../layout/root.js';
import type { AbsentFile, SourceTree } from '../source-tree.js';
import { isAllowedAddress, isRemoteAddress } from './remote-address.js';
import { createSourceTexts, type SourceText } from './source-text.js';

/** A kustomization that takes part in a rendering. */
export interface KustomizationFile {
  readonly path: string;
  readonly folder: string;
  readonly body: JsonObject;
  readonly text: SourceText;
}

/** A chart that takes part in a rendering, as far as its release is known. */
export interface ChartUse {
  readonly folder: string;
  /** Paths of its values files in the tree, the last of which counts most. The chart's own is not among them. */
  readonly valuesFiles: readonly string[];
}

/** More files, or bytes, than a rendering is given. */
const MAX_FILES = 20_000;
const MAX_BYTES = 256 * 2 ** 20;

/** Why a file that a rendering needs is not in the tree. */
export const ABSENT: Readonly<Record<AbsentFile['code'], string>> = {
  'symlink-not-followed': 'The link leads to no file that could be read here.',
  'submodule-not-read': 'This is a submodule; the other repository was not read.',
  'lfs-pointer': 'There is only a pointer here; the content lies in Git LFS and was not read.',
};

/** Whether a file of a chart is for those who read it alone: texts and pictures, of which no manifest is made. */
export function isForReaders(path: string): boolean {
  return /(?:^|\/)(?:(?:LICEN[CS]E|NOTICE|OWNERS|CODEOWNERS)(?:\.txt)?|NOTES\.txt|[^/]*\.(?:md|png|jpe?g|gif|svg|ico|webp|pdf))$/i.test(
    path,
  );
}

/** Collects what a root depends on, and whatever speaks against rendering it. */
export class Closure {
  /** Where each file goes, by the path it gets; mostly its own. */
  readonly placed = new Map<string, string>();
  readonly problems: Diagnostic[] = [];
  /** By path: what is missing of folders that are needed whole, and what tells it from others. */
  readonly absent = new Map<string, string>();
  /** Outermost first: what stands earlier is applied later. */
  readonly kustomizations: KustomizationFile[] = [];
  readonly charts: ChartUse[] = [];
  /** Folders of charts whose dependencies have to be fetched. */
  readonly toUpdate = new Set<string>();
  needsNetwork = false;
  #bytes = 0;
  readonly #texts = new Map<string, SourceText>();

  constructor(
    readonly tree: SourceTree,
    readonly permissions: RenderPermissions,
  ) {}

  /** Paths of the tree's files, sorted. */
  get inputs(): readonly string[] {
    return [...new Set(this.placed.values())].sort();
  }

  refuse(code: DiagnosticCode, message: string, origin: Origin): void {
    this.problems.push(diagnostic(code, message, origin));
  }

  add(path: string, place = path): void {
    if (this.placed.has(place)) return;
    const { size } = this.tree.files.get(path)!;
    this.placed.set(place, path);
    this.#bytes += size;
  }

  /** Adds every file of a folder. */
  addFolder(folder: string, place = folder): void {
    for (const path of this.tree.files.keys()) {
      if (isBelow(folder, path)) this.add(path, joinPath(place, folder === '' ? path : path.slice(folder.length + 1)));
    }
    for (const [path, { code, digest }] of this.tree.absent) {
      if (!isBelow(folder, path) || isForReaders(path)) continue;
      this.absent.set(path, digest);
      this.refuse(code, ABSENT[code], { path, line: 1 });
    }
  }

  hasFolder(folder: string): boolean {
    for (const path of this.tree.files.keys()) if (path !== folder && isBelow(folder, path)) return true;
    return false;
  }

  /** Whether it is more than is rendered. */
  get isTooLarge(): boolean {
    return this.placed.size > MAX_FILES || this.#bytes > MAX_BYTES;
  }

  /** Adds a problem where it is more than is rendered. */
  checkSize(origin: Origin): void {
    if (!this.isTooLarge) return;
    const message = `It takes ${this.placed.size} files of ${Math.ceil(this.#bytes / 2 ** 20)} MiB; more than ${MAX_FILES} files or ${MAX_BYTES / 2 ** 20} MiB are not rendered`;
    this.refuse('rendering-limit', message, origin);
  }

  /** A file's text; null where it cannot be read, which is then a problem. */
  async text(path: string, origin: Origin): Promise<SourceText | null> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = createSourceTexts(await this.tree.read([path])).get(path);
    if (text === undefined) this.refuse('rendering-failed', `${path} could not be read as text`, origin);
    else this.#texts.set(path, text);
    return text ?? null;
  }

  /** Where a path leads that a file of `folder` names; null where it leads nowhere in the tree, which is then a problem. */
  resolve(folder: string, name: string, what: string, origin: Origin): string | null {
    const isFile = !name.includes('://') && this.#isFile(folder, name);
    if (!isFile && isRemoteAddress(name)) {
      this.reach(name, what, origin);
      return null;
    }
    const path = name.startsWith('/') ? null : resolveIn(folder, name);
    if (path === null)
      this.refuse('rendering-refused', `${what} \`${shown(name)}\` leads out of the repository`, origin);
    return path;
  }

  /** Notes that something is to be fetched: a problem, unless it is allowed. */
  reach(address: string, what: string, origin: Origin): void {
    if (isAllowedAddress(address, this.permissions.remotes)) this.needsNetwork = true;
    else {
      const message = `${what} \`${shown(address)}\` is outside of the repository and was not fetched`;
      this.refuse('rendering-refused', message, origin);
    }
  }

  missing(name: string, what: string, origin: Origin): void {
    this.refuse('rendering-failed', `${what} \`${shown(name)}\` is not in the repository`, origin);
  }

  /** Adds a file that a file of `folder` names. Gives its path, or null where there is none. */
  addNamed(folder: string, name: string, what: string, origin: Origin): string | null {
    const path = this.resolve(folder, name, what, origin);
    if (path === null) return null;
    if (this.tree.files.has(path)) this.add(path);
    else this.missing(name, what, origin);
    return this.tree.files.has(path) ? path : null;
  }

  #isFile(folder: string, name: string): boolean {
    const path = name.startsWith('/') ? null : resolveIn(folder, name);
    return path !== null && this.tree.files.has(path);
  }
}

function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
