import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/github/log.js';

function logged(
  write: (log: ReturnType<typeof createLog>) => void,
  level: 'trace' | 'info' = 'trace',
): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog(level, (line) => lines.push(line)));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('writes the named fields and nothing else of an object', () => {
    const [line] = logged((log) =>
      log.info({ delivery: 'd', pull: 3, payload: { token: 'ghs_x' }, headers: 'h' }, 'Hello.'),
    );
    expect(line).toMatchObject({ level: 'info', delivery: 'd', pull: 3, msg: 'Hello.' });
    expect(Object.keys(line ?? {}).sort()).toEqual(['delivery', 'level', 'msg', 'pull', 'time']);
  });

  it('writes of an error its class, message, status and stack, not what it carries', () => {
    const error = Object.assign(new Error('refused'), {
      status: 403,
      event: { payload: 'private' },
      request: { headers: {} },
    });
    const [line] = logged((log) => log.error(error));
    expect(line).toMatchObject({ msg: 'refused', err: { type: 'Error', message: 'refused', status: 403 } });
    expect(JSON.stringify(line)).not.toContain('private');
  });

  it('drops the query of an address, where archive links carry a token', () => {
    const [line] = logged((log) => log.warn('GET https://codeload.example/x.tar.gz?token=ABC failed'));
    expect(line?.['msg']).toBe('GET https://codeload.example/x.tar.gz failed');
  });

  it('keeps the fields of its parent, and leaves out what is below its level', () => {
    const lines = logged((log) => {
      const child = log.child({ repository: 'a/b' });
      child.debug('too much');
      child.info('enough');
    }, 'info');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ repository: 'a/b', msg: 'enough' });
  });

  it('keeps a line a line', () => {
    const lines: string[] = [];
    createLog('info', (line) => lines.push(line)).info('a\n{"level":"fatal"}\u001b[31m');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(lines[0]).not.toContain('\u001b');
  });
});
