import { describe, expect, it } from 'vitest';
import { ParsedFiles } from '../../src/cli/parsed-files.js';

function file(path: string, name: string) {
  return { path, content: Buffer.from(`apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n`) };
}

describe('the files of several trees', () => {
  it('are parsed again only where their path has another content', () => {
    const files = new ParsedFiles();
    const first = files.parse(file('a.yaml', 'reviews'));
    expect(files.parse(file('a.yaml', 'reviews'))).toBe(first);
    const moved = files.parse(file('b.yaml', 'reviews'));
    expect(moved.objects[0]?.origin.path).toBe('b.yaml');
    const edited = files.parse(file('a.yaml', 'ratings'));
    expect(edited.objects[0]?.metadata.name).toBe('ratings');
    // The same as text: read anew, with the same outcome.
    const asText = files.parse({ path: 'a.yaml', content: file('a.yaml', 'ratings').content.toString() });
    expect(asText.objects.map(({ body }) => body)).toEqual(edited.objects.map(({ body }) => body));
  });
});
