import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, type DiagnosticCode } from '../../src/diagnostic/catalogue.js';
import { diagnostic } from '../../src/diagnostic/diagnostic.js';
import { fingerprintOfPair, fingerprintOfRejection } from '../../src/policy/fingerprint.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { VERDICTS } from '../../src/reachability/verdict.js';
import { renderSarif } from '../../src/report/render-sarif.js';
import { temporaryFolder } from '../source/temporary-folder.js';
import { changeAnalysis, destination, edgeChange, MY_SHELL, SIDECAR_CAUSE } from './change-analysis.js';
import { largeChange } from './large-change.js';
import { sarifSchemaPath, validateSarif } from './report-validators.js';

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation: object }[];
  readonly relatedLocations?: readonly object[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions?: readonly object[];
}

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string; readonly helpUri: string }[] } };
  readonly invocations: readonly {
    readonly executionSuccessful: boolean;
    readonly toolExecutionNotifications: readonly {
      readonly level: string;
      readonly message: { readonly text: string };
    }[];
  }[];
  readonly results: readonly SarifResult[];
}

function run(analysis: ChangeAnalysis): SarifRun {
  return (JSON.parse(renderSarif(analysis)) as { readonly runs: readonly SarifRun[] }).runs[0]!;
}

const REJECTION = { kind: 'Sidecar', namespace: 'a', name: 'b', path: 's.yaml', line: 2, message: 'it is invalid' };

/** An analysis with a result of every rule, and of every form. */
function everything(): ChangeAnalysis {
  const rerouted = { before: ['outbound|80||a.x'], after: ['outbound|80||b.x'] };
  const breach = {
    workload: 'default/*',
    host: '*.x',
    reason: 'audited',
    owner: null,
    origin: { path: '.github/egress-scope.yml', line: 3 },
    workloads: [MY_SHELL],
    destinations: [destination('a.x')],
    before: 'meshed',
    after: 'unmeshed',
    causes: [SIDECAR_CAUSE],
  } as const;
  return changeAnalysis({
    verdict: 'fail',
    changes: [
      ...[...VERDICTS, 'absent' as const].map((after) =>
        edgeChange({ after, destinations: [destination(`${after}.x`)] }),
      ),
      edgeChange({ after: 'meshed', rerouted, severity: 'warning', branch: 'path prefix /v2' }),
      edgeChange({ severity: 'notice', exemption: { kind: 'waived', reason: 'r', owner: 'o', expires: '2031-01-01' } }),
      edgeChange({
        destinations: [destination('c.x')],
        exemption: { kind: 'accepted', by: 'me', at: '2031-01-01T00:00:00Z', reason: null },
        causes: [
          { ...SIDECAR_CAUSE, side: 'before' },
          { ...SIDECAR_CAUSE, path: 'a b/é.yaml', isExact: false },
        ],
      }),
      edgeChange({ severity: 'none' }),
    ],
    rejected: [REJECTION],
    failing: [fingerprintOfRejection(REJECTION)],
    diagnostics: [
      ...(Object.keys(CATALOGUE) as DiagnosticCode[]).map((code) => diagnostic(code, `${code} is said`, { path: 'x.yaml', line: 3 })), // prettier-ignore
      diagnostic('snapshot-too-old', 'It is old'),
    ],
    breaches: [
      { ...breach, contract: 'must-be-meshed', isNew: true },
      { ...breach, contract: 'must-not-reach', isNew: false },
    ],
  });
}

