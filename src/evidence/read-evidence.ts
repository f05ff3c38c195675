import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { asArray, asObject, isObject } from '../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../kubernetes/manifest.js';
import { parseTimestamp } from '../kubernetes/timestamp.js';
import { compareCalls } from './collect-traffic.js';
import {
  EVIDENCE_SCHEMA,
  EVIDENCE_SOURCES,
  hostAndPort,
  isCallerName,
  isPort,
  isUnregistered,
  MAX_EVIDENCE_LENGTH,
  type EvidenceSource,
  type ReportingCaller,
  type SeenCall,
  type TrafficEvidence,
  type TrafficRecord,
} from './traffic-evidence.js';

export type EvidenceReading =
  | { readonly kind: 'evidence'; readonly evidence: TrafficEvidence }
  /** Nothing may be judged by it. `reason` follows the file's name. */
  | { readonly kind: 'unusable'; readonly reason: string };

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** Clocks differ by so much at most. In milliseconds. */
const CLOCK_SKEW = HOUR;
/** How old evidence may be to be believed in what it does not show, unless a configuration says otherwise. In milliseconds. */
export const DEFAULT_MAX_AGE = 30 * DAY;
/** What was not called for a shorter time may be called any day. */
const SHORTEST_WINDOW = DAY;

/**
 * Reads what `egress-scope evidence` has written.
 *
 * @param path as reports name it.
 * @param now and `maxAge` in milliseconds; the default age where that is null.
 */
export function readEvidence(path: string, text: string, now: number, maxAge: number | null): EvidenceReading {
  const record = parseRecord(text);
  if (typeof record === 'string') return { kind: 'unusable', reason: record };
  const { source, readAt, from, to, callers, calls } = record;
  if (Math.max(readAt, to) > now + CLOCK_SKEW) return { kind: 'unusable', reason: 'was read in the future' };
  const isStale = now - to > (maxAge ?? DEFAULT_MAX_AGE);
  const age = ageOf(Math.max(0, now - to));
  const coverage = coverageOf(record);
  const isSilent = isStale ? `it is older than ${spanOf(maxAge ?? DEFAULT_MAX_AGE)}` : gapIn(record);
  const callsOf = new Map<string, SeenCall[]>();
  for (const call of calls) {
    const known = callsOf.get(call.from);
    if (known) known.push(call);
    else callsOf.set(call.from, [call]);
  }
  return {
    kind: 'evidence',
    evidence: {
      ...{ path, source, from, to, age, coverage, isSilent, callsOf },
      callers: new Map(callers.map((caller) => [caller.workload, caller])),
      diagnostics: isSilent === null ? [] : [silence(path, isStale, isSilent)],
    },
  };
}

/** Evidence of which nothing follows by what is not in it.
 *
 * @param why a clause. */
export function silenced(evidence: TrafficEvidence, why: string): TrafficEvidence {
  return { ...evidence, isSilent: why, diagnostics: [...evidence.diagnostics, silence(evidence.path, false, why)] };
}

/** Evidence that cannot be had, as an answer tells of it. */
export function unusableEvidence(path: string, reason: string): Diagnostic {
  const message = `The traffic evidence ${path} ${reason}; nothing weighs less by it, and no rate is known.`;
  return diagnostic('evidence-unusable', message);
}

function silence(path: string, isStale: boolean, why: string): Diagnostic {
  const message = `By the traffic evidence ${path}, no call weighs less: ${why}.`;
  return diagnostic(isStale ? 'evidence-stale' : 'evidence-incomplete', message);
}

/** Why nothing follows from what was not seen, beside the age; null where something does. */
function gapIn({ from, to, parts, leftOut, leftOutOfAnybody = leftOut }: TrafficRecord): string | null {
  const { asked, failed, empty } = parts;
  if (failed > 0) return `${failed} of the ${asked} parts of its window could not be read`;
  if (leftOutOfAnybody > 0) {
    return `${leftOutOfAnybody} of what it was read from could not be understood, and may tell of any call`;
  }
  const covered = ((to - from) * (asked - empty)) / asked;
  if (from === to) return 'nothing tells over which time it counts';
  if (covered < SHORTEST_WINDOW) return `it covers ${spanOf(covered)}, which is less than a day`;
  return null;
}

