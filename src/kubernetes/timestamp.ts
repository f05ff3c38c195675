const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?`;
const DATE_ONLY = new RegExp(`^${DATE}$`);
const SPACED = new RegExp(`^${DATE} ${TIME}$`);
const ZONED = new RegExp(String.raw`^${DATE}[Tt]${TIME}(Z|[-+]\d{2}:\d{2})$`);
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[-+]\d\d:\d\d)$/;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_TO_EPOCH = 719_162;

/** True for text that the Go library takes for a YAML timestamp: a date, or a date and a time. */
export function isTimestamp(text: string): boolean {
  return [DATE_ONLY, SPACED, ZONED].some((form) => millisecondsOf(form.exec(text)) !== null);
}

/**
 * The moment an RFC 3339 text names, in milliseconds since the epoch; null where the text is not one.
 * Written by hand so that the analysis never touches the clock that comes with `Date`.
 */
export function parseTimestamp(text: string): number | null {
  return millisecondsOf(RFC3339.exec(text));
}

/** The same moment as RFC 3339 text in UTC, to the second; `milliseconds` from year 0 to 9999. */
export function formatTimestamp(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const time = ((seconds % 86_400) + 86_400) % 86_400;
  const { year, month, day } = dateOf((seconds - time) / 86_400);
  const clock = [Math.floor(time / 3600), Math.floor(time / 60) % 60, time % 60].map(twoDigits).join(':');
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}T${clock}Z`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** By the number of days since the epoch. */
function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  let year = 1970 + Math.floor(days / 365.2425);
  while (startOfYear(year) > days) year -= 1;
  while (startOfYear(year + 1) <= days) year += 1;
  let month = 12;
  while (daysSinceEpoch(year, month, 1)! > days) month -= 1;
  return { year, month, day: days - daysSinceEpoch(year, month, 1)! + 1 };
}

function startOfYear(year: number): number {
  return daysSinceEpoch(year, 1, 1)!;
}

function millisecondsOf(parts: RegExpExecArray | null): number | null {
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part || 0));
  const days = daysSinceEpoch(year ?? 0, month ?? 0, day ?? 0);
  const offset = offsetMinutes(parts[8] ?? 'Z');
  if (days === null || offset === null) return null;
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return null;
  const minutes = days * 1440 + (hour ?? 0) * 60 + (minute ?? 0) - offset;
  return minutes * 60_000 + (second ?? 0) * 1000 + Math.floor(Number(`0.${parts[7] ?? '0'}`) * 1000);
}

function daysSinceEpoch(year: number, month: number, day: number): number | null {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = DAYS_OF_MONTH[month - 1];
  if (length === undefined || day < 1 || day > length + (month === 2 && isLeap ? 1 : 0)) return null;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const inYear = (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (month > 2 && isLeap ? 1 : 0) + day - 1;
  return past * 365 + leapDays + inYear - DAYS_TO_EPOCH;
}

function offsetMinutes(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 24 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
