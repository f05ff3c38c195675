// Puts together what a release's tag holds: the Action as runners load it, and the hook as pre-commit installs it. Neither needs
// anything of the sources; both are read from a tag of the repository.
//
//   npm run release-tree -- <folder>
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAction } from './build-action.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const COPIED = ['action.yml', 'LICENSE', 'dist/action.mjs', 'dist/action.licenses.txt'];

export async function buildReleaseTree(folder: string): Promise<void> {
  await buildAction();
  await mkdir(join(folder, 'dist'), { recursive: true });
  for (const path of COPIED) await cp(join(ROOT, path), join(folder, path));
  const { version, homepage } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly homepage: string;
  };
  const hooks = await readFile(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8');
  // From the package: what is here has no package.json that pre-commit would build and install.
  const dependency = `  additional_dependencies: ['egress-scope@${version}']\n`;
  await writeFile(join(folder, '.pre-commit-hooks.yaml'), hooks + dependency);
  await writeFile(join(folder, 'README.md'), readme(version, homepage));
}

function readme(version: string, homepage: string): string {
  return [
    `# egress-scope ${version}`,
    '',
    'The GitHub Action and the pre-commit hook, as they are released. The commit before this one has the sources.',
    `How to use them: ${homepage.replace(/#.*$/, '')}/blob/main/docs/ci.md`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('usage: build-release-tree <folder>');
  await buildReleaseTree(resolve(folder));
}
