import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Octokit } from '@octokit/rest';
import { describe, expect, it } from 'vitest';
import { apiRouteOf } from '../../src/github/api-route.js';

const SOURCES = path.join(import.meta.dirname, '..', '..', 'src', 'github');
/** Asked by the command line only, and by the set-up before there is an App. */
const NOT_OF_THE_APP = ['/user', '/app-manifests/{code}/conversions'];

/** The paths of every operation that is written in the App's code, as Octokit knows them. */
function usedTemplates(): readonly string[] {
  const { rest } = new Octokit();
  const namespaces = rest as unknown as Record<string, Record<string, { endpoint: { DEFAULTS: { url: string } } }>>;
  const text = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'utf8'))
    .join('\n');
  const written = [...text.matchAll(/'(?:GET|POST|PUT|PATCH|DELETE) (\/[^']+)'/g)].map(([, url = '']) => url);
  const called = [...text.matchAll(/\.rest\.(\w+)\.(\w+)\(/g)].map(([, namespace = '', name = '']) => {
    return namespaces[namespace]?.[name]?.endpoint.DEFAULTS.url ?? '';
  });
  return [...new Set([...written, ...called])];
}

describe('the route of a request', () => {
  it('is known for every operation that the App uses', () => {
    const templates = usedTemplates();
    expect(templates.length).toBeGreaterThan(20);
    const known = templates.map((template) => apiRouteOf(`https://api.github.com${template.replace(/[{}]/g, '')}`));
    expect(known).toEqual(templates.map((template) => (NOT_OF_THE_APP.includes(template) ? 'other' : template)));
  });

  it.each([
    ['https://api.github.com/repositories/17/pulls?state=open&page=2', '/repos/{owner}/{repo}/pulls'],
    [
      'https://git.example.com/api/v3/repositories/17/pulls/3/files?page=2',
      '/repos/{owner}/{repo}/pulls/{pull_number}/files',
    ],
    [
      'https://git.example.com/api/v3/repos/a/b/contents/.github%2Fegress-scope.yml?ref=x',
      '/repos/{owner}/{repo}/contents/{path}',
    ],
    ['https://api.github.com/repos/a/b/actions/secrets', 'other'],
    ['https://api.github.com/', 'other'],
  ])('of %s is %s', (url, route) => {
    expect(apiRouteOf(url)).toBe(route);
  });
});
