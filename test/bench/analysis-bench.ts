import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyzeMeshes, pairMeshes } from '../../src/analyze-meshes.js';
import { ParsedFileCache } from '../../src/github/parsed-file-cache.js';
import type { ParsedFile } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { renderMarkdown } from '../../src/report/render-markdown.js';
import { blobName } from '../../src/source/blob-name.js';
import { discoverMeshes } from '../../src/source/discover-meshes.js';
import type { Discovery } from '../../src/source/discovery.js';
import { openGitRevision } from '../../src/source/open-tree.js';
import { readGitRevision } from '../../src/source/read-git-revision.js';
import { createRenderer, type Renderer } from '../../src/source/render/renderer.js';
import type { Rendering } from '../../src/source/render/rendering.js';
import { BareRepository } from '../github/stand-in/bare-repository.js';
import type { Files } from '../github/stand-in/git-store.js';

export const PARTS = ['read', 'parse', 'discover', 'render', 'evaluate', 'report'] as const;
export type Part = (typeof PARTS)[number];

/** One analysis: milliseconds by the clock of each part, and what it came to. */
export interface Measurement {
  readonly parts: Readonly<Record<Part, number>>;
  readonly total: number;
  /** Roots that were rendered, and did not come out of the cache. */
  readonly rendered: number;
  readonly meshes: number;
  readonly objects: number;
  readonly analysis: ChangeAnalysis;
}

/** Analyses changes of a repository one after the other in one process, as the App does, and measures them. */
export class AnalysisBench {
  readonly #cache = new ParsedFileCache();
  readonly #renderer = createRenderer();
  readonly #known = new WeakSet<Rendering>();

  private constructor(
    private readonly folder: string,
    private readonly repository: BareRepository,
    private readonly base: string,
  ) {}

  static async create(files: Files): Promise<AnalysisBench> {
    const folder = await mkdtemp(join(tmpdir(), 'egress-scope-bench-'));
    const repository = await BareRepository.create(folder);
    return new AnalysisBench(folder, repository, await repository.makeCommit(files));
  }

  async close(): Promise<void> {
    await this.#renderer.close();
    await rm(this.folder, { recursive: true });
  }

  /** What a change of the repository's files does. */
  async analyze(edit: Files): Promise<Measurement> {
    const after = await this.repository.makeCommit(edit, [this.base]);
    const watch = new Stopwatch();
    const discoveries: Discovery[] = [];
    let rendered = 0;
    for (const commit of [this.base, after]) {
      const source = await watch.measure('read', () => readGitRevision(this.folder, commit));
      const tree = await watch.measure('read', () => openGitRevision(this.folder, commit));
      const parsed = watch.measureNow('parse', () => source.files.map((file) => this.#parse(file.path, file.content)));
      const rendering = new Overlap();
      const renderer: Renderer = {
        ...this.#renderer,
        render: async (...asked) => {
          const result = await rendering.measure(() => this.#renderer.render(...asked));
          if (!this.#known.has(result)) rendered += 1;
          this.#known.add(result);
          return result;
        },
      };
      const files = { files: [...parsed, ...source.unread], openTree: () => Promise.resolve(tree) };
      discoveries.push(await watch.measure('discover', () => discoverMeshes(files, { renderer })));
      watch.move('discover', 'render', rendering.milliseconds);
    }
    const [before, now] = discoveries.map(({ meshes }) => meshes) as [Discovery['meshes'], Discovery['meshes']];
    const exemptions = { today: '2026-01-01', acceptances: [] };
    const analysis = watch.measureNow('evaluate', () =>
      analyzeMeshes(pairMeshes(before, now), { mesh: {}, policy: DEFAULT_POLICY, exemptions }),
    );
    watch.measureNow('report', () => renderMarkdown(analysis, { blob: () => null }));
    const objects = now.reduce((sum, { manifests }) => sum + manifests.objects.length, 0);
    return { ...watch.result(), rendered, meshes: now.length, objects, analysis };
  }

  #parse(path: string, content: string | Uint8Array): ParsedFile {
    const sha = blobName(content);
    const known = this.#cache.get(sha, path);
    if (known) return known;
    const parsed = parseManifestFile({ path, content });
    this.#cache.set(sha, parsed, Buffer.byteLength(content));
    return parsed;
  }
}

class Stopwatch {
  readonly #start = performance.now();
  readonly #parts = new Map<Part, number>(PARTS.map((part) => [part, 0]));

  async measure<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#add(part, performance.now() - start);
    return result;
  }

  measureNow<T>(part: Part, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#add(part, performance.now() - start);
    return result;
  }

  move(from: Part, to: Part, milliseconds: number): void {
    this.#add(from, -milliseconds);
    this.#add(to, milliseconds);
  }

  result(): Pick<Measurement, 'parts' | 'total'> {
    return { parts: Object.fromEntries(this.#parts) as Measurement['parts'], total: performance.now() - this.#start };
  }

  #add(part: Part, milliseconds: number): void {
    this.#parts.set(part, (this.#parts.get(part) ?? 0) + milliseconds);
  }
}

/** The time in which at least one of several pieces of work was under way. */
class Overlap {
  milliseconds = 0;
  #running = 0;
  #since = 0;

  async measure<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running === 0) this.#since = performance.now();
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.milliseconds += performance.now() - this.#since;
    }
  }
}
