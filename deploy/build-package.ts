// Packs what is published on npm. It brings its dependencies along, as they were tested: an install elsewhere would take other
// ones (npm heeds `overrides` for whoever declares them only), three times as large, of which some refuse Node 20.
//
//   npm run build && npm run package -- <folder>    writes egress-scope-VERSION.tgz there, and prints its path
//
// `npm pack` alone works too, and gives the package without them. A `bundleDependencies` in package.json would be simpler; with
// `overrides` beside it, npm 11 never ends.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly [key: string]: unknown;
}

/** Packs the built tree, and gives the archive's path. */
export async function buildPackage(folder: string): Promise<string> {
  const stage = await mkdtemp(join(tmpdir(), 'egress-scope-package-'));
  try {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as PackageJson;
    const included = manifest.files.filter((pattern) => !pattern.startsWith('!'));
    for (const name of [...included, 'LICENSE', 'README.md', 'package.json', 'package-lock.json', '.npmrc']) {
      await cp(join(ROOT, name), join(stage, name), { recursive: true });
    }
    await npm(stage, 'ci', '--omit=dev', '--ignore-scripts', '--prefer-offline');
    await writeFile(join(stage, 'package.json'), `${JSON.stringify(asPublished(manifest), null, 2)}\n`);
    await mkdir(folder, { recursive: true });
    const stdout = await npm(stage, 'pack', '--json', '--ignore-scripts', '--pack-destination', resolve(folder));
    const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
    return join(resolve(folder), packed!.filename);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

const FOR_DEVELOPERS = ['scripts', 'devDependencies', 'overrides'];

/** What whoever installs the package needs of package.json. */
function asPublished(manifest: PackageJson): object {
  const kept = Object.entries(manifest).filter(([key]) => !FOR_DEVELOPERS.includes(key));
  return { ...Object.fromEntries(kept), bundleDependencies: Object.keys(manifest.dependencies) };
}

async function npm(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', args, { cwd: folder, maxBuffer: 2 ** 26 });
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('usage: build-package <folder>');
  console.log(await buildPackage(folder));
}
