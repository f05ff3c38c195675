import nock from 'nock';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CheckRunSession } from '../../src/github/check-run-session.js';
import { createLog } from '../../src/github/log.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

const HEAD = 'a'.repeat(40);
const RUNS = new RegExp(`^${ROOT}/commits/${HEAD}/check-runs`);

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

/** By how a run comes to be: begun, or ended at once. */
const CREATIONS: Readonly<Record<string, (session: CheckRunSession) => Promise<unknown>>> = {
  begun: (session) => session.start(),
  'ended at once': (session) =>
    session.end('5 main x', { verdict: 'pass', conclusion: 'success', title: '', summary: '', annotations: [] }),
};

for (const [how, create] of Object.entries(CREATIONS)) {
  it(`ends the check run that was ${how} after all, and no second one, where both the creation and the look for it failed`, async () => {
    const run = {
      id: 9,
      status: 'in_progress',
      external_id: null,
      output: { annotations_count: 0 },
      app: { slug: 'x' },
    };
    const answers = gitHub();
    answers.get(RUNS).reply(200, { check_runs: [] });
    answers.post(`${ROOT}/check-runs`).reply(502, {});
    answers.get(RUNS).reply(500, {});
    answers.get(RUNS).reply(200, { check_runs: [run] });
    const ended = answers.patch(`${ROOT}/check-runs/9`, ({ status }: { status?: string }) => status === 'completed');
    ended.reply(200, run);
    const log = createLog('fatal', () => undefined);
    const target = { repository: TARGET, headSha: HEAD, appId: 1, idPrefix: '5 main ', delivery: 'd', process: 'p' };
    const session = new CheckRunSession(restClient(), target, log);
    await session.find();
    const failure: unknown = await create(session).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 500 });
    expect(await session.endWithout(failure, new AbortController().signal)).toMatchObject({ kind: 'unanswered' });
  });
}
