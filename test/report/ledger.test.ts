import { describe, expect, it } from 'vitest';
import { NOTHING_READ } from '../../src/reachability/ledger.js';
import { ledgerJson, ledgerLines, ledgerMarkdown } from '../../src/report/ledger.js';
import { readMarkdown } from '../rendered-markdown.js';
import { fullLedger } from './change-analysis.js';

const WIDE = { width: 300, color: false };
const FULL = fullLedger('shop/a.yaml');
const subject = { ledger: { ...FULL, notModelled: ['EnvoyFilter'] }, istioVersion: '1.30' };

describe('what an answer rests on', () => {
  it('is a line where everything was read', () => {
    const ledger = { ...NOTHING_READ, filesRead: 2, resources: 3 };
    expect(ledgerLines({ ledger, istioVersion: '1.30' }, WIDE)).toEqual(['Istio 1.30; 3 objects in 2 files']);
    expect(ledgerMarkdown({ ledger, istioVersion: '1.30' }, 1000)).toBe('<sub>Istio 1.30 · 3 objects in 2 files</sub>');
  });

  it('is told in a few lines else', () => {
    const paths = '(shop/a.yaml, shop/a.yaml, shop/a.yaml, shop/a.yaml, shop/a.yaml, …)';
    expect(ledgerLines(subject, WIDE)).toEqual([
      'Istio 1.30; 1 object in 1 file; 40 files without manifests; traffic evidence 3 hours old; not modelled: EnvoyFilter',
      '  Rendered: 1 kustomization by kustomize v5.8.1, 1 chart by Helm v4.2.3',
      '  Not rendered: 1 (shop/a.yaml (rendering-refused))',
      `  Could not be read: 40 ${paths}`,
      `  Takes sources that are not in this tree: 40 ${paths}`,
      `  Left out, since nobody applies it: 40 ${paths}`,
      `  Left out, as samples or tests: 40 ${paths}`,
      `  Left out, in hidden folders: 40 ${paths}`,
      `  Left out by the configuration: 40 ${paths}`,
      '  Named hosts that the mesh does not have: 1 (shop/a.yaml)',
      '  Snapshot: 4 objects. It was taken 3 days ago. (shop/a.yaml)',
      expect.stringMatching(
        /^ {2}Traffic evidence: 3 hours old, of 14 days; 2 workloads of 1 namespace report\s+their calls\s+\(shop\/a\.yaml\)$/,
      ),
    ]);
  });

  it('is folded in Markdown, whose summary GitHub shows as it stands', () => {
    const markdown = ledgerMarkdown(subject, 5_000);
    expect(markdown).toMatch(/^<details><summary><sub>Istio 1\.30 · [^`\\]*<\/sub><\/summary>\n\n- Rendered: /);
    expect(readMarkdown(markdown).prose).toContain('Rendered: 1 kustomization by kustomize v5.8.1');
    expect(ledgerMarkdown(subject, 600).length).toBeLessThanOrEqual(600);
  });

  it('has only the first paths in JSON, and the number of all', () => {
    const { skipped } = ledgerJson(FULL) as { skipped: { reason: string; count: number; paths: string[] }[] };
    expect(skipped.map(({ reason, count, paths }) => [reason, count, paths.length])).toEqual(
      FULL.skipped.map(({ reason }) => [reason, 40, 20]),
    );
  });
});
