import type { NamedMesh } from '../analyze-meshes.js';
import { holdsManifests } from '../reachability/not-rendered.js';
import { EXIT_CODES } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/**
 * What a command that only reads exits with. Nothing found is no good answer, and neither is one that lacks what a root
 * renders to: both are said on standard error.
 *
 * @param beside objects that are known beside the meshes'.
 */
export function exitCodeOfReading(meshes: readonly NamedMesh[], beside: number, terminal: Terminal): number {
  const unrendered = unrenderedRoots(meshes);
  for (const path of unrendered) terminal.writeErr(`undetermined: ${path} could not be rendered\n`);
  const isEmpty = beside === 0 && meshes.every(({ manifests }) => !holdsManifests(manifests));
  if (isEmpty) terminal.writeErr('undetermined: no manifests were found\n');
  return isEmpty || unrendered.length > 0 ? EXIT_CODES.undetermined : EXIT_CODES.pass;
}

/** For an answer that has no room for it: what it lacks. */
export function noteUnrendered(meshes: readonly NamedMesh[], terminal: Terminal): void {
  for (const path of unrenderedRoots(meshes)) terminal.writeErr(`note: ${path} could not be rendered\n`);
}

function unrenderedRoots(meshes: readonly NamedMesh[]): readonly string[] {
  const roots = meshes.flatMap(({ manifests }) => manifests.unreadable.filter(({ isRoot }) => isRoot === true));
  return [...new Set(roots.map(({ path }) => path))].sort();
}
