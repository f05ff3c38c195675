import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const SIDECAR_PATH = 'mesh/default/sidecar.yaml';

/** The Bookinfo example as a repository, before and after its Sidecar. */
export const BEFORE = { 'README.md': '# Our mesh\n', ...readExample('before') };
export const AFTER = { 'README.md': '# Our mesh\n', ...readExample('after') };

function readExample(folder: string): Readonly<Record<string, string>> {
  const root = path.join(import.meta.dirname, '../../examples/bookinfo', folder);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return Object.fromEntries(names.map((name) => [`mesh/${name}`, readFileSync(path.join(root, name), 'utf8')]));
}
