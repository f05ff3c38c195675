import { describe, expect, it } from 'vitest';
import { analyzeChange, analyzeMesh } from '../../src/analyze-change.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { readSnapshot, type MeshSnapshot } from '../../src/snapshot/read-snapshot.js';
import { deployment, namespace, pairs, service, sidecar, tree, type Tree } from '../reachability/change-mesh.js';

const TAKEN = Date.UTC(2026, 2, 10, 12);
const DAY = 24 * 60 * 60 * 1000;

function snapshotText(...documents: readonly string[]): string {
  const header = [
    'apiVersion: egress-scope/v1\nkind: Snapshot\nmetadata: {name: mesh}\nschema: egress-scope/snapshot/v1',
    `takenAt: "2026-03-10T12:00:00Z"\nobjects: ${documents.length}\n`,
  ].join('\n');
  return [header, ...documents].join('---\n');
}

function snapshotOf(...documents: readonly string[]): MeshSnapshot {
  const parsed = parseManifestFile({ path: 'mesh.yaml', content: snapshotText(...documents) });
  const reading = readSnapshot(parsed, TAKEN, null);
  if (reading.kind === 'unusable') throw new Error(reading.reason);
  return reading.snapshot;
}

function diffOver(snapshot: MeshSnapshot, before: Tree, after: Tree): ChangeAnalysis {
  return analyzeChange({ before: tree(before), after: tree(after), mesh: {}, policy: DEFAULT_POLICY, snapshot });
}

/** Made at a time. */
function aged(document: string, time: string): string {
  return document.replace('metadata: {', `metadata: {creationTimestamp: "${time}", `);
}

const WEB = deployment('shop/web', ['http://card.pay:80']);
const PAY = [namespace('pay'), service('pay/card'), deployment('pay/card')];
const NARROW = sidecar('shop/default', ['./*']);
const WIDE = sidecar('shop/default', ['*/*']);

describe('a change over a snapshot', () => {
  it('is about what the repository does not hold, too', () => {
    const snapshot = snapshotOf(namespace('shop'), ...PAY);
    const alone = analyzeChange({
      before: tree({ web: WEB }),
      after: tree({ web: WEB, sidecar: NARROW }),
      mesh: {},
      policy: DEFAULT_POLICY,
    });
    // Without the snapshot, nobody knows card.pay for a host of the mesh.
    expect(alone.verdict).toBe('pass');
    const { verdict, changes, diagnostics } = diffOver(snapshot, { web: WEB }, { web: WEB, sidecar: NARROW });
    expect(verdict).toBe('fail');
    expect(changes).toEqual([
      expect.objectContaining({
        before: 'meshed',
        after: 'unmeshed',
        need: 'referenced',
        destinations: [{ host: 'card.pay.svc.cluster.local', port: 80, protocol: 'http' }],
      }),
    ]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['snapshot-age']);
  });

  it('takes an object that both have from the repository', () => {
    const snapshot = snapshotOf(namespace('shop'), ...PAY, NARROW);
    const files = { web: WEB, sidecar: WIDE };
    const { groups } = analyzeMesh({ manifests: tree(files), mesh: {}, snapshot });
    const web = groups.find(({ workloads }) => workloads.some(({ name }) => name === 'web'));
    expect(web?.edges.map(({ host, verdict }) => `${host} ${verdict}`)).toEqual(['card.pay.svc.cluster.local meshed']);
  });

  it('removes what the change removes, though the snapshot still has it', () => {
    const snapshot = snapshotOf(namespace('shop'), ...PAY, NARROW);
    const { changes } = diffOver(snapshot, { web: WEB, sidecar: NARROW }, { web: WEB });
    expect(changes.map(({ before, after }) => `${before} ${after}`)).toEqual(['unmeshed meshed']);
    const gone = diffOver(snapshot, { web: WEB, service: service('pay/card') }, { web: WEB });
    expect(pairs(gone)).toContainEqual(
      expect.stringMatching(/^shop\/web → card\.pay:80\/http: .* → absent \(referenced, failure\)$/),
    );
  });

  it('changes what lives in the cluster where it takes that into the repository', () => {
    const snapshot = snapshotOf(namespace('shop'), ...PAY, WIDE);
    expect(diffOver(snapshot, { web: WEB }, { web: WEB, sidecar: WIDE }).changes).toEqual([]);
    expect(diffOver(snapshot, { web: WEB }, { web: WEB, sidecar: NARROW }).verdict).toBe('fail');
    // A Service with another port: who called the old one is cut off, though no side of the repository has that port.
    const moved = diffOver(snapshot, { web: WEB }, { web: WEB, service: service('pay/card', 81) });
    expect(pairs(moved)).toContainEqual(
      expect.stringMatching(/card\.pay:80\/http: meshed → absent \(referenced, failure\)$/),
    );
  });

  it('keeps in force what the cluster has, also where it would refuse it now', () => {
    const refused = sidecar('shop/default', ['./*']).replace('hosts:', 'hosts: ["no-namespace"]\n    x:');
    const snapshot = snapshotOf(namespace('shop'), ...PAY, refused);
    const { verdict, changes, rejected } = diffOver(snapshot, { web: WEB }, { web: WEB });
    expect(rejected.map(({ path }) => path)).toEqual(['mesh.yaml']);
    expect([verdict, changes]).toEqual(['pass', []]);
    const { groups } = analyzeMesh({ manifests: tree({ web: WEB }), mesh: {}, snapshot });
    expect(groups.find(({ workloads }) => workloads.some(({ name }) => name === 'web'))?.sidecar).not.toBeNull();
  });

  it('knows a workload whose environment was left out for one that may need anything', () => {
    const bare = deployment('shop/api').replace(
      'metadata: {name',
      'metadata: {annotations: {egress-scope/environment: omitted}, name',
    );
    const probed = bare.replace('image: app\n', 'image: app\n          args: ["http://other.pay:80"]\n');
    const snapshot = snapshotOf(namespace('shop'), ...PAY, service('pay/other'), probed);
    const { changes } = diffOver(snapshot, {}, { sidecar: NARROW });
    expect(
      changes.map(({ need, destinations }) => `${need} ${destinations.at(0)!.host.split('.')[0]!}`).sort(),
    ).toEqual(['referenced other', 'unknown card']);
  });
});

