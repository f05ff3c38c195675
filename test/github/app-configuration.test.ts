import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, readAppConfiguration } from '../../src/github/app-configuration.js';
import { AppProcess, PRIVATE_KEY } from './app-process.js';

const COMPLETE = { APP_ID: '17', PRIVATE_KEY, WEBHOOK_SECRET: 'hush' };

function problemsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    readAppConfiguration(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('readAppConfiguration', () => {
  it('has defaults for everything but the secrets', () => {
    expect(readAppConfiguration(COMPLETE)).toMatchObject({
      appId: 17,
      webhookSecret: 'hush',
      host: 'localhost',
      port: 3000,
      metricsPort: null,
      apiUrl: undefined,
      logLevel: 'info',
      reconcileSeconds: 300,
      drainSeconds: 20,
      analysisSeconds: 120,
      redisUrl: null,
    });
  });

  it('names everything that is missing at once, and no value of a secret', () => {
    const problems = problemsOf({ PRIVATE_KEY: 'not a key' });
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).toMatch(/APP_ID[^]*PRIVATE_KEY[^]*WEBHOOK_SECRET|APP_ID[^]*WEBHOOK_SECRET/);
    expect(problems.join('\n')).not.toContain('not a key');
    expect(problems.join('\n')).toContain('`egress-scope serve --setup` registers an App');
  });

  it.each([
    ['a webhook secret of blanks', { WEBHOOK_SECRET: '  ' }, 'WEBHOOK_SECRET'],
    ['an App id that is no number', { APP_ID: '12a' }, 'APP_ID'],
    ['two private keys', { PRIVATE_KEY_PATH: '/k.pem' }, 'PRIVATE_KEY_PATH'],
    ['a key file that does not exist', { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/nowhere/k.pem' }, 'ENOENT'],
    ['a port out of range', { PORT: '70000' }, 'PORT'],
    ['a port that is no number', { PORT: '1e3' }, 'PORT'],
    ['a port for metrics that is no number', { METRICS_PORT: 'same' }, 'METRICS_PORT'],
    ['a host with a scheme', { GHE_HOST: 'https://git.example.com' }, 'GHE_HOST'],
    ['a protocol nobody speaks', { GHE_PROTOCOL: 'ftp' }, 'GHE_PROTOCOL'],
    ['a deadline that is no number', { DRAIN_SECONDS: '20s' }, 'DRAIN_SECONDS'],
    ['an address that is no Redis’', { EGRESS_SCOPE_REDIS_URL: 'http://:hush-hush@r:6379' }, 'EGRESS_SCOPE_REDIS_URL'],
    ['an address that is none', { EGRESS_SCOPE_REDIS_URL: ':hush-hush@r:6379' }, 'EGRESS_SCOPE_REDIS_URL'],
    ['a log level nobody knows', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  ])('refuses %s', (_name, env, word) => {
    const problems = problemsOf({ ...COMPLETE, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(word);
    expect(problems[0]).not.toContain('hush');
  });

  it('reads the key from a file, with written-out line breaks, and from base64', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'egress-scope-'));
    writeFileSync(path.join(folder, 'key.pem'), PRIVATE_KEY);
    const fromFile = { ...COMPLETE, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: path.join(folder, 'key.pem') };
    const folded = { ...COMPLETE, PRIVATE_KEY: PRIVATE_KEY.replaceAll('\n', '\\n') };
    const encoded = { ...COMPLETE, PRIVATE_KEY: Buffer.from(PRIVATE_KEY).toString('base64') };
    for (const env of [fromFile, folded, encoded]) {
      expect(readAppConfiguration(env).privateKey.trim()).toBe(PRIVATE_KEY.trim());
    }
    rmSync(folder, { recursive: true });
  });

  it('finds the API of a GitHub of one’s own', () => {
    expect(readAppConfiguration({ ...COMPLETE, GHE_HOST: 'git.example.com' }).apiUrl).toBe(
      'https://git.example.com/api/v3',
    );
    const local = { ...COMPLETE, GHE_HOST: '127.0.0.1:4010', GHE_PROTOCOL: 'http' };
    expect(readAppConfiguration(local).apiUrl).toBe('http://127.0.0.1:4010/api/v3');
  });
});

describe('the App without a webhook secret', () => {
  it('refuses to start, also in production', async () => {
    const app = new AppProcess({ APP_ID: '17', PRIVATE_KEY, NODE_ENV: 'production' });
    expect(await app.exited).toBe(64);
    expect(app.log).toContain('WEBHOOK_SECRET is not set');
  });
});
