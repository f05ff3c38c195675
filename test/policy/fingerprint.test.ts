import { describe, expect, it } from 'vitest';
import { fingerprintOfPair, fingerprintsOf } from '../../src/policy/fingerprint.js';
import type { EdgeChange } from '../../src/reachability/change.js';
import { edgeChange } from '../report/change-analysis.js';

function change(workloads: number, destinations: number): EdgeChange {
  return edgeChange({
    workloads: Array.from({ length: workloads }, (_, i) => ({
      namespace: 'shop',
      kind: 'Deployment',
      name: `web-${i}`,
    })),
    destinations: Array.from({ length: destinations }, (_, i) => ({
      host: `card-${i}.pay`,
      port: 80,
      protocol: 'http',
    })),
  });
}

describe('fingerprints', () => {
  it('name each pair of a change', () => {
    const names = fingerprintsOf(change(10, 20), fingerprintOfPair);
    expect(new Set(names).size).toBe(200);
    // What was accepted stays so.
    const [workload, destination] = [change(1, 1).workloads[0]!, change(1, 1).destinations.at(0)!];
    expect(names).toContain(fingerprintOfPair(change(10, 20), workload, destination));
    expect(fingerprintOfPair(change(10, 20), workload, destination)).toBe(
      fingerprintsOf(change(1, 1), fingerprintOfPair)[0],
    );
  });

  it('name the pairs of a very large change together, and another one if it is larger yet', () => {
    const large = change(2000, 3000);
    const [name, ...others] = fingerprintsOf(large, fingerprintOfPair);
    expect(others).toEqual([]);
    expect(fingerprintOfPair(large, large.workloads[7]!, large.destinations.at(9)!)).toBe(name);
    expect(fingerprintsOf(change(2000, 3000), fingerprintOfPair)).toEqual([name]);
    expect(fingerprintsOf(change(2000, 3001), fingerprintOfPair)).not.toEqual([name]);
    expect(fingerprintsOf(change(2001, 3000), fingerprintOfPair)).not.toEqual([name]);
  });
});
