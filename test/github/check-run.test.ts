import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  completeCheckRun,
  findCheckRun,
  startCheckRun,
  type CheckResult,
  type CheckRun,
} from '../../src/github/check-run.js';
import { gitHub, restClient, ROOT, TARGET } from './rest-client.js';

const HEAD = 'a'.repeat(40);
const RUN: CheckRun = {
  id: 9,
  isCompleted: false,
  conclusion: null,
  externalId: null,
  text: null,
  annotations: 0,
  appSlug: 'x',
};

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

function annotation(line: number): CheckResult['annotations'][number] {
  return {
    path: 'a.yaml',
    start_line: line,
    end_line: line,
    annotation_level: 'warning',
    title: 'T',
    message: `m${line}`,
  };
}

function result(annotations: number): CheckResult {
  const all = Array.from({ length: annotations }, (_, index) => annotation(index + 1));
  return { verdict: 'fail', conclusion: 'failure', title: 'Fails', summary: 'S', annotations: all };
}

interface Update {
  readonly conclusion?: string;
  readonly output: { readonly summary: string; readonly annotations: readonly { readonly start_line: number }[] };
}

function recordUpdates(times: number): Update[] {
  const updates: Update[] = [];
  gitHub()
    .patch(`${ROOT}/check-runs/9`, (body: Update) => updates.push(body) > 0)
    .times(times)
    .reply(200, rawRun(9));
  return updates;
}

function rawRun(id: number, status = 'in_progress'): object {
  return { id, status, external_id: null, output: { annotations_count: 0 }, app: { slug: 'x' } };
}

describe('completeCheckRun', () => {
  it('sends one request for up to 50 annotations', async () => {
    const updates = recordUpdates(1);
    expect(await completeCheckRun(restClient(), TARGET, RUN, 'id', result(50))).toBe(0);
    expect(updates[0]).toMatchObject({ status: 'completed', conclusion: 'failure', external_id: 'id' });
    expect(updates[0]?.output.annotations).toHaveLength(50);
  });

  it('concludes with the first of several batches', async () => {
    const updates = recordUpdates(3);
    await completeCheckRun(restClient(), TARGET, RUN, 'id', result(120));
    expect(updates.map(({ output }) => output.annotations.length)).toEqual([50, 50, 20]);
    expect(updates.map(({ conclusion }) => conclusion)).toEqual(['failure', undefined, undefined]);
  });

  it('stops at 200 annotations and says so', async () => {
    const updates = recordUpdates(4);
    await completeCheckRun(restClient(), TARGET, RUN, 'id', result(201));
    expect(updates.at(-1)?.output.summary).toContain('200 of 201 annotations');
  });

  it('counts the annotations that GitHub did not take after the conclusion', async () => {
    gitHub().patch(`${ROOT}/check-runs/9`).reply(200, rawRun(9)).patch(`${ROOT}/check-runs/9`).reply(403, {});
    expect(await completeCheckRun(restClient(), TARGET, RUN, 'id', result(60))).toBe(10);
  });

  it('keeps its conclusion when GitHub refuses the annotations', async () => {
    gitHub().patch(`${ROOT}/check-runs/9`).reply(422, { message: 'Invalid request' });
    const updates = recordUpdates(1);
    expect(await completeCheckRun(restClient(), TARGET, RUN, 'id', result(2))).toBe(2);
    expect(updates[0]).toMatchObject({ conclusion: 'failure', output: { annotations: [] } });
  });

  it('does not repeat the annotations of an earlier end', async () => {
    gitHub()
      .get(`${ROOT}/check-runs/9/annotations?per_page=100`)
      .reply(200, [annotation(1), annotation(3)]);
    const updates = recordUpdates(1);
    await completeCheckRun(restClient(), TARGET, { ...RUN, annotations: 2 }, 'id', result(3));
    expect(updates[0]?.output.annotations.map(({ start_line }) => start_line)).toEqual([2]);
  });

  it('cuts a summary that is too long at the end of a line', async () => {
    const updates = recordUpdates(1);
    const summary = `${'x'.repeat(99)}\n`.repeat(1000);
    await completeCheckRun(restClient(), TARGET, RUN, 'id', { ...result(0), summary });
    expect(updates[0]?.output.summary.length).toBeLessThan(65_535);
    expect(updates[0]?.output.summary).toMatch(/x{99}\n\n\(cut\)$/);
  });
});

describe('startCheckRun', () => {
  it('takes the run that an answer lost on its way has left', async () => {
    gitHub().post(`${ROOT}/check-runs`).reply(502, {});
    gitHub()
      .get(`${ROOT}/commits/${HEAD}/check-runs`)
      .query({ check_name: 'egress-scope', app_id: 3, filter: 'latest', per_page: 100 })
      .reply(200, { total_count: 1, check_runs: [rawRun(12)] });
    expect((await startCheckRun(restClient(), TARGET, HEAD, 3, '5 main started')).id).toBe(12);
  });

  it('is not repeated after a refusal', async () => {
    gitHub().post(`${ROOT}/check-runs`).reply(403, { message: 'Resource not accessible by integration' });
    await expect(startCheckRun(restClient(), TARGET, HEAD, 3, '5 main started')).rejects.toMatchObject({ status: 403 });
  });
});

describe('findCheckRun', () => {
  it('asks for the App’s own runs and takes the newest', async () => {
    gitHub()
      .get(`${ROOT}/commits/${HEAD}/check-runs`)
      .query({ check_name: 'egress-scope', app_id: 3, filter: 'latest', per_page: 100 })
      .reply(200, { total_count: 2, check_runs: [rawRun(1), rawRun(4, 'completed')] });
    expect(await findCheckRun(restClient(), TARGET, HEAD, 3)).toMatchObject({ id: 4, isCompleted: true });
  });
});
