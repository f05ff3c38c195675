// Bundles the GitHub Action into one file, which is what a release's tag holds: a runner installs nothing.
//
//   npm run bundle    writes dist/action.mjs, and dist/action.licenses.txt with the terms of what is in it
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Some packages in it are CommonJS, and ask for Node's own modules by `require`. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** Bundles the Action, and gives the bundle's path. */
export async function buildAction(): Promise<string> {
  const outfile = join(ROOT, 'dist/action.mjs');
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'src/action/main.ts')],
    outfile,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: REQUIRE },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const terms = await Promise.all([...packages].sort().map(termsOf));
  await writeFile(join(ROOT, 'dist/action.licenses.txt'), terms.join('\n\n'));
  return outfile;
}

async function termsOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
  };
  const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e(?:\.\w+)?$/i.test(entry));
  const text = file === undefined ? '' : await readFile(join(ROOT, folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildAction());