describe('ages', () => {
  const OLD = '2026-01-01T00:00:00Z';
  const LATER = '2026-02-01T00:00:00Z';
  const governing = (snapshot: MeshSnapshot, files: Tree): string | undefined => {
    const { groups } = analyzeMesh({ manifests: tree(files), mesh: {}, snapshot });
    return groups.find(({ workloads }) => workloads.some(({ name }) => name === 'web'))?.sidecar?.name;
  };
  const [a, z] = [sidecar('shop/a', ['./*']), sidecar('shop/z', ['*/*'])];

  it('are those that the snapshot tells', () => {
    expect(governing(snapshotOf(aged(a, LATER), aged(z, OLD)), { web: WEB })).toBe('z');
    expect(governing(snapshotOf(aged(a, OLD), aged(z, LATER)), { web: WEB })).toBe('a');
  });

  it('of the repository’s objects are those that the snapshot has for them', () => {
    expect(governing(snapshotOf(aged(a, LATER), aged(z, OLD)), { web: WEB, a, z })).toBe('z');
  });

  it('of what has been applied since the snapshot are younger than all that is in it', () => {
    expect(governing(snapshotOf(aged(z, LATER)), { web: WEB, a })).toBe('z');
  });

  it('of what a change adds are younger still', () => {
    const snapshot = snapshotOf(namespace('shop'), ...PAY);
    const { changes } = diffOver(snapshot, { web: WEB, z }, { web: WEB, z, a });
    expect(changes).toEqual([]);
  });
});

describe('reading a snapshot', () => {
  const read = (text: string, now = TAKEN, maxAge: number | null = null) =>
    readSnapshot(parseManifestFile({ path: 'mesh.yaml', content: text }), now, maxAge);
  const good = snapshotText(namespace('shop'), ...PAY);

  it.each([
    [0, null, 'snapshot-age', 'The snapshot of the cluster was taken less than an hour ago (2026-03-10T12:00:00Z).'],
    [DAY * 1.5, DAY * 2, 'snapshot-age', 'The snapshot of the cluster was taken 36 hours ago (2026-03-10T12:00:00Z).'],
    [DAY * 30, DAY * 30, 'snapshot-age', 'The snapshot of the cluster was taken 30 days ago (2026-03-10T12:00:00Z).'],
    [
      DAY * 30 + 1,
      DAY * 30,
      'snapshot-too-old',
      'The snapshot of the cluster was taken 30 days ago (2026-03-10T12:00:00Z), which is more than 30 days.',
    ],
  ])('that is %d ms old, where %s are allowed, gives %s', (age, maxAge, code, message) => {
    const reading = read(good, TAKEN + age, maxAge);
    expect(reading).toMatchObject({
      kind: 'snapshot',
      snapshot: { diagnostics: [{ code, message, path: 'mesh.yaml' }] },
    });
  });

  it('that is too old makes every change undetermined', () => {
    const reading = read(good, TAKEN + DAY * 40, DAY * 30);
    if (reading.kind !== 'snapshot') throw new Error(reading.reason);
    const { verdict, reasons, diagnostics } = diffOver(reading.snapshot, {}, { web: WEB });
    expect(verdict).toBe('undetermined');
    expect(reasons).toEqual([expect.stringContaining('was taken 40 days ago')]);
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'snapshot-too-old', severity: 'error' }));
  });

  it.each([
    ['is empty', '', /^does not begin as a snapshot does/],
    ['is a manifest', WEB, /^does not begin as a snapshot does/],
    ['is of another version', good.replace('snapshot/v1', 'snapshot/v2'), /^does not begin as a snapshot does/],
    ['was cut off between objects', good.slice(0, good.lastIndexOf('---\n')), /^holds 3 objects, which is not/],
    [
      'was cut off within one',
      good.slice(0, good.indexOf('metadata: {name: card') + 15),
      /^cannot be read at line \d+$/,
    ],
    ['has the marks of a merge', good.replace('---\n', '<<<<<<< ours\n---\n'), /^(?:cannot be read|does not begin)/],
    ['tells no time', good.replace(/takenAt: .*/, 'takenAt: yesterday'), /^does not tell when it was taken$/],
    [
      'is from the future',
      good.replace('2026-03-10', '2026-03-12'),
      /^was taken in the future \(2026-03-12T12:00:00Z\)$/,
    ],
  ])('that %s is refused', (_, text, reason) => {
    const reading = read(text);
    expect(reading.kind).toBe('unusable');
    expect('reason' in reading ? reading.reason : '').toMatch(reason);
  });
});
