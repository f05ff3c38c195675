import { compareCalls } from '../evidence/collect-traffic.js';
import type { SeenCall } from '../evidence/traffic-evidence.js';
import { formatTimestamp } from '../kubernetes/timestamp.js';
import type { Need, Sighting } from '../reachability/change.js';
import { NEED_WORDS } from './verdict-words.js';

const PER_HOUR = 60;
const PER_DAY = 24 * 60;

/** The calls that were seen, each once: some may be those of several edges. */
export function seenCalls(sighting: Sighting | null | undefined): readonly SeenCall[] {
  if (sighting?.kind !== 'seen') return [];
  const calls = sighting.edges.map(({ call }) => call);
  const keyOf = ({ from, host, port, protocol, via }: SeenCall): string =>
    JSON.stringify([from, host, port, protocol, via]);
  return [...new Map(calls.map((call) => [keyOf(call), call])).values()].sort(compareCalls);
}

/** `1.2k requests and 30 connections a minute`, `3 requests a minute and 1 connection a day`; empty where it is not known how often. */
export function rateText(calls: readonly SeenCall[]): string {
  const parts = (['http', 'tcp'] as const).flatMap((protocol) => {
    const rate = calls.reduce((sum, call) => sum + (call.protocol === protocol ? (call.perMinute ?? 0) : 0), 0);
    return rate === 0 ? [] : [partText(rate, protocol === 'http' ? 'request' : 'connection')];
  });
  const [first, second] = parts;
  if (!first || !second) return first ? `${first.counted} ${first.time}` : '';
  return first.time === second.time
    ? `${first.counted} and ${second.counted} ${first.time}`
    : `${first.counted} ${first.time} and ${second.counted} ${second.time}`;
}

/** What is seldom is counted over a time in which it is seen. */
function partText(rate: number, noun: string): { readonly counted: string; readonly time: string } {
  const [factor, time] =
    rate >= 1
      ? ([1, 'a minute'] as const)
      : rate * PER_HOUR >= 1
        ? ([PER_HOUR, 'an hour'] as const)
        : ([PER_DAY, 'a day'] as const);
  const number = shortNumber(rate * factor);
  return { counted: `${number} ${noun}${number === '1' ? '' : 's'}`, time };
}

/** `1.2k requests a minute, last seen 2031-01-14`. Dates are in UTC. */
export function trafficText(calls: readonly SeenCall[]): string {
  const rate = rateText(calls);
  const last = calls.reduce((latest, { lastSeen }) => Math.max(latest, lastSeen ?? 0), 0);
  return [
    rate === '' ? 'how often is not known' : rate,
    ...(last === 0 ? [] : [`last seen ${formatTimestamp(last).slice(0, 10)}`]),
  ].join(', ');
}

/** What was seen of an edge, for a line of its own; null without evidence. */
export function sightingText(sighting: Sighting | undefined): string | null {
  switch (sighting?.kind) {
    case undefined:
      return null;
    case 'seen':
      return trafficText(seenCalls(sighting));
    case 'unseen':
      return 'traffic evidence shows no such call';
    case 'silent':
      return `traffic evidence tells nothing of it: ${sighting.why}`;
  }
}

/** Why an edge counts as needed, or does not, by its manifest and by what was seen. */
export function needText(need: Need, sighting: Sighting | undefined): string {
  const text = sightingText(sighting);
  if (text === null) return NEED_WORDS[need];
  return `${NEED_WORDS[need]}${sighting?.kind === 'seen' ? ':' : ';'} ${text}`;
}

/** To two digits: `0.35`, `35`, `1.2k`, `3.4M`. */
function shortNumber(number: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  let [value, unit] = [Number(number.toPrecision(2)), 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${Number(value.toPrecision(2))}${units[unit]}`;
}
