import { analyzeChange, type ManifestSet } from 'egress-scope';
import { buildManifestSet } from 'egress-scope/build-manifest-set';
import { parseManifestFile } from 'egress-scope/parse-manifest-file';
import { DEFAULT_POLICY } from 'egress-scope/policy';
import { readDirectory } from 'egress-scope/read-directory';
import { renderMarkdown } from 'egress-scope/render-markdown';

async function readFolder(folder: string): Promise<ManifestSet> {
  const { files, unread } = await readDirectory(folder);
  return buildManifestSet([...files.map((file) => parseManifestFile(file)), ...unread]);
}

const [before = 'before', after = 'after'] = process.argv.slice(2);
const analysis = analyzeChange({
  before: await readFolder(before),
  after: await readFolder(after),
  mesh: { istioVersion: '1.30' },
  policy: DEFAULT_POLICY,
});

console.log(analysis.verdict);
for (const change of analysis.changes.filter(({ severity }) => severity === 'failure')) {
  const workloads = change.workloads.map(({ namespace, name }) => `${namespace}/${name}`);
  const hosts = new Set(change.destinations.map(({ host }) => host));
  console.log(`${workloads.join(', ')}: ${change.before} → ${change.after}`);
  for (const host of hosts) console.log(`  ${host}`);
}
const review = renderMarkdown(analysis, { blob: (path, line) => `https://git.example.com/manifests/${path}#L${line}` });
console.log(review.split('\n')[0]);
