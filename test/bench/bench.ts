import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureApp } from './app-bench.js';
import { calibrate, median } from './calibration.js';
import { compareWith, ratiosOf, tellFigure, tellGrowth, tellSlower, type Figure, type Ratios } from './figure.js';
import { MeshBench, SIZES, type Parts, type Size } from './mesh-bench.js';
import { measureRoots } from './roots-bench.js';

/**
 * `npm run bench [-- FIGURE…]`: what analyses cost, and each of their parts. Without names, all figures but `growth`, which
 * takes long.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    /** Of the repository of kustomizations and charts. */
    roots: { type: 'string', default: '60' },
    /** How often a new process is measured; the middle one counts. */
    rounds: { type: 'string', default: '3' },
    /** A file to keep the figures in. */
    json: { type: 'string' },
    /** A file that `--json` wrote, to compare with. */
    compare: { type: 'string' },
    /** Makes this run the one that others are held against. */
    store: { type: 'boolean', default: false },
    /** A folder for the profiles of all processes that are measured. */
    profile: { type: 'string' },
  },
});

/** Of each figure its ratio to the calibration, which holds on any machine. */
const STORED = join(import.meta.dirname, 'stored-ratios.json');

const seed = Number(values.seed);
const rounds = Number(values.rounds);
const bench = new MeshBench({ seed, profiles: values.profile ?? null });

type Named = readonly [name: string, parts: Parts];
type Measure = () => Parts | readonly Named[] | Promise<readonly Named[]>;

const MEASURES: Readonly<Record<string, Measure>> = {
  'S evaluate': () => bench.inProcess('S', 'evaluate'),
  'S diff': () => bench.diffCold('S', 'sidecar-line', rounds),
  'S diff, cached': () => bench.diffCached('S', 'sidecar-line', rounds),
  'S diff, warm': () => bench.inProcess('S', 'sidecar-line'),
  'S in the App': async () => [['S in the App', await measureApp('S', seed, values.profile ?? null)]],
  'L diff': () => bench.diffCold('L', 'sidecar-line', 1),
  'L diff, cached': () => bench.diffCached('L', 'sidecar-line', 1),
  'L root Sidecar, warm': () => bench.inProcess('L', 'root-sidecar-known'),
  'L root Sidecar, new base': () => bench.inProcess('L', 'root-sidecar'),
  'L mesh config, warm': () => bench.inProcess('L', 'registry-only-known'),
  'L mesh config, new base': () => bench.inProcess('L', 'registry-only'),
  'S reports': () => bench.reports('S', 'registry-only'),
  'L reports': () => bench.reports('L', 'registry-only'),
  roots: () => measureRoots(Number(values.roots), seed),
};

function growth(): [string, Measure][] {
  return (Object.keys(SIZES) as Size[]).flatMap((size): [string, Measure][] => [
    [`growth evaluate ${size}`, () => ({ ...bench.inProcess(size, 'evaluate'), ...bench.calls(size) })],
    [`growth diff ${size}`, () => bench.diffCold(size, 'sidecar-line', SIZES[size] > SIZES.S ? 1 : rounds)],
  ]);
}

function isNamed(measured: Parts | readonly Named[]): measured is readonly Named[] {
  return Array.isArray(measured);
}

const all = [...Object.entries(MEASURES), ...growth()];
const unknown = positionals.filter((name) => !all.some(([known]) => known.startsWith(name)));
if (unknown.length > 0)
  throw new Error(`There is no figure ${unknown.join(', ')}. There are:\n${all.map(([name]) => name).join('\n')}`);
const asked = positionals.length === 0 ? Object.keys(MEASURES) : positionals;

const figures: Figure[] = [];
const earlier = values.compare === undefined ? [] : (JSON.parse(readFileSync(values.compare, 'utf8')) as Figure[]);
try {
  calibrate();
  for (const [name, measure] of all.filter(([known]) => asked.some((start) => known.startsWith(start)))) {
    // Others may be at work on the machine, and not all the time.
    const before = calibrate();
    const measured = await measure();
    const named: readonly Named[] = isNamed(measured) ? measured : [[name, measured]];
    const calibration = median([before, calibrate(), calibrate()]);
    for (const figure of named.map(([of, parts]) => ({ name: of, parts, calibration }))) {
      figures.push(figure);
      console.log(tellFigure(figure));
      const known = earlier.find((other) => other.name === figure.name);
      if (known) console.log(compareWith(figure, known));
    }
  }
} finally {
  bench.close();
}
const grown = tellGrowth(figures, (size) => SIZES[size as Size]);
if (grown !== '') console.log(grown);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
if (values.store) writeFileSync(STORED, `${JSON.stringify(ratiosOf(figures), null, 2)}\n`);
else console.log(tellSlower(figures, JSON.parse(readFileSync(STORED, 'utf8')) as Ratios));
