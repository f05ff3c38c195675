import { describe, expect, it } from 'vitest';
import {
  acceptancesFor,
  canRemember,
  parseRecord,
  renderRecord,
  type CheckRecord,
  type RecordedAcceptance,
} from '../../src/github/check-record.js';

/** GitHub's limit of a check run's text. */
const LIMIT = 65_535;

const fingerprints = (count: number): readonly string[] =>
  Array.from({ length: count }, (_unused, index) => String(index).padStart(20, '0'));

function acceptance(reason: string, findings: readonly string[] = []): RecordedAcceptance {
  return { by: 'someone', at: '2031-01-01T00:00:00Z', reason, findings, bases: ['main'] };
}

/** Accepts the same number of findings for the same reason as often as there is room for it. */
function fill(reason: string, count: number): CheckRecord {
  let record: CheckRecord = { findings: fingerprints(count), since: null, acceptances: [] };
  while (canRemember(record.findings, record)) {
    record = { ...record, acceptances: [...record.acceptances, acceptance(reason, record.findings)] };
  }
  return record;
}

describe('what a check run remembers', () => {
  it.each([
    ['an ordinary reason', 'planned'],
    ['a reason of HTML', '<'.repeat(500)],
    ['a reason of comment ends', '-->'.repeat(166)],
    ['a reason of controls', '\u2060'.repeat(500)],
    ['a reason of emoji', '😀'.repeat(250)],
  ])('has room on GitHub, whatever was accepted: %s', (_what, reason) => {
    for (const count of [1, 100, 900]) {
      const record = fill(reason, count);
      expect(record.acceptances.length).toBeGreaterThan(0);
      const text = renderRecord(record);
      expect(Buffer.byteLength(text)).toBeLessThan(LIMIT);
      expect(parseRecord(text)).toEqual({ ...record, findings: [] });
    }
  });

  it('forgets findings for which there is no room, so that none of them can be accepted', () => {
    const record = { findings: fingerprints(1100), since: null, acceptances: [] };
    expect(parseRecord(renderRecord(record)).findings).toEqual([]);
    expect(parseRecord(renderRecord({ ...record, findings: fingerprints(950) })).findings).toHaveLength(950);
  });

  it('counts an acceptance for the bases that allowed it, and for none where none is named', () => {
    const record = { findings: [], since: null, acceptances: [acceptance('x', ['a'])] };
    expect(acceptancesFor(record, 'main')).toHaveLength(1);
    expect(acceptancesFor(record, 'release')).toEqual([]);
    const old = renderRecord(record).replace(/,"bases":\["main"\]/, '');
    expect(old).not.toContain('bases');
    expect(acceptancesFor(parseRecord(old), 'main')).toEqual([]);
  });

  it('is not taken from a text that somebody could have put elsewhere', () => {
    const text = renderRecord({ findings: ['a'], since: null, acceptances: [] });
    expect(parseRecord(`x${text}`).findings).toEqual([]);
    expect(parseRecord('<!-- egress-scope record {"findings": -->').findings).toEqual([]);
  });
});
