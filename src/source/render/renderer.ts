import { availableParallelism } from 'node:os';
import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { diagnostic } from '../../diagnostic/diagnostic.js';
import { NOTHING_ALLOWED, type RenderPermissions } from '../../layout/render-permissions.js';
import type { SourceTree } from '../source-tree.js';
import { collectChart } from './chart-closure.js';
import { Closure } from './closure.js';
import { findTools, type Tools } from './find-tools.js';
import { incomplete, missingTools, writtenKinds } from './incomplete-rendering.js';
import { collectKustomization } from './kustomization-closure.js';
import { renderByTools } from './render-by-tools.js';
import { createTask, rootOrigin, type RenderTask } from './render-task.js';
import type { Rendering, RenderRoot } from './rendering.js';
import { findConfinement, type Confinement, type ToolLimits } from './run-tool.js';

export interface Renderer {
  /** Renders one root of a tree. Equal roots of equal files are rendered once, whatever tree they are in.
   *
   * @throws SourceError when the tree cannot be read. */
  readonly render: (tree: SourceTree, root: RenderRoot, permissions?: RenderPermissions) => Promise<Rendering>;
  /** Ends what still runs, and removes its folders. */
  readonly close: () => Promise<void>;
}

export interface RendererOptions {
  /** Where `KUSTOMIZE_BIN`, `HELM_BIN` and `PATH` are looked up. */
  readonly env?: NodeJS.ProcessEnv;
  /** Of one rendering. */
  readonly limits?: Partial<ToolLimits>;
  /** Tools that run at a time for one tree; as many as there are cores by default. For all trees together, twice as many. */
  readonly concurrency?: number;
  /** What the renderings that are kept may take, roughly. */
  readonly cacheBytes?: number;
}

const LIMITS: ToolLimits = { milliseconds: 30_000, memoryBytes: 2 ** 30, outputBytes: 32 * 2 ** 20 };
/** How much longer than usual all renderings of one tree may take, in limits of one. */
const MOST_EXCESS = 4;
/** What is still usual, of the limit of one rendering. */
const USUAL = 1 / 6;
const CACHE_BYTES = 256 * 2 ** 20;
/** A rendering that ran out of time is tried again: the machine may have been busy. */
const LIMIT_KEPT_MILLISECONDS = 10 * 60_000;

/** What is under way for one tree. */
interface TreeWork {
  readonly queue: PQueue;
  /** Milliseconds that renderings took beyond what is usual. */
  excess: number;
}

/** Renders kustomizations and charts by the tools themselves, as child processes. */
export function createRenderer(options: RendererOptions = {}): Renderer {
  return new ToolRenderer(options);
}

class ToolRenderer implements Renderer {
  readonly #limits: ToolLimits;
  readonly #concurrency: number;
  readonly #queue: PQueue;
  readonly #works = new WeakMap<SourceTree, TreeWork>();
  readonly #kept: LRUCache<string, Rendering>;
  readonly #running = new Map<string, Promise<Rendering>>();
  readonly #stopped = new AbortController();
  readonly #env: NodeJS.ProcessEnv;
  #tools: Promise<Tools> | undefined;
  #confinement: Promise<Confinement> | undefined;

  constructor({
    env = process.env,
    limits = {},
    concurrency = availableParallelism(),
    cacheBytes = CACHE_BYTES,
  }: RendererOptions) {
    this.#env = env;
    this.#limits = { ...LIMITS, ...limits };
    this.#concurrency = concurrency;
    // One tree alone, whatever it does, leaves room for others.
    this.#queue = new PQueue({ concurrency: 2 * concurrency });
    this.#kept = new LRUCache({ maxSize: cacheBytes });
  }

  readonly render = async (tree: SourceTree, root: RenderRoot, permissions = NOTHING_ALLOWED): Promise<Rendering> => {
    const closure = new Closure(tree, permissions);
    if (root.kind === 'chart') await collectChart(closure, root);
    else await collectKustomization(closure, root);
    closure.checkSize(rootOrigin(root, closure));
    this.#tools ??= findTools(this.#env);
    const tools = await this.#tools;
    const task = createTask(root, closure, tools);
    const problems = [...closure.problems, ...missingTools(task, tools)];
    if (problems.length > 0) {
      const rendering = await incomplete(task, problems);
      const kinds = await writtenKinds(closure);
      return { ...rendering, unreadable: rendering.unreadable.map((entry) => ({ ...entry, kinds })) };
    }
    const kept = this.#kept.get(task.key) ?? this.#running.get(task.key);
    if (kept !== undefined) return kept;
    const work = this.#workOf(tree);
    const running = work.queue.add(() => this.#renderInTurn(task, tools, work));
    this.#running.set(task.key, running);
    try {
      return await running;
    } finally {
      this.#running.delete(task.key);
    }
  };

  readonly close = async (): Promise<void> => {
    this.#stopped.abort();
    await Promise.allSettled(this.#running.values());
  };

  #workOf(tree: SourceTree): TreeWork {
    const known = this.#works.get(tree);
    const work = known ?? { queue: new PQueue({ concurrency: this.#concurrency }), excess: 0 };
    this.#works.set(tree, work);
    return work;
  }

  async #renderInTurn(task: RenderTask, tools: Tools, work: TreeWork): Promise<Rendering> {
    const { milliseconds } = this.#limits;
    if (work.excess > MOST_EXCESS * milliseconds) {
      const message = 'Other charts and kustomizations took all the time that there is for this tree';
      return incomplete(task, [diagnostic('rendering-limit', message, task.origin)]);
    }
    return this.#queue.add(async () => {
      const start = performance.now();
      const rendering = await this.#renderAndKeep(task, tools);
      work.excess += Math.max(0, performance.now() - start - USUAL * milliseconds);
      return rendering;
    });
  }

  async #renderAndKeep(task: RenderTask, tools: Tools): Promise<Rendering> {
    this.#confinement ??= findConfinement();
    const { rendering, bytes, keep } = await renderByTools(task, {
      tools,
      confinement: await this.#confinement,
      limits: this.#limits,
      signal: this.#stopped.signal,
    });
    const size = Math.max(1, bytes);
    if (keep === 'yes') this.#kept.set(task.key, rendering, { size });
    else if (keep === 'for a while') this.#kept.set(task.key, rendering, { size, ttl: LIMIT_KEPT_MILLISECONDS });
    return rendering;
  }
}
