import { describe, expect, it } from 'vitest';
import { readEvidence, unusableEvidence } from '../../src/evidence/read-evidence.js';
import type { TrafficRecord } from '../../src/evidence/traffic-evidence.js';
import { isSelector, partsOf } from '../../src/evidence/traffic-queries.js';
import { writeEvidence } from '../../src/evidence/write-evidence.js';
import { formatTimestamp, parseTimestamp } from '../../src/kubernetes/timestamp.js';

const DAY = 24 * 60 * 60 * 1000;
const TO = Date.UTC(2031, 0, 15);
const RECORD: TrafficRecord = {
  source: 'prometheus',
  readAt: TO,
  from: TO - 14 * DAY,
  to: TO,
  parts: { asked: 14, failed: 0, empty: 0 },
  leftOut: 1,
  leftOutOfAnybody: 0,
  unattributed: 0.5,
  callers: [
    { workload: 'shop/cart', since: TO - 14 * DAY },
    { workload: 'shop/new', since: TO - DAY },
  ],
  calls: [
    { from: 'shop/cart', host: 'a.shop.svc.cluster.local', port: null, protocol: 'http', via: null, perMinute: 1200, lastSeen: TO },
    { from: 'shop/cart', host: 'b.shop.svc.cluster.local', port: 80, protocol: 'tcp', via: null, perMinute: null, lastSeen: TO - DAY },
    { from: 'shop/cart', host: 'c.shop.svc.cluster.local', port: null, protocol: 'http', via: null, perMinute: 0, lastSeen: null },
    { from: 'shop/cart', host: 'd.shop.svc.cluster.local', port: null, protocol: 'http', via: null, perMinute: 3, lastSeen: null },
    { from: 'shop/cart', host: null, port: null, protocol: 'tcp', via: 'PassthroughCluster', perMinute: 2, lastSeen: TO },
  ],
}; // prettier-ignore
const TEXT = writeEvidence(RECORD);

function read(text: string, now = TO, maxAge: number | null = null) {
  const reading = readEvidence('mesh/traffic.json', text, now, maxAge);
  if (reading.kind === 'unusable') throw new Error(reading.reason);
  return reading.evidence;
}

function reasonOf(text: string, now = TO): string | null {
  const reading = readEvidence('mesh/traffic.json', text, now, null);
  return reading.kind === 'unusable' ? reading.reason : null;
}

