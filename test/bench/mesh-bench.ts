import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { makeBenchMesh, type MeshEdit, type MeshFiles } from './bench-mesh.js';
import { median } from './calibration.js';

/** Milliseconds by the name of the part, `total` among them; of names that say so, MiB, or how often (`calls`, `requests`). */
export type Parts = Readonly<Record<string, number>>;

/** The namespaces of each size; S is 200 with 2,000 Services. */
export const SIZES = { 'S/4': 50, 'S/2': 100, S: 200, '2S': 400, '4S': 800, L: 2000 } as const;
export type Size = keyof typeof SIZES;

const MAIN = join(import.meta.dirname, '../../dist/bin/egress-scope.js');
const WORK = join(import.meta.dirname, 'mesh-work.ts');

export interface MeshBenchOptions {
  readonly seed: number;
  /** A folder for the profiles of all processes; null for none. */
  readonly profiles: string | null;
}

/** Measures analyses of generated meshes, each in a process of its own. */
export class MeshBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'egress-scope-bench-'));
  readonly #written = new Set<string>();

  constructor(private readonly options: MeshBenchOptions) {}

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** The program from its start to its end, with nothing kept of earlier runs: the middle one of `rounds`. */
  diffCold(size: Size, edit: MeshEdit, rounds: number): Parts {
    return this.#diff(size, edit, rounds, 'off');
  }

  /** The same with what another run has parsed. */
  diffCached(size: Size, edit: MeshEdit, rounds: number): Parts {
    const kept = join(this.#folder, 'kept');
    this.#diff(size, edit, 1, kept);
    return this.#diff(size, edit, rounds, kept);
  }

  /** See mesh-work.ts. */
  inProcess(size: Size, work: 'evaluate' | MeshEdit | `${MeshEdit}-known`): Parts {
    return this.#work(size, work) as Parts;
  }

  /** How many functions are called to evaluate a mesh. */
  calls(size: Size): Parts {
    return this.#work(size, 'calls', ['--no-opt', '--no-sparkplug', '--no-flush-bytecode']) as Parts;
  }

  /** The reports of an edit, each with its size's name. */
  reports(size: Size, edit: MeshEdit): readonly (readonly [name: string, parts: Parts])[] {
    const formats = this.#work(size, `${edit}-reports`) as Readonly<Record<string, Parts>>;
    return Object.entries(formats).map(([format, parts]) => [`${size} ${format}`, parts]);
  }

  #work(size: Size, work: string, options: readonly string[] = []): unknown {
    const args = [...options, '--import', 'tsx', WORK, work, String(SIZES[size]), String(this.options.seed)];
    const { status, stdout, stderr } = this.#spawn(args);
    if (status !== 0) throw new Error(`${work} of ${size} failed: ${stderr}`);
    return JSON.parse(stdout);
  }

  #diff(size: Size, edit: MeshEdit, rounds: number, cache: string): Parts {
    const before = this.#write(size, null);
    const after = this.#write(size, edit);
    const runs = Array.from({ length: rounds }, () => this.#run([MAIN, 'diff', before, after], cache));
    return middle(runs);
  }

  #run(args: readonly string[], cache: string): Parts {
    const start = performance.now();
    const { status, stderr } = this.#spawn(args, { EGRESS_SCOPE_CACHE: cache });
    const total = performance.now() - start;
    const times = /^times in ms: (.*); processor (\d+); peak (\d+) MiB$/m.exec(stderr);
    if (times === null || status === null || status > 1) throw new Error(`${args.join(' ')} failed: ${stderr}`);
    const parts = times[1]!.split(', ').map((part) => part.split(' ') as [string, string]);
    const stages = Object.fromEntries(parts.map(([stage, time]) => [stage, Number(time)]));
    return { ...stages, total, processor: Number(times[2]), 'peak MiB': Number(times[3]) };
  }

  #spawn(args: readonly string[], variables: NodeJS.ProcessEnv = {}) {
    const { profiles } = this.options;
    const profiling = profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
    const environment = { ...process.env, EGRESS_SCOPE_TIMES: '1', ...variables };
    return spawnSync(process.execPath, [...profiling, ...args], {
      encoding: 'utf8',
      env: environment,
      maxBuffer: 2 ** 30,
    });
  }

  #write(size: Size, edit: MeshEdit | null): string {
    const folder = join(this.#folder, size.replace('/', '-'), edit ?? 'before');
    if (this.#written.has(folder)) return folder;
    this.#written.add(folder);
    const { files, edits } = makeBenchMesh(SIZES[size], this.options.seed);
    writeFiles(folder, edit === null ? files : { ...files, ...edits[edit] });
    return folder;
  }
}

function writeFiles(folder: string, files: MeshFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** The run with the middle total. */
function middle(runs: readonly Parts[]): Parts {
  const total = median(runs.map((run) => run['total']!));
  return runs.find((run) => run['total'] === total)!;
}
