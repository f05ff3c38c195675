// Bundles the command line into dist/bin/egress-scope.js: a process that finds, opens and compiles hundreds of modules has spent
// half of its time on a small comparison with them. The App stays as modules, which it is loaded from when it is asked for.
//
//   npm run build    does this after the modules
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { bundle } from './bundle.js';

/** Leaves the layer of the App, of which the command line imports nothing before it needs it, to dist/github. */
const APP_APART: Plugin = {
  name: 'app-apart',
  setup(build) {
    build.onResolve({ filter: /^(?:\.\.\/)+github\// }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: path.replace(/^(?:\.\.\/)+/, '../'), external: true } : null,
    );
  },
};

/** All that decides what a file is parsed to, and how that is kept. The layers see to it that the first two need nothing else. */
const PARSER = ['src/diagnostic', 'src/kubernetes', 'src/cli/parsed-pack.ts'];

const program = await bundle({
  entry: 'src/cli/main.ts',
  output: 'dist/bin/egress-scope.js',
  licenses: 'dist/bin/LICENSE',
  plugins: [APP_APART],
  texts: { PARSER_DIGEST: await digestOf(PARSER) },
});
await chmod(program, 0o755);

async function digestOf(parts: readonly string[]): Promise<string> {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const hash = createHash('sha256');
  for (const part of parts) {
    const files = part.endsWith('.ts')
      ? [part]
      : (await readdir(join(root, part))).sort().map((name) => `${part}/${name}`);
    for (const file of files) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}
