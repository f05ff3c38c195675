import { describe, expect, it } from 'vitest';
import { buildChangeRows, splitRows } from '../../src/report/change-rows.js';
import { rowDestinationName } from '../../src/report/row-destinations.js';
import { workloadName } from '../../src/report/workload-name.js';
import { destination, edgeChange, MY_SHELL } from './change-analysis.js';

const OTHER = { namespace: 'default', kind: 'Deployment', name: 'other' };

describe('rows of a report', () => {
  it('put the destinations of one workload into one row, and both protocols of a port into one entry', () => {
    const rows = buildChangeRows([
      edgeChange({ destinations: [destination('b.x', 80, 'tcp')] }),
      edgeChange({ destinations: [destination('a.x', 80)] }),
      edgeChange({ destinations: [destination('b.x', 80, 'http')] }),
    ]);
    expect(rows.map((row) => Array.from(row.destinations, rowDestinationName))).toEqual([
      ['a.x:80 (http)', 'b.x:80 (http, tcp)'],
    ]);
  });

  it('put workloads to which the same happens into one row', () => {
    const rows = buildChangeRows([edgeChange(), edgeChange({ workloads: [OTHER] })]);
    expect(rows.map((row) => row.workloads.map(workloadName))).toEqual([
      ['default/Deployment/other', 'default/Pod/my-shell'],
    ]);
  });

  it('keep apart what differs in verdict, branch, need or cause', () => {
    const rows = buildChangeRows([
      edgeChange(),
      edgeChange({ destinations: [destination('b.x')], after: 'blocked' }),
      edgeChange({ destinations: [destination('c.x')], branch: 'prefix /v2' }),
      edgeChange({ destinations: [destination('d.x')], need: 'referenced' }),
      edgeChange({ destinations: [destination('e.x')], causes: [] }),
    ]);
    expect(rows).toHaveLength(5);
  });

  it('come worst first, in an order that the input does not change', () => {
    const changes = [
      edgeChange({ severity: 'none', before: 'unmeshed', after: 'meshed', destinations: [destination('a.x')] }),
      edgeChange({ severity: 'warning', need: 'potential', after: 'blocked', destinations: [destination('b.x')] }),
      edgeChange({ severity: 'failure', destinations: [destination('c.x')] }),
      edgeChange({ severity: 'failure', after: 'blocked', destinations: [destination('d.x')] }),
      edgeChange({ severity: 'failure', need: 'referenced', destinations: [destination('e.x')] }),
    ];
    const hosts = (rows: ReturnType<typeof buildChangeRows>) => rows.map((row) => row.destinations.first(1)[0]?.host);
    expect(hosts(buildChangeRows(changes))).toEqual(['e.x', 'd.x', 'c.x', 'b.x', 'a.x']);
    expect(hosts(buildChangeRows([...changes].reverse()))).toEqual(['e.x', 'd.x', 'c.x', 'b.x', 'a.x']);
  });

  it('gather where the workloads name the destinations, each place once', () => {
    const reference = {
      path: 'a.yaml',
      line: 3,
      text: 'http://a.x',
      where: 'env A of container app',
      heldBy: '/Pod/default/my-shell',
    };
    const [row] = buildChangeRows([
      edgeChange({ need: 'referenced', references: [reference] }),
      edgeChange({
        need: 'referenced',
        references: [reference, { ...reference, line: 9 }],
        workloads: [MY_SHELL],
        destinations: [destination('b.x')],
      }),
    ]);
    expect(row?.references.map(({ line }) => line)).toEqual([3, 9]);
  });

  it('of no weight are joined whatever their need and cause', () => {
    const rows = buildChangeRows([
      edgeChange({ before: 'unmeshed', after: 'meshed', severity: 'none', need: 'referenced' }),
      edgeChange({
        before: 'unmeshed',
        after: 'meshed',
        severity: 'none',
        need: 'potential',
        causes: [],
        workloads: [OTHER],
      }),
    ]);
    expect(rows.map((row) => row.workloads.map(workloadName))).toEqual([
      ['default/Deployment/other', 'default/Pod/my-shell'],
    ]);
  });

  it('are folded where nobody is known to need the edge, but never where the gate fails on them', () => {
    const placeOf = (over: Parameters<typeof edgeChange>[0]) => {
      const { open, potential, quiet } = splitRows(buildChangeRows([edgeChange(over)]));
      return [open.length, potential.length, quiet.length];
    };
    expect(placeOf({ need: 'potential', severity: 'warning' })).toEqual([0, 1, 0]);
    expect(placeOf({ need: 'potential', severity: 'failure' })).toEqual([1, 0, 0]);
    expect(placeOf({ need: 'referenced', severity: 'none' })).toEqual([0, 0, 1]);
    expect(placeOf({ need: 'deliberate', severity: 'notice' })).toEqual([1, 0, 0]);
  });
});
