import { expect, it } from 'vitest';
import { MemoryNotes } from '../../src/github/notes.js';

it('keeps as much as it may in memory, the latest first', async () => {
  const notes = new MemoryNotes(64 * 1024);
  for (let index = 0; index < 1000; index += 1) await notes.change(`head ${index}`, { add: ['x'.repeat(200)] });
  let kept = 0;
  for (let index = 0; index < 1000; index += 1) kept += (await notes.list(`head ${index}`)).length;
  expect(kept).toBeGreaterThan(100);
  expect(kept).toBeLessThan(200);
  expect(await notes.list('head 0')).toEqual([]);
  expect(await notes.list('head 999')).toHaveLength(1);
});