function coverageOf({ from, to, parts, callers, leftOut, unattributed }: TrafficRecord): string {
  const namespaces = new Set(callers.map(({ workload }) => workload.split('/', 1)[0]));
  const gaps = [
    ...(parts.failed > 0 ? [`${parts.failed} of ${parts.asked} parts not read`] : []),
    ...(parts.empty > 0 ? [`${parts.empty} of ${parts.asked} parts without anything`] : []),
  ];
  return [
    `${from === to ? 'a moment' : spanOf(to - from)}${gaps.length === 0 ? '' : ` (${gaps.join(', ')})`}`,
    `${count(callers.length, 'workload')} of ${count(namespaces.size, 'namespace')} ${callers.length === 1 ? 'reports its' : 'report their'} calls`,
    ...(leftOut > 0 ? [`${leftOut} of what it was read from left out`] : []),
    ...(unattributed > 0 ? ['callers without a sidecar are not told apart'] : []),
  ].join('; ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function ageOf(age: number): string {
  return age < CLOCK_SKEW ? 'less than an hour old' : `${spanOf(age)} old`;
}

/** Whole days, or hours where it is less than two days, or minutes. */
function spanOf(milliseconds: number): string {
  if (milliseconds < 2 * HOUR) return count(Math.round(milliseconds / 60_000), 'minute');
  return milliseconds >= 2 * DAY
    ? count(Math.round(milliseconds / DAY), 'day')
    : count(Math.round(milliseconds / HOUR), 'hour');
}

/** What a file says; or why it says nothing, a clause that follows the file's name. */
function parseRecord(text: string): TrafficRecord | string {
  if (text.length > MAX_EVIDENCE_LENGTH) return `holds more than ${MAX_EVIDENCE_LENGTH / 2 ** 20} MiB`;
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    return 'is not JSON';
  }
  if (!isObject(json) || json['schema'] !== EVIDENCE_SCHEMA) {
    return `does not begin as evidence does (schema: ${EVIDENCE_SCHEMA})`;
  }
  const [readAt, from, to] = [timeOf(json['readAt']), timeOf(json['from']), timeOf(json['to'])];
  if (readAt === null || from === null || to === null || from > to)
    return 'does not tell when it was read, and of which time it is';
  const source = json['source'];
  if (!isSource(source)) return 'does not tell where it is from';
  const parts = partsOf(json['parts']);
  if (parts === null) return 'does not tell how much of its window was read';
  if (!Array.isArray(json['callers']) || !Array.isArray(json['edges'])) return 'has no callers, or no edges';
  const callers = asArray(json['callers']).map((item) => callerOf(asObject(item), from));
  const calls = asArray(json['edges']).map((item) => callOf(asObject(item), to));
  const wrong = [...callers, ...calls].indexOf(null);
  if (wrong !== -1) {
    const isCaller = wrong < callers.length;
    return `is wrong in ${isCaller ? 'caller' : 'edge'} ${(isCaller ? wrong : wrong - callers.length) + 1}`;
  }
  return {
    ...{ source, readAt, from, to, parts },
    ...leftOutIn(json),
    unattributed: numberOf(json['unattributedPerMinute']) ?? 0,
    callers: callers.filter((caller) => caller !== null),
    calls: calls.filter((call) => call !== null).sort(compareCalls),
  };
}

function leftOutIn({
  leftOut: all,
  leftOutOfAnybody,
}: JsonObject): Pick<TrafficRecord, 'leftOut' | 'leftOutOfAnybody'> {
  const leftOut = numberOf(all) ?? 0;
  return { leftOut, leftOutOfAnybody: numberOf(leftOutOfAnybody) ?? leftOut };
}

function isSource(value: JsonValue | undefined): value is EvidenceSource {
  return (EVIDENCE_SOURCES as readonly (JsonValue | undefined)[]).includes(value);
}

function partsOf(value: JsonValue | undefined): TrafficRecord['parts'] | null {
  const [asked, failed, empty] = ['asked', 'failed', 'empty'].map((key) => numberOf(asObject(value)[key]));
  const isSound = asked !== undefined && failed !== undefined && empty !== undefined;
  return isSound && asked > 0 && failed + empty <= asked ? { asked, failed, empty } : null;
}

function callerOf({ workload, since, leftOut: written }: JsonObject, from: number): ReportingCaller | null {
  if (typeof workload !== 'string' || !isCallerName(workload)) return null;
  const time = since === undefined ? from : timeOf(since);
  const leftOut = written === undefined ? 0 : numberOf(written);
  if (time === null || leftOut === undefined) return null;
  return { workload, since: time, ...(leftOut === 0 ? {} : { leftOut }) };
}

function callOf(item: JsonObject, to: number): SeenCall | null {
  const { from, to: written, port = null, protocol, via = null, perMinute = null, lastSeen } = item;
  if (typeof from !== 'string' || !isCallerName(from)) return null;
  if (protocol !== 'http' && protocol !== 'tcp') return null;
  if (port !== null && !(typeof port === 'number' && isPort(port))) return null;
  if (via !== null && !(typeof via === 'string' && isUnregistered(via))) return null;
  const named = typeof written === 'string' ? hostAndPort(written) : null;
  if (written === undefined ? via === null : named?.port !== null) return null;
  const rate = perMinute === null ? null : numberOf(perMinute);
  const seen = lastSeen === undefined ? (rate === 0 ? null : to) : lastSeen === null ? null : timeOf(lastSeen);
  if (rate === undefined || (typeof lastSeen === 'string' && seen === null)) return null;
  return { from, host: named?.host ?? null, port, protocol, via, perMinute: rate, lastSeen: seen };
}

function timeOf(value: JsonValue | undefined): number | null {
  return typeof value === 'string' ? parseTimestamp(value) : null;
}

/** A number that is not negative; undefined for anything else. JSON has no infinite ones, and `1e999` reads as one. */
function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
