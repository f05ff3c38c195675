import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Some packages are CommonJS, and ask for Node's own modules by `require`. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** Paths are relative to the repository. */
export interface Bundle {
  readonly entry: string;
  readonly output: string;
  /** The terms of what is in the bundle. */
  readonly licenses: string;
  readonly plugins?: readonly Plugin[];
  /** Texts in the place of names that the program declares and does not have. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Makes one file of a program and the packages it uses, for Node 20 or later, and gives its path. */
export async function bundle({ entry, output, licenses, plugins = [], texts = {} }: Bundle): Promise<string> {
  const outfile = join(ROOT, output);
  const { metafile } = await build({
    entryPoints: [join(ROOT, entry)],
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
    plugins: [...plugins],
    define: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.stringify(text)])),
  });
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const terms = await Promise.all([...packages].sort().map(termsOf));
  await writeFile(join(ROOT, licenses), terms.join('\n\n'));
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
