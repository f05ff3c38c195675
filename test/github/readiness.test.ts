import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './app-process.js';
import { StandInApp } from './stand-in-app.js';

let app: StandInApp;

beforeEach(async () => {
  app = await StandInApp.start();
});

afterEach(() => app.stop());

async function probe(path: '/healthz' | '/readyz'): Promise<string> {
  const answer = await fetch(`${await app.process.url()}${path}`);
  return `${answer.status} ${(await answer.text()).trim()}`;
}

const isAccepted = (): boolean => app.process.log.includes('GitHub accepts the App');

describe('/readyz', () => {
  it('waits until GitHub accepts the credentials, however often it fails before', async () => {
    await app.process.stop();
    app.github.forget();
    app.github.faults.plan('GET /app', { kind: 'status', status: 502 }, 1);
    app.github.faults.plan('GET /app', { kind: 'cut', when: 'before' }, 1);
    await app.restart();
    await until(() => app.process.log.includes('Not ready: '));
    expect(await probe('/readyz')).toBe('503 GitHub has not accepted the App’s credentials yet; the log says why');
    expect(await probe('/healthz')).toBe('200 ok');
    await until(isAccepted);
    expect(app.github.count('GET /app')).toBe(3);
    expect(await probe('/readyz')).toBe('200 ok');
  });

  it('stays ready while GitHub is down', async () => {
    await until(isAccepted);
    app.github.faults.plan(/./, { kind: 'status', status: 503 });
    const people = await app.github.createRepository();
    app.github.announceInstallation(people.store.installation);
    await until(() => app.github.requests.some(({ status }) => status === 503));
    expect(await probe('/readyz')).toBe('200 ok');
  });

  it('is not ready with a key that GitHub does not know, and says so in the log', async () => {
    await app.process.stop();
    await app.restart({ APP_ID: '4243' });
    await until(() => app.process.log.includes('status 401'));
    expect((await probe('/readyz')).slice(0, 3)).toBe('503');
  });
});
