import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimestamp, parseTimestamp } from '../../src/kubernetes/timestamp.js';

describe('times of RFC 3339', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59Z', -1000],
    ['2024-02-29T12:34:56Z', 1_709_210_096_000],
    ['2024-02-29t12:34:56.789z', 1_709_210_096_789],
    ['2024-02-29T14:34:56+02:00', 1_709_210_096_000],
    ['2024-02-29T07:04:56-05:30', 1_709_210_096_000],
    ['2000-03-01T00:00:00Z', 951_868_800_000],
  ])('%s is %d', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each([
    '',
    '2024-02-29',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00:00Z',
    '2024-1-1T0:0:0Z',
    '2024-01-01T00:00:00Zx',
  ])('%j is none', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  it('agrees with the calendar of the platform', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(date, (moment) => parseTimestamp(moment.toISOString()) === moment.getTime()));
  });
});

describe('timestamps of YAML', () => {
  it.each(['2001-01-01', '2001-1-1', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43.10'])('%s is one', (text) => {
    expect(isTimestamp(text)).toBe(true);
  });

  it.each(['2001-02-30', '2001-12-14 21:59:43.10 -5', '01-01-2001', '2001'])('%s is none', (text) => {
    expect(isTimestamp(text)).toBe(false);
  });
});
