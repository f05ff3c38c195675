import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintOfPair, fingerprintOfRejection } from '../../src/policy/fingerprint.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { renderJunit } from '../../src/report/render-junit.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import { changeAnalysis, destination, edgeChange, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';
import { validateJunit } from './report-validators.js';

const hasXmllint = (() => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (process.env['CI']) throw error;
    console.warn('Skipped: there is no xmllint on the PATH.');
    return false;
  }
})();

const REJECTION = { kind: 'Sidecar', namespace: 'a', name: 'b', path: 's.yaml', line: 2, message: 'it is <invalid>' };
const THEIRS = { ...MY_SHELL, namespace: 'other' };
const change = edgeChange();

const ANALYSIS = changeAnalysis({
  verdict: 'fail',
  reasons: ['1 edge that may be needed gets worse.'],
  changes: [
    change,
    edgeChange({ workloads: [THEIRS], severity: 'notice', need: 'potential' }),
    edgeChange({
      workloads: [{ ...MY_SHELL, name: 'waived' }],
      exemption: { kind: 'waived', reason: 'known & "old"', owner: 'us', expires: '2031-12-31' },
    }),
  ],
  rejected: [REJECTION, { ...REJECTION, name: 'since-before' }],
  failing: [fingerprintOfPair(change, MY_SHELL, change.destinations.at(0)!), fingerprintOfRejection(REJECTION)],
  owners: [{ workload: MY_SHELL, path: 'my-shell.yaml', owners: ['@acme/shells'], causedBy: [] }],
  breaches: [
    {
      contract: 'must-be-meshed',
      workload: 'default/*',
      host: '*.x',
      reason: 'audited',
      owner: null,
      origin: { path: '.github/egress-scope.yml', line: 3 },
      workloads: [MY_SHELL],
      destinations: [destination('a.x')],
      before: 'meshed',
      after: 'unmeshed',
      isNew: true,
      causes: [SIDECAR_CAUSE],
    },
  ],
});

/** Each test case as `suite: class name outcome`. */
function outcomes(analysis: ChangeAnalysis): readonly string[] {
  const text = renderJunit(analysis);
  return [...text.matchAll(/<testsuite name="(\w+)"[^>]*>([^]*?)<\/testsuite>/g)].flatMap(
    ([, suite = '', inner = '']) =>
      [...inner.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"(?:\/>|>\s*<([\w-]+))/g)].map(
        ([, className = '', name = '', child = 'passed']) => `${suite}: ${className} ${name} ${child}`,
      ),
  );
}

describe('JUnit’s XML', () => {
  it('has a test case for each workload, refused object and contract, and fails for what fails the gate', () => {
    expect(outcomes(ANALYSIS)).toEqual([
      'gate: gate the change passes failure',
      'calls: default Pod/my-shell failure',
      'calls: other Pod/my-shell system-out',
      'calls: default Pod/waived skipped',
      'manifests: a Sidecar/b failure',
      'manifests: a Sidecar/since-before skipped',
      'contracts: must-be-meshed default/* to *.x failure',
    ]);
  });

  it('says what happens, to which destinations, whose it is and why', () => {
    expect(renderJunit(ANALYSIS)).toContain(
      [
        '    <testcase classname="default" name="Pod/my-shell">',
        '      <failure message="meshed → unmeshed: still works, but past the mesh: without its mutual TLS, policies and telemetry">owned by @acme/shells',
        'failure: meshed → unmeshed: still works, but past the mesh: without its mutual TLS, policies and telemetry',
        '  to reviews.bookinfo.svc.cluster.local:9080 (http)',
        `  because of default/sidecar.yaml:3: ${SIDECAR_CAUSE.explanation}</failure>`,
        '    </testcase>',
      ].join('\n'),
    );
  });

  it('is an error where nothing could be decided, and passes where nothing is wrong', () => {
    const undetermined = changeAnalysis({ verdict: 'undetermined', reasons: ['a is broken.'] });
    expect(outcomes(undetermined)).toEqual(['gate: gate the change passes error']);
    expect(renderJunit(undetermined)).toContain('tests="1" failures="0" errors="1" skipped="0"');
    expect(outcomes(changeAnalysis())).toEqual(['gate: gate the change passes system-out']);
  });

  it.skipIf(!hasXmllint)('is what the schema says, whatever the names are', async () => {
    const folder = temporaryFolder();
    const names = ['x', ']]>', '<!--', '&amp;', '"\'', '\u0000\u001b\ud800\ufffe\u2028', '</testcase>', 'é 😀'];
    for (const [index, name] of names.entries()) {
      const workload = { namespace: name, kind: name, name };
      const spoiled = {
        ...ANALYSIS,
        reasons: [name],
        changes: [
          edgeChange({
            workloads: [workload],
            causes: [{ ...SIDECAR_CAUSE, explanation: name, path: name }],
            branch: name,
          }),
        ],
        rejected: [{ ...REJECTION, name, message: `a\n${name}` }],
        owners: [{ workload, path: 'x.yaml', owners: [name], causedBy: [] }],
      };
      const path = join(folder, `${index}.xml`);
      await writeFile(path, renderJunit(spoiled));
      expect(await validateJunit(path), name).toBe('');
    }
    const path = join(folder, 'whole.xml');
    await writeFile(path, renderJunit(ANALYSIS));
    expect(await validateJunit(path)).toBe('');
  });
});
