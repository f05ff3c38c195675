import type { Delivery } from './delivery.js';
import type { TreeIndex } from './delivery-reading.js';
import { hasEnvironments } from './environment.js';
import { folderOf, joinPath } from './root.js';

/** Folders with what is tried or shown rather than run. */
const SAMPLES = /^(?:tests?|testdata|e2e|fixtures|examples?|samples?|docs?|hack)$/i;
/** Environments that stand beside a `test` which is one, too. */
const SIBLINGS = ['dev', 'development', 'qa', 'uat', 'stage', 'staging', 'prod', 'production'];

type Folders = Pick<TreeIndex, 'hasFolder'>;

/** Whether a file is among samples and tests. */
export function isSample(path: string, folders: Folders): boolean {
  return isSampleFolder(folderOf(path), folders);
}

export function isOfSamples({ root }: Delivery, folders: Folders): boolean {
  return root.kind === 'plain'
    ? root.files.every((path) => isSample(path, folders))
    : isSampleFolder(root.path, folders);
}

/** What stands among samples and tests is left out, unless there is nothing else. */
export function withoutSamples(seeds: readonly Delivery[], folders: Folders): readonly Delivery[] {
  const real = seeds.filter((seed) => !isOfSamples(seed, folders));
  return real.length > 0 ? real : seeds;
}

function isSampleFolder(folder: string, { hasFolder }: Folders): boolean {
  const parts = folder.split('/');
  return parts.some((part, index) => {
    if (!SAMPLES.test(part)) return false;
    const parent = parts.slice(0, index).join('/');
    const isEnvironment =
      hasEnvironments(parts[index - 1] ?? '') || SIBLINGS.some((name) => hasFolder(joinPath(parent, name)));
    return !(isEnvironment && /^tests?$/i.test(part));
  });
}
