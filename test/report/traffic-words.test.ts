import { describe, expect, it } from 'vitest';
import type { SeenCall } from '../../src/evidence/traffic-evidence.js';
import { buildAnnotations } from '../../src/report/annotations.js';
import { renderHtml } from '../../src/report/html/render-html.js';
import { renderJunit } from '../../src/report/render-junit.js';
import { renderMarkdown } from '../../src/report/render-markdown.js';
import { renderSarif } from '../../src/report/render-sarif.js';
import { renderText } from '../../src/report/render-text.js';
import { needText, rateText, trafficText } from '../../src/report/traffic-words.js';
import { changeAnalysis, edgeChange, fullLedger, SEEN } from './change-analysis.js';

const LINKS = { blob: () => null };

function call(perMinute: number | null, over: Partial<SeenCall> = {}): SeenCall {
  const where = { from: 'shop/web', host: 'a.b', port: null, via: null };
  return { ...where, protocol: 'http', perMinute, lastSeen: Date.UTC(2031, 0, 14), ...over };
}

describe('how often something is called', () => {
  it.each([
    [1200, '1.2k requests a minute'],
    [1, '1 request a minute'],
    [950, '950 requests a minute'],
    [999.9, '1k requests a minute'],
    [12_345, '12k requests a minute'],
    [3_400_000, '3.4M requests a minute'],
    [1e15, '1P requests a minute'],
    [0.35, '21 requests an hour'],
    [1 / 1440, '1 request a day'],
    [0.00001, '0.014 requests a day'],
  ])('%d a minute', (rate, words) => {
    expect(rateText([call(rate)])).toBe(words);
  });

  it('adds up, requests and connections apart', () => {
    const tcp = { protocol: 'tcp' } as const;
    expect(rateText([call(1000), call(200), call(30, tcp)])).toBe('1.2k requests and 30 connections a minute');
    expect(rateText([call(3), call(1 / 1440, tcp)])).toBe('3 requests a minute and 1 connection a day');
    expect(rateText([])).toBe('');
  });

  it('is said with the day when it was last, as far as these are known', () => {
    expect(trafficText([call(3), call(2, { lastSeen: Date.UTC(2031, 0, 2) })])).toBe('5 requests a minute, last seen 2031-01-14');
    expect(trafficText([call(null, { lastSeen: null })])).toBe('how often is not known');
  }); // prettier-ignore
});

describe('a need', () => {
  it('is told with what was seen, and what was not', () => {
    expect(needText('observed', SEEN)).toBe('its manifest does not name the destination, and traffic evidence shows that it calls it: 1.2k requests a minute, last seen 2031-01-14');
    expect(needText('potential', { kind: 'unseen' })).toBe('its manifest names other destinations, not this one; traffic evidence shows no such call');
    expect(needText('potential', { kind: 'silent', why: 'it is old' })).toBe('its manifest names other destinations, not this one; traffic evidence tells nothing of it: it is old');
    expect(needText('potential', undefined)).toBe('its manifest names other destinations, not this one');
  }); // prettier-ignore
});

describe('every report', () => {
  const ledger = { ...fullLedger('mesh/traffic.json'), roots: [], skipped: [] };
  const analysis = changeAnalysis({
    ...{ verdict: 'fail', reasons: ['x'], ledger },
    changes: [edgeChange({ need: 'observed', sighting: SEEN })],
  });
  const RATE = '1.2k requests a minute, last seen 2031-01-14';

  it('says how often a lost edge is called', () => {
    expect(renderMarkdown(analysis, LINKS)).toContain(RATE);
    expect(renderMarkdown(analysis, LINKS).split('\n', 1)[0]).toContain(', at 1.2k requests a minute');
    expect(renderText(analysis, { color: false, width: 1000 })).toContain(RATE);
    expect(renderHtml(analysis, LINKS)).toContain(RATE);
    expect(renderSarif(analysis)).toContain(RATE);
    expect(renderJunit(analysis)).toContain(RATE);
    expect(JSON.stringify(buildAnnotations(analysis))).toContain(RATE);
  });

  it('says it of what a manifest names, too', () => {
    const reference = { path: 'a.yaml', line: 1, text: 'http://x', where: 'env A of container b', heldBy: 'k' };
    const named = changeAnalysis({
      ...analysis,
      changes: [edgeChange({ need: 'referenced', references: [reference], sighting: SEEN })],
    });
    expect(renderMarkdown(named, LINKS)).toContain(`**called**: ${RATE}`);
    expect(renderText(named, { color: false, width: 1000 })).toContain(`called: ${RATE}`);
  });

  it('says once how old and how complete the evidence is', () => {
    for (const text of [renderMarkdown(analysis, LINKS), renderText(analysis, { color: false, width: 1000 })]) {
      expect(text.split('3 hours old')).toHaveLength(3);
      expect(text).toContain('traffic evidence 3 hours old');
      expect(text).toContain('3 hours old, of 14 days; 2 workloads of 1 namespace report their calls');
    }
  });
});
