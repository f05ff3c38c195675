import { beforeAll, describe, expect, it } from 'vitest';
import { analyzeChange } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import type { Destination } from '../../src/reachability/egress-reachability.js';
import type { ItemList } from '../../src/reachability/item-list.js';
import { diffJsonParts, renderDiffJson } from '../../src/report/render-json.js';
import { makeBenchMesh, type MeshFiles } from '../bench/bench-mesh.js';
import { changeAnalysis, destination, edgeChange } from './change-analysis.js';

interface Form {
  readonly destinations?: readonly Destination[];
  readonly destinationSets?: readonly (readonly (readonly [number, number])[])[];
  readonly changes: readonly Part[];
  readonly breaches?: readonly Part[];
}

interface Part {
  readonly destinations?: readonly Destination[];
  readonly destinationSet?: number;
}

/** As a reader does it: what each part is about, whether it is listed there or not. */
function expanded({ destinations = [], destinationSets = [], changes, breaches = [] }: Form): object {
  const expand = ({ destinationSet, ...part }: Part): object => {
    if (destinationSet === undefined) return part;
    expect(part.destinations).toBeUndefined();
    return { ...part, destinations: destinationSets[destinationSet]!.flatMap((slice) => destinations.slice(...slice)) };
  };
  return { changes: changes.map(expand), breaches: breaches.map(expand) };
}

function formOf(analysis: ChangeAnalysis): Form {
  const text = renderDiffJson(analysis);
  expect([...diffJsonParts(analysis)].join('')).toBe(text);
  return JSON.parse(text) as Form;
}

/** The form as it is of short lists, with the long ones put in. */
function plainForm(analysis: ChangeAnalysis): object {
  const shortened = <T extends { readonly destinations: ItemList<Destination> }>(items: readonly T[]): readonly T[] =>
    items.map((item) => ({ ...item, destinations: item.destinations.slice(0, 1) }));
  const short = { ...analysis, changes: shortened(analysis.changes), breaches: shortened(analysis.breaches ?? []) };
  const form = formOf(short);
  expect(form.destinationSets).toBeUndefined();
  const filled = (parts: readonly Part[], of: readonly { readonly destinations: ItemList<Destination> }[]) =>
    parts.map((part, index) => ({ ...part, destinations: of[index]!.destinations.map(({ host, port, protocol }) => ({ host, port, protocol })) })); // prettier-ignore
  return {
    changes: filled(form.changes, analysis.changes),
    breaches: filled(form.breaches ?? [], analysis.breaches ?? []),
  };
}

function manifestsOf(files: MeshFiles) {
  return buildManifestSet(Object.entries(files).map(([path, content]) => parseManifestFile({ path, content })));
}

const hosts = (from: number, to: number): readonly Destination[] =>
  Array.from({ length: to - from }, (_unused, index) => destination(`host-${String(from + index).padStart(5, '0')}.x`));

describe('long lists of destinations in JSON', () => {
  let analysis: ChangeAnalysis;

  beforeAll(() => {
    const { files, edits } = makeBenchMesh(60, 3);
    analysis = analyzeChange({
      before: manifestsOf(files),
      after: manifestsOf({ ...files, ...edits['registry-only'] }),
      mesh: {},
      policy: {
        ...DEFAULT_POLICY,
        contracts: [
          {
            rule: 'must-be-meshed',
            scope: { workload: 'team-1/*', host: '*' },
            reason: 'agreed',
            owner: null,
            origin: { path: 'egress-scope.yml', line: 3 },
          },
        ],
      },
    });
  });

  it('say what the lists said, once they are expanded', () => {
    const long = analysis.changes.filter(({ destinations }) => destinations.length > 1_000);
    expect(long.length).toBeGreaterThan(40);
    expect(analysis.breaches?.some(({ destinations }) => destinations.length > 1_000)).toBe(true);
    const form = formOf(analysis);
    expect(expanded(form)).toEqual(plainForm(analysis));
    expect(form.changes.filter(({ destinationSet }) => destinationSet !== undefined)).toHaveLength(long.length);
  });

  it('take so much less that the answer grows with what differs', () => {
    const pairs = analysis.changes.reduce((sum, { destinations }) => sum + destinations.length, 0);
    expect(renderDiffJson({ ...analysis, breaches: [] }).length).toBeLessThan(pairs * 25);
  });

  it('are a set once where they are equal, whatever the order of their objects', () => {
    const list = hosts(0, 1_500);
    const form = formOf(
      changeAnalysis({
        changes: [
          edgeChange({ destinations: list }),
          edgeChange({ destinations: hosts(0, 1_500), branch: '/v2' }),
          edgeChange({ destinations: [...list.slice(0, 300), ...list.slice(400)], after: 'blocked' }),
        ],
      }),
    );
    expect(form.changes.map(({ destinationSet }) => destinationSet)).toEqual([0, 0, 1]);
    expect(form.destinationSets).toEqual([[[0, 1_500]], [[0, 300], [400, 1_500]]]); // prettier-ignore
  });

  it('stay where they are up to 1,000', () => {
    const form = formOf(changeAnalysis({ changes: [edgeChange({ destinations: hosts(0, 1_000) })] }));
    expect(Object.keys(form)).not.toContain('destinations');
    expect(form.changes[0]).toMatchObject({ destinations: hosts(0, 1_000) });
  });
});
