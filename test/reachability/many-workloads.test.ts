import { describe, expect, it } from 'vitest';
import { analyze, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

/** A mesh of namespaces with services, each of which names one of the next namespace. */
function mesh(namespaces: number, services: number): Tree {
  const tree: Record<string, string> = { root: namespace('istio-system', 'a: b') };
  for (let i = 0; i < namespaces; i++) {
    const documents = [namespace(`ns-${i}`)];
    for (let j = 0; j < services; j++) {
      const next = `http://s-${j}.ns-${(i + 1) % namespaces}`;
      documents.push(service(`ns-${i}/s-${j}`), deployment(`ns-${i}/s-${j}`, [next]));
    }
    tree[`ns-${i}`] = documents.join('---\n');
  }
  return tree;
}

describe('a large change', () => {
  it('of a root Sidecar lists every pair once, in few changes', () => {
    const before = mesh(30, 10);
    const { changes, verdict } = analyze(before, { ...before, sidecar: sidecar('istio-system/default', ['./*']) });
    const pairs = changes.flatMap(({ workloads, destinations }) =>
      workloads.flatMap((w) => destinations.map((d) => `${w.namespace}/${w.name} ${d.host}`)),
    );
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs.length).toBe(300 * 290);
    expect(changes.length).toBeLessThan(1000);
    expect(verdict).toBe('fail');
  });

  it('tells how many hosts it is about, of more than are gone through for a sentence', () => {
    const before = mesh(14, 100);
    const after = { ...before, sidecar: sidecar('istio-system/default', ['./*', 'ns-3/*']) };
    const { changes } = analyze(before, after);
    const large = changes.filter(({ destinations }) => destinations.length > 1000);
    expect(large.length).toBeGreaterThanOrEqual(13);
    for (const { destinations, causes } of large) {
      const hosts = new Set(destinations.map(({ host }) => host)).size;
      expect(causes[0]!.explanation).toContain(`nothing it lists matches these ${hosts} hosts`);
    }
  });

  it('of many Services finds the cause of each edge among all of them', () => {
    const before = mesh(4, 30);
    const after = Object.fromEntries(
      Object.entries(before).map(([name, text]) => [name, text.replaceAll('port: 80', 'port: 81')]),
    );
    const { changes } = analyze(before, after);
    const lost = changes.filter((change) => change.after === 'absent' && change.need === 'referenced');
    expect(lost.length).toBeGreaterThan(0);
    for (const { causes, destinations } of lost) {
      const hosts = new Set(destinations.map(({ host }) => host));
      const served = causes.map(({ name, namespace: space }) => `${name}.${space}.svc.cluster.local`);
      expect(new Set(served)).toEqual(hosts);
    }
  });
});