describe('an evidence file', () => {
  it('is sorted JSON with a line for each caller and each edge', () => {
    expect(TEXT).toBe(`{
  "schema": "egress-scope/evidence/v1",
  "source": "prometheus",
  "readAt": "2031-01-15T00:00:00Z",
  "from": "2031-01-01T00:00:00Z",
  "to": "2031-01-15T00:00:00Z",
  "parts": {"asked": 14, "failed": 0, "empty": 0},
  "leftOut": 1,
  "leftOutOfAnybody": 0,
  "unattributedPerMinute": 0.5,
  "callers": [
    {"workload": "shop/cart"},
    {"workload": "shop/new", "since": "2031-01-14T00:00:00Z"}
  ],
  "edges": [
    {"from": "shop/cart", "to": "a.shop.svc.cluster.local", "protocol": "http", "perMinute": 1200},
    {"from": "shop/cart", "to": "b.shop.svc.cluster.local", "port": 80, "protocol": "tcp", "lastSeen": "2031-01-14T00:00:00Z"},
    {"from": "shop/cart", "to": "c.shop.svc.cluster.local", "protocol": "http", "perMinute": 0},
    {"from": "shop/cart", "to": "d.shop.svc.cluster.local", "protocol": "http", "perMinute": 3, "lastSeen": null},
    {"from": "shop/cart", "protocol": "tcp", "via": "PassthroughCluster", "perMinute": 2}
  ]
}
`);
  });

  it('reads back as it was', () => {
    const evidence = read(TEXT);
    expect([...evidence.callers.values()]).toEqual(RECORD.callers);
    expect(evidence.callsOf.get('shop/cart')).toEqual(RECORD.calls);
    expect(evidence.isSilent).toBeNull();
    expect(evidence.diagnostics).toEqual([]);
    expect(evidence.coverage).toBe('14 days; 2 workloads of 1 namespace report their calls; 1 of what it was read from left out; callers without a sidecar are not told apart'); // prettier-ignore
  });

  it.each([
    ['it is older than 30 days', 'evidence-stale', TEXT, TO + 31 * DAY],
    ['1 of the 14 parts of its window could not be read', 'evidence-incomplete', TEXT.replace('"failed": 0', '"failed": 1'), TO],
    ['it covers 24 hours, which is less than a day', 'evidence-incomplete', TEXT.replace('"empty": 0', '"empty": 13').replace('2031-01-01', '2031-01-02'), TO],
    ['nothing tells over which time it counts', 'evidence-incomplete', TEXT.replace('2031-01-01', '2031-01-15'), TO],
  ])('tells nothing by what is not in it where %s', (why, code, text, now) => {
    const evidence = read(text, now);
    if (!why.startsWith('it covers')) expect(evidence.isSilent).toBe(why);
    expect(evidence.isSilent).not.toBeNull();
    expect(evidence.diagnostics).toEqual([expect.objectContaining({ code, severity: 'warning', path: null })]);
  }); // prettier-ignore

  it('may be as old as a configuration says', () => {
    expect(read(TEXT, TO + 31 * DAY, 60 * DAY).isSilent).toBeNull();
    expect(read(TEXT, TO + 3 * DAY, 2 * DAY).isSilent).toBe('it is older than 2 days');
  });

  it.each([
    ['is not JSON', 'schema: x'],
    ['does not begin as evidence does (schema: egress-scope/evidence/v1)', '{}'],
    ['does not begin as evidence does (schema: egress-scope/evidence/v1)', '[]'],
    ['was read in the future', TEXT.replaceAll('2031', '2032')],
    ['does not tell when it was read, and of which time it is', TEXT.replace('2031-01-01', '2031-02-01')],
    ['does not tell where it is from', TEXT.replace('"prometheus"', '"hearsay"')],
    ['does not tell how much of its window was read', TEXT.replace('"failed": 0', '"failed": 15')],
    ['does not tell how much of its window was read', TEXT.replace('"asked": 14', '"asked": 1e999')],
    ['has no callers, or no edges', TEXT.replace('"callers"', '"others"')],
    ['is wrong in caller 1', TEXT.replace('"shop/cart"}', '"cart"}')],
    ['is wrong in edge 1', TEXT.replace('"perMinute": 1200', '"perMinute": -1')],
    ['is wrong in edge 1', TEXT.replace('"perMinute": 1200', '"perMinute": 1e999')],
    ['is wrong in edge 2', TEXT.replace('"port": 80', '"port": 0')],
    ['is wrong in edge 2', TEXT.replace('"lastSeen": "2031', '"lastSeen": "x2031')],
    ['is wrong in edge 5', TEXT.replace('"via": "PassthroughCluster"', '"via": "elsewhere"')],
    ['is wrong in edge 5', TEXT.replace('"via": "PassthroughCluster", ', '')],
    ['is wrong in edge 1', TEXT.replace('"to": "a.', '"to": "| <b>@everyone a.')],
  ])('%s', (reason, text) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it('says that it is missed', () => {
    const { code, severity, message } = unusableEvidence('mesh/traffic.json', 'is not JSON');
    expect({ code, severity }).toEqual({ code: 'evidence-unusable', severity: 'warning' });
    expect(message).toBe('The traffic evidence mesh/traffic.json is not JSON; nothing weighs less by it, and no rate is known.'); // prettier-ignore
  });

  it('is not read beyond what a file of a mesh holds', () => {
    expect(reasonOf(`${TEXT}${' '.repeat(21 * 2 ** 20)}`)).toBe('holds more than 20 MiB');
  });
});

describe('a window', () => {
  it('is asked for in days, of which the first may be shorter', () => {
    const parts = partsOf({ from: TO - 2.5 * DAY, to: TO });
    expect(parts).toEqual([
      { from: TO - 2.5 * DAY, to: TO - 2 * DAY },
      { from: TO - 2 * DAY, to: TO - DAY },
      { from: TO - DAY, to: TO },
    ]);
  });

  it.each([
    ['cluster="prod"', true],
    ['cluster="prod", env=~"a|b"', true],
    [String.raw`a="x\"y"`, true],
    ['cluster="prod"} or vector(1', false],
    ['', false],
    ['cluster', false],
    ['a="b",', false],
  ])('is narrowed by %s: %s', (text, isRight) => {
    expect(isSelector(text)).toBe(isRight);
  });
});

describe('a time', () => {
  it.each([0, 1, -1, TO, Date.UTC(2000, 1, 29, 23, 59, 59), Date.UTC(1969, 11, 31), Date.UTC(9999, 11, 31), Date.UTC(2024, 11, 31)])('%d is written as Date would', (time) => {
    expect(formatTimestamp(time)).toBe(new Date(Math.floor(time / 1000) * 1000).toISOString().replace('.000', ''));
    expect(parseTimestamp(formatTimestamp(time))).toBe(Math.floor(time / 1000) * 1000);
  }); // prettier-ignore
});
