// Bundles the GitHub Action into one file, which is what a release's tag holds: a runner installs nothing.
//
//   npm run bundle    writes dist/action.mjs, and dist/action.licenses.txt with the terms of what is in it
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.js';

/** Bundles the Action, and gives the bundle's path. */
export function buildAction(): Promise<string> {
  return bundle({ entry: 'src/action/main.ts', output: 'dist/action.mjs', licenses: 'dist/action.licenses.txt' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildAction());
