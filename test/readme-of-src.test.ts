import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOW_TO_UPDATE, ROOT, codeIn, readDocument, updateParts, writtenParts } from './document.js';

describe('the map of the code', () => {
  it('has the table of imports that the layers are held to', () => {
    const rules = /const LAYERS[^=]*= (\{[^]*?\n\});/.exec(readDocument('test/layers.test.ts'))?.[1] ?? '';
    const found = [...rules.matchAll(/(\w+): \{\s*layers: \[([^\]]*)\],\s*packages: \[([^\]]*)\],?\s*\}/g)];
    const names = (list = ''): string =>
      [...list.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '').join(', ') || 'none';
    const packages = (list: string): string => names(list).replace(/\bnode\b/, 'node:*');
    const rows = found.map(
      ([, layer = '', layers = '', imports = '']) => `| ${layer} | ${names(layers)} | ${packages(imports)} |`,
    );
    expect(rows.length).toBeGreaterThan(8);
    const wanted = [['', '| layer | other layers | packages |', '|---|---|---|', ...rows, '', ''].join('\n')];
    updateParts('src/README.md', 'layers', 'end of layers', wanted);
    const now = writtenParts('src/README.md', 'layers', 'end of layers').map(({ content }) => content);
    expect(now, HOW_TO_UPDATE).toEqual(wanted);
  });

  it('names every folder, and no file that is not there', () => {
    const map = readDocument('src/README.md');
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(map).toContain(`](${name})`);
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((path) =>
      path.split(/[/\\]/).at(-1),
    );
    const named = codeIn(map).filter((text) => /^[\w-]+\.ts$/.test(text));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !files.includes(name))).toEqual([]);
  });

  it('names functions that there are', () => {
    const walk = /## How a change flows through\n([^]*?)\n## /.exec(readDocument('src/README.md'))?.[1] ?? '';
    const named = codeIn(walk).filter((text) => /^[a-z]+[A-Z]\w+$|^[A-Z][a-z]+[A-Z]\w+$/.test(text));
    const code = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readDocument(join('src', path)))
      .join('\n');
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !new RegExp(`export (?:function|interface) ${name}\\b`).test(code))).toEqual([]);
  });
});
