import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isCodeOwner } from '../../src/github/code-owners.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

function codeOwners(text: string): void {
  gitHub()
    .get(`${ROOT}/contents/.github%2FCODEOWNERS?ref=refs%2Fheads%2Fmain`)
    .reply(200, { type: 'file', encoding: 'base64', content: Buffer.from(text).toString('base64') });
}

function isOwner(paths: readonly string[], login = 'me'): Promise<boolean> {
  return isCodeOwner(restClient(), TARGET, 'main', paths, login);
}

describe('who owns', () => {
  it.each([
    ['is told by the last rule that fits', '* @me\n/prod/ @other\n', ['prod/a.yaml'], false],
    ['is whoever stands among several', '* @other @Me # us\n', ['a.yaml'], true],
    ['is nobody where a rule names nobody', '* @me\n/prod/\n', ['prod/a.yaml'], false],
    ['is nobody where no rule fits', '/apps/ @me\n', ['a.yaml'], false],
    [
      'is nobody by an e-mail address, which GitHub does not let an App look up',
      '* me@example.com\n',
      ['a.yaml'],
      false,
    ],
    ['has to own every path', '/a/ @me\n', ['a/x.yaml', 'b/x.yaml'], false],
    ['owns nothing where nothing is asked about', '* @me\n', [], false],
  ] as const)('%s', async (_what, text, paths, expected) => {
    codeOwners(text);
    expect(await isOwner(paths)).toBe(expected);
  });

  it.each([
    ['a member', 200, { state: 'active' }, true],
    ['somebody who was only invited', 200, { state: 'pending' }, false],
    ['a stranger, or anybody where the App may not read teams', 404, {}, false],
    ['anybody where the App may not read teams', 403, {}, false],
  ])('of a team: %s', async (_what, status, body, expected) => {
    codeOwners('* @org/team\n');
    gitHub().get('/orgs/org/teams/team/memberships/me').reply(status, body);
    expect(await isOwner(['a.yaml', 'b.yaml'])).toBe(expected);
  });

  it('is nobody without the file, wherever GitHub looks for it', async () => {
    for (const place of ['.github%2FCODEOWNERS', 'CODEOWNERS', 'docs%2FCODEOWNERS']) {
      gitHub().get(`${ROOT}/contents/${place}?ref=refs%2Fheads%2Fmain`).reply(404, {});
    }
    expect(await isOwner(['a.yaml'])).toBe(false);
  });
});
