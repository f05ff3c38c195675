import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EdgeChange } from '../../src/reachability/change.js';
import { VERDICTS } from '../../src/reachability/verdict.js';
import { buildChangeRows } from '../../src/report/change-rows.js';
import { changeGraph } from '../../src/report/mermaid-graph.js';
import { loadMermaid, type MermaidParser } from '../mermaid.js';
import { destination, edgeChange, MY_SHELL } from './change-analysis.js';

let mermaid: MermaidParser;

beforeAll(async () => {
  mermaid = await loadMermaid();
});

function graphOf(...changes: readonly EdgeChange[]) {
  return changeGraph(buildChangeRows(changes));
}

/** Workloads and hosts of so many namespaces, each of which calls each. */
function between(namespaces: number, each: number): EdgeChange {
  const all = Array.from({ length: namespaces * each }, (_unused, index) => ({
    name: `a-${index}`,
    space: `ns-${index % namespaces}`,
  }));
  return edgeChange({
    workloads: all.map(({ name, space }) => ({ namespace: space, kind: 'Deployment', name })),
    destinations: all.map(({ name, space }) => destination(`${name}.${space}.svc.cluster.local`)),
  });
}

describe('the picture of a change', () => {
  it('shows who calls whom, before and after', async () => {
    const graph = graphOf(
      edgeChange({ destinations: [destination('reviews.bookinfo.svc.cluster.local'), destination('api.example.com')] }),
      edgeChange({ destinations: [destination('gone.x')], after: 'absent' }),
      edgeChange({ destinations: [destination('new.x')], before: 'absent', after: 'blocked' }),
    );
    expect(graph?.lines.slice(1)).toEqual([
      'flowchart TB',
      '  subgraph before',
      '    direction LR',
      '    before0("default/Pod/my-shell") ==>|"meshed"| before1["gone.x#58;9080"]',
      '    before0 ==>|"meshed"| before2["api.example.com#58;9080"]',
      '    before0 ==>|"meshed"| before3["reviews.bookinfo#58;9080"]',
      '  end',
      '  subgraph after',
      '    direction LR',
      '    after0("default/Pod/my-shell") --x|"blocked"| after1["new.x#58;9080"]',
      '    after0 -.->|"unmeshed"| after2["api.example.com#58;9080"]',
      '    after0 -.->|"unmeshed"| after3["reviews.bookinfo#58;9080"]',
      '  end',
      '  before ~~~ after',
      '  linkStyle 0,1,2 stroke:#2da44e,stroke-width:2px',
      '  linkStyle 3 stroke:#e5534b,stroke-width:2px',
      '  linkStyle 4,5 stroke:#bf8700,stroke-width:2px',
    ]);
    expect(graph).toMatchObject({ edges: 6, isAggregated: false, left: 0 });
    await mermaid.parse(graph!.lines.join('\n'));
  });

  it('names where a call is sent, and the requests that it is about', () => {
    const rerouted = { before: ['outbound|80||a.x'], after: [] };
    const lines = graphOf(edgeChange({ after: 'meshed', rerouted, branch: 'path prefix /v2' }))?.lines.join('\n');
    expect(lines).toContain('|"meshed, path prefix /v2, by outbound#124;80#124;#124;a.x"|');
    expect(lines).toContain('|"meshed, path prefix /v2"|');
  });

  it('is none where nothing differs, or nothing is called on either side', () => {
    expect(graphOf()).toBeNull();
    expect(graphOf(edgeChange({ before: 'absent', after: 'absent' }))).toBeNull();
  });

  it.each([
    [1, 6],
    [4, 3],
    [20, 20],
    [300, 2],
  ])('is by namespace where %i namespaces of %i call each other', async (namespaces, each) => {
    const graph = graphOf(between(namespaces, each))!;
    expect(graph.isAggregated).toBe(true);
    expect(graph.edges).toBeLessThanOrEqual(60);
    expect(graph.edges / 2 + graph.left).toBe(namespaces ** 2);
    expect(graph.lines.join('\n').length).toBeLessThanOrEqual(9_000);
    expect(graph.lines.join('\n')).toContain(`|"${each ** 2} calls#58; meshed"|`);
    await mermaid.parse(graph.lines.join('\n'));
  });

  it('can be broken by no name', async () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...TRICKY));
    const change = fc
      .record({ name: text, host: text, branch: text, cluster: text, after: fc.constantFrom(...VERDICTS) })
      .map(({ name, host, branch, cluster, after }) =>
        edgeChange({
          workloads: [{ namespace: name, kind: name, name }],
          destinations: [destination(host)],
          branch,
          after,
          rerouted: { before: [cluster], after: [cluster] },
        }),
      );
    const some = fc.array(change, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(some, async (changes) => {
        const graph = graphOf(...changes)!;
        expect(graph.lines.join('\n')).toMatch(/^[ -~\n]*$/);
        expect(graph.edges).toBeLessThanOrEqual(60);
        await mermaid.parse(graph.lines.join('\n'));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a name that is long from taking all the room', () => {
    const graph = graphOf(edgeChange({ workloads: [{ ...MY_SHELL, name: '"'.repeat(100_000) }] }));
    expect(graph!.lines.join('\n').length).toBeLessThan(2_000);
  });
});

const TRICKY = [
  'end',
  'subgraph',
  'style x:y#1;',
  'lifestyle:#35;',
  'a"] --> b["c',
  '`**bold**`',
  '"`md`"',
  '%%{init: {"theme": "dark"}}%%',
  '%% comment',
  '---',
  '<b onclick=alert(1)>x</b>',
  '#quot;',
  '#35;',
  '1. one',
  '- one',
  'click a href "javascript:alert(1)"',
  '$$x^2$$',
  'fa:fa-car',
];
