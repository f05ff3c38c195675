import { describe, expect, it } from 'vitest';
import { analyzeChange, type ChangeAnalysis } from '../../src/analyze-change.js';
import type { ManifestFile } from '../../src/kubernetes/manifest.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import { manifests, readSide } from '../scenarios/scenario.js';

const SCENARIO = 'upgrade-picks-another-namespace';
const ISTIOD = 'cluster/istiod.yaml';

/** The scenario's mesh, with istiod started otherwise. */
function mesh(edit: (istiod: string) => string): ManifestFile[] {
  return readSide(SCENARIO, 'after').map((file) =>
    file.path === ISTIOD ? { ...file, content: edit(file.content as string) } : file,
  );
}

const withFlag = (name: string, value: string) => (istiod: string) =>
  istiod.replace(
    /( +)image: .*\n/,
    (line, indent: string) => `${line}${indent}env: [{name: ${name}, value: "${value}"}]\n`,
  );
const asItIs = (istiod: string): string => istiod;

function change(before: (istiod: string) => string, after: (istiod: string) => string): ChangeAnalysis {
  return analyzeChange({
    before: manifests(mesh(before)),
    after: manifests(mesh(after)),
    mesh: {},
    policy: DEFAULT_POLICY,
  });
}

function upgrade(to: string, from?: string): ChangeAnalysis {
  const tree = manifests(readSide(SCENARIO, 'before'));
  return analyzeChange({
    ...{ before: tree, after: tree, mesh: {}, policy: DEFAULT_POLICY },
    upgrade: { to, ...(from !== undefined && { from }) },
  });
}

describe('an upgrade of Istio', () => {
  it('finds what the change of istiod’s image does, in the same manifests', () => {
    const { verdict, changes, istioVersion, formerIstioVersion } = upgrade('1.30');
    expect({ verdict, istioVersion, formerIstioVersion }).toEqual({
      verdict: 'fail',
      istioVersion: '1.30',
      formerIstioVersion: '1.29',
    });
    expect(changes.map(({ before, after, destinations }) => [before, after, destinations.at(0)?.host])).toEqual([
      ['meshed', 'no-endpoints', 'pay.tickets.example.com'],
    ]);
    expect(changes[0]!.causes).toEqual([
      {
        ...{ kind: 'Istio', namespace: '', name: '1.30', path: 'billing/charge.yaml', line: 1, side: 'after' },
        explanation:
          'Istio 1.30 gives a destination of a VirtualService that several namespaces have to a Kubernetes Service, then to the oldest: charge.billing.svc.cluster.local is that of Service billing/charge (billing/charge.yaml:1) now, and was that of ServiceEntry aws/charge; Istio 1.29 gives a destination of a VirtualService that several namespaces have to the first of them in the alphabet. The change came with Istio 1.30.',
      },
    ]);
  });

  it('finds nothing where the rule that matters does not change', () => {
    const { verdict, changes } = upgrade('1.31', '1.30');
    expect(verdict).toBe('pass');
    expect(changes).toEqual([]);
  });

  it('is undetermined for a version that is not known', () => {
    const { verdict, reasons } = upgrade('1.99', '1.31');
    expect(verdict).toBe('undetermined');
    expect(reasons).toEqual([
      'Istio 1.99 is not known; the answers are those of 1.31. Known are 1.28, 1.29, 1.30, 1.31.',
    ]);
  });
});

describe('a flag of istiod', () => {
  it('that turns a rule off does what the older version does, and is the cause', () => {
    const { verdict, changes, istioVersion } = change(
      withFlag('PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE', 'false'),
      asItIs,
    );
    expect(istioVersion).toBe('1.30');
    expect(verdict).toBe('fail');
    expect(changes.map(({ before, after }) => `${before} ${after}`)).toEqual(['meshed no-endpoints']);
    expect(changes[0]!.causes[0]).toMatchObject({ kind: 'Deployment', name: 'istiod', path: ISTIOD });
    expect(changes[0]!.causes[0]!.explanation).toMatch(
      /^Deployment istio-system\/istiod no longer sets istiod’s PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE to false, which gives a destination/,
    );
  });

  it('that is not modelled is named, and its change is undetermined', () => {
    const flag = withFlag('PILOT_UNIFIED_SIDECAR_SCOPE', 'false');
    const moved = change(asItIs, flag);
    expect(moved.verdict).toBe('undetermined');
    expect(moved.reasons).toEqual([
      'Deployment istio-system/istiod changes istiod’s PILOT_UNIFIED_SIDECAR_SCOPE=false, which is not modelled.',
    ]);
    expect(moved.diagnostics.map(({ code, path }) => `${code} ${path}`)).toContain(`istiod-flag ${ISTIOD}`);
    expect(change(flag, flag).verdict).toBe('pass');
  });
});
