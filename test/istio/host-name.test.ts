import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  matches,
  moreSpecific,
  mostSpecificHostMatch,
  resolveShortNameToFqdn,
  subsetOf,
} from '../../src/istio/host-name.js';

/** a, b, whether they overlap, whether a is within b, whether b is within a. */
const TRUTH: readonly (readonly [string, string, boolean, boolean, boolean])[] = [
  ['foo.com', 'foo.com', true, true, true],
  ['foo.com', 'bar.com', false, false, false],
  ['foo.com', 'Foo.com', false, false, false],
  ['foo.com', '*.com', true, true, false],
  ['foo.com', '*.foo.com', false, false, false],
  ['www.foo.com', '*.foo.com', true, true, false],
  ['a.www.foo.com', '*.foo.com', true, true, false],
  ['foo.com', '*', true, true, false],
  ['*', '*', true, true, true],
  ['*', '*.com', true, false, true],
  ['*.com', '*.com', true, true, true],
  ['*.foo.com', '*.com', true, true, false],
  ['*.foo.com', '*.bar.com', false, false, false],
  ['*.foo.com', '*oo.com', true, true, false],
  ['*oo.com', 'foo.com', true, false, true],
  ['*.foo.com', 'foo.com', false, false, false],
  ['', '*', true, true, false],
  ['com', '*.com', false, false, false],
];

describe('two host names', () => {
  for (const [a, b, overlap, aInB, bInA] of TRUTH) {
    it(`"${a}" and "${b}"`, () => {
      expect([matches(a, b), matches(b, a)]).toEqual([overlap, overlap]);
      expect(subsetOf(a, b)).toBe(aInB);
      expect(subsetOf(b, a)).toBe(bInA);
    });
  }
});

const label = fc.stringMatching(/^[a-c]{1,2}$/);
const host = fc
  .tuple(fc.constantFrom('', '*', '*.'), fc.array(label, { minLength: 1, maxLength: 3 }))
  .map(([star, labels]) => star + labels.join('.'));

describe('host names of any kind', () => {
  it('overlap in both directions', () => {
    fc.assert(fc.property(host, host, (a, b) => matches(a, b) === matches(b, a)));
  });

  it('overlap where one is within the other', () => {
    fc.assert(fc.property(host, host, (a, b) => !subsetOf(a, b) || matches(a, b)));
  });

  it('are within each other only where they are equal', () => {
    fc.assert(fc.property(host, host, (a, b) => !(subsetOf(a, b) && subsetOf(b, a)) || a === b));
  });

  it('are within what holds what holds them', () => {
    fc.assert(fc.property(host, host, host, (a, b, c) => !(subsetOf(a, b) && subsetOf(b, c)) || subsetOf(a, c)));
  });

  it('stand in one order of specificity', () => {
    fc.assert(fc.property(host, host, (a, b) => a === b || moreSpecific(a, b) !== moreSpecific(b, a)));
  });
});

describe('the most specific entry for a host', () => {
  const specific = new Map([['www.foo.com', 'exact']]);
  const wildcard = new Map([
    ['*', 'any'],
    ['*.com', 'com'],
    ['*.foo.com', 'foo'],
  ]);
  const table: readonly (readonly [string, string])[] = [
    ['www.foo.com', 'exact'],
    ['api.foo.com', 'foo'],
    ['foo.com', 'com'],
    ['foo.org', 'any'],
    ['*.foo.com', 'foo'],
    ['*.api.foo.com', 'foo'],
    ['*.bar.com', 'com'],
  ];
  for (const [needle, wanted] of table) {
    it(`"${needle}" takes ${wanted}`, () => {
      expect(mostSpecificHostMatch(needle, specific, wildcard)).toBe(wanted);
    });
  }

  it('is none where no entry holds the host', () => {
    expect(mostSpecificHostMatch('foo.org', specific, new Map([['*.com', 'com']]))).toBeUndefined();
  });
});

describe('a short host name', () => {
  const table: readonly (readonly [string, string])[] = [
    ['cart', 'cart.shop.svc.cluster.local'],
    ['cart.pay', 'cart.pay'],
    ['*', '*'],
    ['', ''],
    ['10.0.0.1', '10.0.0.1'],
    ['*cart', '*cart.shop.svc.cluster.local'],
  ];
  for (const [name, wanted] of table) {
    it(`"${name}" stands for "${wanted}"`, () => {
      expect(resolveShortNameToFqdn(name, 'shop', 'cluster.local')).toBe(wanted);
    });
  }
});
