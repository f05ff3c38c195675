import { formatTimestamp } from '../kubernetes/timestamp.js';
import { EVIDENCE_SCHEMA, type ReportingCaller, type SeenCall, type TrafficRecord } from './traffic-evidence.js';

/** The evidence file: JSON with a line for each caller and each edge, so that what changed is what differs. Ends with a newline.
 *
 * What was there at both ends of the window is not told of each line: `since` is there where a caller came later, `lastSeen`
 * where the last part of the window has no call. */
export function writeEvidence(record: TrafficRecord): string {
  const { source, readAt, from, to, parts, leftOut, leftOutOfAnybody, unattributed, callers, calls } = record;
  const lines = [
    `"schema": ${JSON.stringify(EVIDENCE_SCHEMA)}`,
    `"source": ${JSON.stringify(source)}`,
    `"readAt": ${time(readAt)}`,
    `"from": ${time(from)}`,
    `"to": ${time(to)}`,
    `"parts": ${line({ asked: parts.asked, failed: parts.failed, empty: parts.empty })}`,
    `"leftOut": ${leftOut}`,
    ...(leftOut > 0 && leftOutOfAnybody !== undefined ? [`"leftOutOfAnybody": ${leftOutOfAnybody}`] : []),
    `"unattributedPerMinute": ${JSON.stringify(unattributed)}`,
    `"callers": ${list(callers.map((caller) => callerLine(caller, record)))}`,
    `"edges": ${list(calls.map((call) => callLine(call, record)))}`,
  ];
  return `{\n${lines.map((each) => `  ${each}`).join(',\n')}\n}\n`;
}

function callerLine({ workload, since, leftOut }: ReportingCaller, { from }: TrafficRecord): object {
  return {
    workload,
    ...(since > from ? { since: formatTimestamp(since) } : {}),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

function callLine({ from, host, port, protocol, via, perMinute, lastSeen }: SeenCall, { to }: TrafficRecord): object {
  return {
    from,
    ...(host === null ? {} : { to: host }),
    ...(port === null ? {} : { port }),
    protocol,
    ...(via === null ? {} : { via }),
    ...(perMinute === null ? {} : { perMinute }),
    // Where nothing was seen in the window there is no time to tell.
    ...(perMinute === 0 || (lastSeen !== null && lastSeen >= to)
      ? {}
      : { lastSeen: lastSeen === null ? null : formatTimestamp(lastSeen) }),
  };
}

function time(milliseconds: number): string {
  return JSON.stringify(formatTimestamp(milliseconds));
}

function list(items: readonly object[]): string {
  return items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${line(item)}`).join(',\n')}\n  ]`;
}

/** `{"a": 1, "b": 2}` */
function line(item: object): string {
  return `{${Object.entries(item)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(', ')}}`;
}
