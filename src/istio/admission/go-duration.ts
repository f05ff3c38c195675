import { quote } from './go-text.js';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
/** Far more than anybody writes; looking into longer ones could take long. */
const MAX_LENGTH = 1000;
const FORM = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** The nanoseconds that a duration as Go writes it (`1h30m`, `1.5s`) stands for; null where it is none. Go: time.ParseDuration */
export function parseGoDuration(value: string): number | null {
  if (value.length > MAX_LENGTH || !FORM.test(value)) return null;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(PART)) total += Math.floor(Number(amount) * UNITS[unit!]!);
  if (total > Number(2n ** 63n)) return null;
  return value.startsWith('-') ? -total : total;
}

/** What Go says of a duration that is none. Go: time.ParseDuration */
export function goDurationError(value: string): string {
  const number = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*(?:\d+(?:\.\d*)?|\.\d+)/.exec(
    value.slice(0, MAX_LENGTH),
  );
  const text = quote(value);
  if (number === null) return `time: invalid duration ${text}`;
  const unit = /^[^.\d]*/.exec(value.slice(number[0].length))![0];
  return unit === ''
    ? `time: missing unit in duration ${text}`
    : `time: unknown unit ${quote(unit)} in duration ${text}`;
}