describe('SARIF', () => {
  it('is what the schema says, and the validator has nothing against it', async () => {
    const path = join(temporaryFolder(), 'everything.sarif');
    const text = renderSarif(everything());
    await writeFile(path, text);
    const schema = JSON.parse(await readFile(await sarifSchemaPath(), 'utf8')) as AnySchemaObject;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(await validateSarif(path)).toEqual([]);
  });

  it('is that too where there is nothing to say, and where nothing could be decided', async () => {
    const folder = temporaryFolder();
    for (const verdict of ['pass', 'undetermined'] as const) {
      const path = join(folder, `${verdict}.sarif`);
      await writeFile(
        path,
        renderSarif(changeAnalysis({ verdict, reasons: ['A file could not be read.', 'So not.'] })),
      );
      expect(await validateSarif(path)).toEqual([]);
    }
  });

  it('names a pair by its fingerprint, at the line that causes it', () => {
    const change = edgeChange({ causes: [{ ...SIDECAR_CAUSE, side: 'before', line: 9 }, SIDECAR_CAUSE] });
    const [result] = run(changeAnalysis({ verdict: 'fail', changes: [change] })).results;
    expect(result).toMatchObject({
      ruleId: 'unmeshed',
      level: 'error',
      partialFingerprints: { 'egress-scope/v1': fingerprintOfPair(change, MY_SHELL, change.destinations.at(0)!) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'default/sidecar.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3 },
          },
        },
      ],
    });
    expect(result?.relatedLocations).toHaveLength(1);
    expect(result?.message.text).toBe(
      [
        'default/Pod/my-shell to reviews.bookinfo.svc.cluster.local:9080/http: meshed → unmeshed: still works, but past the mesh: without its mutual TLS, policies and telemetry.',
        SIDECAR_CAUSE.explanation,
        SIDECAR_CAUSE.explanation,
      ].join('\n'),
    );
  });

  it('shows a file without a line where none is known', () => {
    const { results } = run(everything());
    const found = results.find(({ locations }) => JSON.stringify(locations).includes('%C3%A9'));
    expect(found?.locations[0]).toEqual({
      physicalLocation: {
        artifactLocation: { uri: 'a%20b/%C3%A9.yaml', uriBaseId: '%SRCROOT%' },
        region: { startLine: 3 },
      },
    });
    expect(found?.message.text).toContain('The line is near what is meant');
    const causes = [{ ...SIDECAR_CAUSE, line: 1, isExact: false as const }];
    const [unknown] = run(changeAnalysis({ changes: [edgeChange({ causes })] })).results;
    expect(unknown?.locations[0]?.physicalLocation).not.toHaveProperty('region');
  });

  it('suppresses what is waived or accepted, with who did it and why', () => {
    const suppressed = run(everything()).results.flatMap(({ suppressions }) => suppressions ?? []);
    expect(suppressed).toEqual([
      {
        kind: 'external',
        status: 'accepted',
        justification: 'accepted by me at 2031-01-01T00:00:00Z, no reason given',
      },
      { kind: 'external', status: 'accepted', justification: 'waived until 2031-01-01 by o, r' },
    ]);
  });

  it('explains every rule, and uses each', () => {
    const { tool, results } = run(everything());
    const { rules } = tool.driver;
    expect(new Set(results.map(({ ruleId, ruleIndex }) => rules[ruleIndex]?.id === ruleId))).toEqual(new Set([true]));
    expect(rules.map(({ id }) => id).sort()).toEqual([...new Set(results.map(({ ruleId }) => ruleId))].sort());
    const silent = Object.entries(CATALOGUE).filter(([, { severity }]) => severity === 'info').map(([code]) => code); // prettier-ignore
    expect(rules.length).toBe(VERDICTS.length + 1 + 4 + Object.keys(CATALOGUE).length - silent.length);
    for (const { helpUri } of rules) expect(helpUri).toMatch(/^https:\/\/.*\.md$/);
  });

  it('is no success where nothing could be decided, and says why', () => {
    const [invocation] = run(
      changeAnalysis({ verdict: 'undetermined', reasons: ['a is broken.', 'b is, too.'] }),
    ).invocations;
    expect(invocation?.executionSuccessful).toBe(false);
    expect(invocation?.toolExecutionNotifications.map(({ level, message }) => [level, message.text])).toEqual([
      ['error', 'Undetermined: a is broken.'],
      ['error', 'b is, too.'],
    ]);
  });

  it('keeps the worst results where there are too many, and counts the others', () => {
    const { results, invocations } = run(largeChange(60, 100));
    expect(results).toHaveLength(5_000);
    expect(new Set(results.map(({ level }) => level))).toEqual(new Set(['error']));
    const left = 60 * 100 + 60 * 100 * 58 * 100 - 5_000;
    expect(invocations[0]?.toolExecutionNotifications.map(({ message }) => message.text)).toContain(
      `${left} further findings cut: code scanning shows no more.`,
    );
  });
});
