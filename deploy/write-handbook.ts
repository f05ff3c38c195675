// Writes the pages of docs/ about everything that a report names, out of src/handbook, with examples out of test/scenarios.
//
//   npm run docs
import { readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { structuredPatch } from 'diff';
import { analyzeChange } from '../src/analyze-change.js';
import type { Example } from '../src/handbook/page.js';
import { renderIndexMarkdown, renderPageMarkdown } from '../src/handbook/page-markdown.js';
import { listTopics, type Topic } from '../src/handbook/topics.js';
import { buildManifestSet } from '../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../src/kubernetes/parse-manifest-file.js';
import { DEFAULT_POLICY } from '../src/policy/policy.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SCENARIOS = 'test/scenarios';

/** Every page by its path below docs/. */
export function writtenPages(): ReadonlyMap<string, string> {
  const topics = listTopics();
  const pages = topics.map((topic): readonly [string, string] => [
    `${topic.folder}/${topic.name}.md`,
    renderPageMarkdown(topic, exampleOf(topic)),
  ]);
  const folders = [...new Set(topics.map(({ folder }) => folder))];
  const indexes = folders.map((folder): readonly [string, string] => [
    `${folder}/README.md`,
    renderIndexMarkdown(folder, topics),
  ]);
  return new Map([...pages, ...indexes]);
}

function exampleOf({ name, page }: Topic): string | null {
  const { example } = page;
  if (example === undefined) return null;
  return 'scenario' in example ? scenarioExample(example.scenario) : manifestExample(name, example);
}

/** A manifest, and the sentence that is said of it. */
function manifestExample(code: string, { manifest }: Extract<Example, { readonly manifest: string }>): string {
  const before = buildManifestSet([]);
  const after = buildManifestSet([parseManifestFile({ path: 'example.yaml', content: manifest })]);
  const { diagnostics } = analyzeChange({ before, after, mesh: {}, policy: DEFAULT_POLICY });
  const said = diagnostics.find((diagnostic) => diagnostic.code === code);
  if (said === undefined) throw new Error(`the example of ${code} does not raise it`);
  const place = said.line === null ? '' : ` of line ${said.line}`;
  return [block('yaml', manifest.trimEnd()), `egress-scope says${place}:`, quoted(said.message)].join('\n\n');
}

/** What changes, and the beginning of what is said of it. */
function scenarioExample(scenario: string): string {
  const folder = join(SCENARIOS, scenario);
  const about = readFileSync(join(ROOT, folder, 'about.txt'), 'utf8').trim();
  const review = readFileSync(join(ROOT, folder, 'review.txt'), 'utf8')
    .slice(about.length)
    .trim();
  const [headline = '', finding = ''] = review.split('\n\n');
  const link = `[${scenario}](../../${folder})`;
  return [
    `${about.replaceAll('\n', ' ')} This is ${link} of the tests:`,
    ...changedFiles(folder).map((lines) => block('diff', lines)),
    'egress-scope says:',
    block('', `${headline}\n\n${finding}`),
  ].join('\n\n');
}

function changedFiles(folder: string): string[] {
  const sides = ['before', 'after'].map((side) => readTree(join(ROOT, folder, side)));
  const [before, after] = sides as [Map<string, string>, Map<string, string>];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => {
      const { hunks } = structuredPatch(path, path, before.get(path) ?? '', after.get(path) ?? '', '', '', {
        context: 3,
      });
      return [`# ${path}`, ...hunks.flatMap(({ lines }) => lines)].join('\n');
    });
}

function readTree(root: string): Map<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]));
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function quoted(text: string): string {
  return `> ${text.replaceAll('\n', '\n> ')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pages = writtenPages();
  const folders = new Set([...pages.keys()].map((path) => dirname(path)));
  for (const folder of folders) {
    rmSync(join(ROOT, 'docs', folder), { recursive: true, force: true });
    mkdirSync(join(ROOT, 'docs', folder), { recursive: true });
  }
  for (const [path, text] of pages) writeFileSync(join(ROOT, 'docs', path), text);
  console.log(`${pages.size} pages in ${[...folders].map((folder) => `docs/${folder}`).join(', ')}`);
}
