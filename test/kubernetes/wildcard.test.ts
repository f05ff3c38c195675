import { describe, expect, it } from 'vitest';
import { closestName } from '../../src/kubernetes/closest-name.js';
import { isInScope } from '../../src/layout/manifest-scope.js';
import { matchesPath, matchesWildcard } from '../../src/kubernetes/wildcard.js';

describe('wildcards', () => {
  it.each([
    ['*', 'anything', true],
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acd', false],
    ['*.example.com', 'api.example.com', true],
    ['*.example.com', 'example.com', false],
    ['a*b*c', 'aXbYbc', true],
    ['abc', 'ab', false],
  ])('%s and %s: %s', (pattern, text, expected) => expect(matchesWildcard(pattern, text)).toBe(expected));

  // A matcher that backtracks would not end within the limit every test has.
  it('comes to an end for patterns made to be slow', () => {
    expect(matchesWildcard('a*'.repeat(100) + 'b', 'a'.repeat(5000))).toBe(false);
    expect(matchesPath('**/a/'.repeat(40) + 'b', 'a/'.repeat(400) + 'c')).toBe(false);
  });
});

describe('path globs', () => {
  it.each([
    ['charts', 'charts/a/b.yaml', true],
    ['charts/', 'charts/b.yaml', true],
    ['./charts/**', 'charts/a/b.yaml', true],
    ['charts/*', 'charts/a/b.yaml', true],
    ['charts/*.yaml', 'charts/a/b.yaml', false],
    ['**/test', 'a/b/test/c.yaml', true],
    ['**/*.json', 'x.json', true],
    ['**/*.json', 'a/b/x.json', true],
    ['*.yaml', 'a/x.yaml', false],
    ['a/**/b.yaml', 'a/b.yaml', true],
    ['a/**/b.yaml', 'a/x/y/b.yaml', true],
    ['chart', 'charts/b.yaml', false],
  ])('%s and %s: %s', (glob, path, expected) => expect(matchesPath(glob, path)).toBe(expected));

  it('lets what is ignored outrank what is included', () => {
    const scope = { paths: ['prod'], ignores: ['prod/test'], defaultNamespace: null };
    expect(['prod/a.yaml', 'prod/test/a.yaml', 'dev/a.yaml'].filter((path) => isInScope(path, scope))).toEqual([
      'prod/a.yaml',
    ]);
  });
});

describe('the name that was meant', () => {
  it.each([
    ['failon', ['failOn', 'post'], 'failOn'],
    ['severity', ['severities', 'scope'], 'severities'],
    ['x', ['failOn', 'post'], null],
    ['permision', ['permission'], 'permission'],
  ])('%s', (written, names, expected) => expect(closestName(written, names)).toBe(expected));
});
