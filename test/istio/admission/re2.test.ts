import { describe, expect, it } from 'vitest';
import { re2Error } from '../../../src/istio/admission/re2.js';

describe('re2Error', () => {
  it.each([
    '',
    '^/[a-z]+$',
    '(?i)abc',
    '(?P<id>\\d{1,3})',
    '(?<id>x)',
    '(?:a|b)*?',
    '[]a]',
    '[^]a]',
    '[[:alpha:]_-]',
    '\\Qa*(\\E',
    '\\pL\\p{Greek}\\x{1F600}\\z',
    'a{1000}',
    'a{,3}',
    'a{x}',
    '\\/\\-',
    '|',
    '()',
    '(a+)+',
  ])('admits %j', (pattern) => {
    expect(re2Error(pattern)).toBeNull();
  });

  it.each([
    ['(', 'error parsing regexp: missing closing ): `(`'],
    ['a)', 'error parsing regexp: unexpected ): `a)`'],
    ['[a', 'error parsing regexp: missing closing ]: `[a`'],
    ['*', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['a{2,1}', 'error parsing regexp: invalid repeat count: `{2,1}`'],
    ['(?=x)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    ['\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
  ])('refuses %j', (pattern, message) => {
    expect(re2Error(pattern)).toBe(message);
  });
});
