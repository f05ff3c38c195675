import { describe, expect, it } from 'vitest';
import { substitute } from '../../src/layout/substitute.js';

describe('substitute', () => {
  it.each([
    ['${region}', 'eu'],
    ['https://${region}.example.com', 'https://eu.example.com'],
    ['${replicas}', 3],
    ['"${replicas}"', '"3"'],
    ['${absent:=fallback}', 'fallback'],
    ['${absent:-}', ''],
    ['${empty:=fallback}', 'fallback'],
    ['$${region}', '${region}'],
    ['$region', '$region'],
    ['$(region)', '$(region)'],
  ])('turns %s into %j', (text, filled) => {
    const variables = { region: 'eu', replicas: '3', empty: '' };
    expect(substitute({ list: [text] }, variables)).toEqual({ value: { list: [filled] }, missing: [] });
  });

  it('names the variables without a value', () => {
    expect(substitute('a ${one} ${two} ${one}', {})).toEqual({ value: 'a   ', missing: ['one', 'two'] });
  });
});
