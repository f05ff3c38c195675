import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { analyzeChange } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';
import { ROOT } from '../document.js';

/** What the README's example comes to. */
export function bookinfoChange(): Promise<ChangeAnalysis> {
  const side = (name: 'before' | 'after'): ManifestSet => {
    const folder = path.join(ROOT, 'examples/bookinfo', name);
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
    return buildManifestSet(
      paths.map((file) => parseManifestFile({ path: file, content: readFileSync(path.join(folder, file), 'utf8') })),
    );
  };
  return Promise.resolve(
    analyzeChange({ before: side('before'), after: side('after'), mesh: {}, policy: DEFAULT_POLICY }),
  );
}
