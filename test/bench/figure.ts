import type { Parts } from './mesh-bench.js';

/** What was measured under one name. */
export interface Figure {
  readonly name: string;
  readonly parts: Parts;
  /** Milliseconds of the calibration at about the same time. */
  readonly calibration: number;
}

/** By name, totals as multiples of the calibration. */
export type Ratios = Readonly<Record<string, number>>;

/** What is to be reached, at most; by name, then by part. */
const LIMITS: Readonly<Record<string, Parts>> = {
  'S evaluate': { total: 100 },
  'S diff': { total: 1200, 'peak MiB': 350 },
  'S in the App': { total: 60 },
  'L diff': { 'peak MiB': 2500 },
  'L root Sidecar, warm': { total: 5000 },
  'L mesh config, warm': { total: 5000 },
  'L Markdown': { total: 3000 },
  'L HTML': { total: 3000, 'size MiB': 10 },
  'L JSON': { total: 10_000 },
};

const SLOWER = 1.5;

export function tellFigure({ name, parts, calibration }: Figure): string {
  const limits = LIMITS[name] ?? {};
  const rows = Object.entries(parts).map(([part, value]) => {
    const limit = limits[part];
    const verdict = limit === undefined ? '' : value <= limit ? `  (at most ${limit})` : `  OVER ${limit}`;
    return `  ${part.padEnd(14)}${value.toFixed(0).padStart(8)}${verdict}`;
  });
  return [`${name} (calibration ${calibration.toFixed(0)} ms)`, ...rows].join('\n');
}

/** The ratios of a figure's parts to those of an earlier run. */
export function compareWith({ parts }: Figure, earlier: Figure): string {
  const ratios = Object.entries(parts).flatMap(([part, value]) => {
    const before = earlier.parts[part];
    return before ? [`${part} ${(value / before).toFixed(2)} × ${before.toFixed(0)}`] : [];
  });
  return `  compared: ${ratios.join(', ')}`;
}

export function ratiosOf(figures: readonly Figure[]): Ratios {
  return Object.fromEntries(
    figures.map(({ name, parts, calibration }) => [name, Number((totalOf(parts) / calibration).toFixed(2))]),
  );
}

/** The figures that have become much slower, for whatever machine; nothing for those of which no ratio is stored. */
export function tellSlower(figures: readonly Figure[], stored: Ratios): string {
  const slower = Object.entries(ratiosOf(figures)).filter(
    ([name, ratio]) => ratio > SLOWER * (stored[name] ?? Infinity),
  );
  if (slower.length === 0) return `Nothing is more than ${SLOWER} times slower than stored.`;
  return slower
    .map(([name, ratio]) => `SLOWER: ${name} is ${(ratio / stored[name]!).toFixed(2)} times slower than stored.`)
    .join('\n');
}

/** The exponents with which time, the calls of functions and memory grow with the size of the mesh; 1 is linear. Empty where nothing was measured of it. */
export function tellGrowth(figures: readonly Figure[], namespacesOf: (size: string) => number): string {
  const curves = ['evaluate', 'diff'].flatMap((work) =>
    ['first', 'total', 'processor', 'calls', 'peak MiB'].map((part) => ({ work, part })),
  );
  return curves
    .flatMap(({ work, part }) => {
      const start = `growth ${work} `;
      const points = figures.flatMap(({ name, parts }) => {
        const value = name.startsWith(start) ? parts[part] : undefined;
        return value === undefined ? [] : [[namespacesOf(name.slice(start.length)), value] as const];
      });
      return points.length < 2 ? [] : [`growth of ${work}, ${part}: exponent ${exponentOf(points).toFixed(2)}`];
    })
    .join('\n');
}

/** The slope of the line that fits the logarithms best. */
export function exponentOf(points: readonly (readonly [size: number, value: number])[]): number {
  const logs = points.map(([size, value]) => [Math.log(size), Math.log(value)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0);
  return covariance / logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
}

function totalOf(parts: Parts): number {
  return parts['total'] ?? NaN;
}
