// Bundles the command line into dist/bin/egress-scope.js: a process that finds, opens and compiles hundreds of modules has spent
// half of its time on a small comparison with them. The App stays as modules, which it is loaded from when it is asked for.
//
//   npm run build    does this after the modules
import { chmod } from 'node:fs/promises';
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

const program = await bundle({
  entry: 'src/cli/main.ts',
  output: 'dist/bin/egress-scope.js',
  licenses: 'dist/bin/LICENSE',
  plugins: [APP_APART],
});
await chmod(program, 0o755);
