import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishReview, type ReviewDraft } from '../../src/github/review.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

const AUTHOR = { login: 'egress-scope[bot]', appId: 3 };
const MARKER = '<!-- egress-scope review by 3 -->';
const REVIEWS = `${ROOT}/pulls/5/reviews`;
const DRAFT: ReviewDraft = {
  headSha: 'h',
  body: 'Findings',
  comments: [{ path: 'a.yaml', line: 3, body: 'Here' }],
  isWorthPosting: true,
  resolvedBody: 'Resolved',
};

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

function listed(...reviews: readonly object[]): void {
  gitHub()
    .get(`${REVIEWS}?per_page=100`)
    .reply(200, [...reviews]);
}

function review(id: number, login: string, body: string): object {
  return { id, body, user: { login }, state: 'COMMENTED' };
}

describe('publishReview', () => {
  it('posts a review where there is none of its own', async () => {
    listed(review(1, 'someone', `${MARKER}\nFindings`), review(2, AUTHOR.login, 'Another text of the same App'));
    let sent: unknown;
    gitHub()
      .post(REVIEWS, (body) => Boolean((sent = body)))
      .reply(200, { id: 3, body: '' });
    expect(await publishReview(restClient(), TARGET, AUTHOR, DRAFT)).toBe('created');
    expect(sent).toEqual({
      commit_id: 'h',
      event: 'COMMENT',
      body: `${MARKER}\nFindings`,
      comments: [{ path: 'a.yaml', line: 3, side: 'RIGHT', body: 'Here' }],
    });
  });

  it('says nothing where nothing was said and there is nothing to say', async () => {
    listed();
    expect(await publishReview(restClient(), TARGET, AUTHOR, { ...DRAFT, isWorthPosting: false })).toBe('none');
  });

  it('finds its review on a later page, and edits it', async () => {
    const link = `<https://api.github.com${REVIEWS}?per_page=100&page=2>; rel="next"`;
    gitHub()
      .get(`${REVIEWS}?per_page=100`)
      .reply(200, [review(1, 'someone', 'x')], { link });
    gitHub()
      .get(`${REVIEWS}?per_page=100&page=2`)
      .reply(200, [review(7, AUTHOR.login, `${MARKER}\nOld`)]);
    gitHub()
      .put(`${REVIEWS}/7`, { body: `${MARKER}\nFindings` })
      .reply(200, {});
    expect(await publishReview(restClient(), TARGET, AUTHOR, DRAFT)).toBe('updated');
  });

  it('does not write a text that stands there already', async () => {
    listed(review(7, AUTHOR.login, `${MARKER}\r\nFindings`));
    expect(await publishReview(restClient(), TARGET, AUTHOR, DRAFT)).toBe('unchanged');
  });

  it('marks a review resolved', async () => {
    listed(review(7, AUTHOR.login, `${MARKER}\nFindings`));
    gitHub()
      .put(`${REVIEWS}/7`, { body: `${MARKER}\nResolved` })
      .reply(200, {});
    expect(await publishReview(restClient(), TARGET, AUTHOR, { ...DRAFT, isWorthPosting: false })).toBe('updated');
  });

  it('posts the body without comments when GitHub refuses their places', async () => {
    listed();
    gitHub()
      .post(REVIEWS, (body: object) => 'comments' in body)
      .reply(422, { message: 'line must be part of the diff' });
    gitHub()
      .post(REVIEWS, (body: object) => !('comments' in body))
      .reply(200, { id: 3, body: '' });
    expect(await publishReview(restClient(), TARGET, AUTHOR, DRAFT)).toBe('created');
  });

  it('does not post twice when the answer to the first is lost', async () => {
    listed();
    gitHub().post(REVIEWS).reply(502, {});
    listed(review(7, AUTHOR.login, `${MARKER}\nFindings`));
    expect(await publishReview(restClient(), TARGET, AUTHOR, DRAFT)).toBe('created');
  });
});
