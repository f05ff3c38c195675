import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writtenPages } from '../../deploy/write-handbook.js';
import { READING } from '../../src/handbook/reading.js';
import { listTopics, type Topic } from '../../src/handbook/topics.js';
import { DOCS_URL } from '../../src/report/doc-links.js';
import { runCommand } from '../cli/run-command.js';
import { linksIn, readDocument, ROOT } from '../document.js';

const HOW_TO_UPDATE = 'run `npm run docs`, and read what it changed';
const TOPICS = listTopics();
const PAGES = writtenPages();

interface DiffJson {
  readonly verdict: string;
  readonly changes: readonly { readonly after: string; readonly severity: string }[];
  readonly rejected: readonly unknown[];
  readonly diagnostics: readonly { readonly code: string }[];
}

/** Whether what a scenario's report says has to do with the page that shows it. */
function isShown({ folder, name }: Topic, { verdict, changes, rejected, diagnostics }: DiffJson): boolean {
  switch (folder) {
    case 'gate':
      return verdict === name;
    case 'verdicts':
      return changes.some(({ after, severity }) => after === name && severity === 'failure');
    case 'findings':
      return changes.length > 0 || rejected.length > 0;
    case 'diagnostics':
      return diagnostics.some(({ code }) => code === name);
  }
}

describe('the pages about what reports name', () => {
  it('are up to date, and there are no others', () => {
    const folders = [...new Set([...PAGES.keys()].map((path) => dirname(path)))];
    const there = folders.flatMap((folder) =>
      readdirSync(join(ROOT, 'docs', folder)).map((name) => `${folder}/${name}`),
    );
    expect(there.sort(), HOW_TO_UPDATE).toEqual([...PAGES.keys()].sort());
    for (const [path, text] of PAGES) expect(readDocument(join('docs', path)), HOW_TO_UPDATE).toBe(text);
  });

  it.each(TOPICS.map((topic) => [`${topic.folder}/${topic.name}`, topic] as const))(
    '%s says what it means, how to see it and how to mend it, in sentences',
    (_name, { meaning, page }) => {
      const { about, look, mend, readOn } = page;
      expect(look.length).toBeGreaterThan(0);
      expect(readOn.length).toBeGreaterThan(0);
      expect(mend.length).toBeGreaterThan(0);
      for (const text of [meaning, about, ...mend, ...look.map(({ shows }) => shows)]) {
        expect(text).toMatch(/^[A-Z`].*[.…]$/s);
        expect(text.split('`').length % 2, `${text}: a backtick is not closed`).toBe(1);
      }
    },
  );

  it.each(
    TOPICS.flatMap((topic) => {
      const { example } = topic.page;
      return example !== undefined && 'scenario' in example
        ? [[`${topic.folder}/${topic.name}`, topic, example.scenario] as const]
        : [];
    }),
  )('%s has an example that shows it', (_name, topic, scenario) => {
    const answer = JSON.parse(readDocument(`test/scenarios/${scenario}/diff.json`)) as DiffJson;
    expect(isShown(topic, answer)).toBe(true);
  });

  it('have addresses where reports link to', () => {
    for (const { address } of TOPICS) {
      expect(address.startsWith(`${DOCS_URL}/`)).toBe(true);
      expect(PAGES.has(address.slice(DOCS_URL.length + 1)), address).toBe(true);
    }
    const { homepage, repository } = JSON.parse(readDocument('package.json')) as {
      readonly homepage: string;
      readonly repository: { readonly url: string };
    };
    const project = homepage.replace(/#.*$/, '');
    expect(repository.url).toBe(`git+${project}.git`);
    expect(DOCS_URL).toBe(`${project}/blob/main/docs`);
  });

  it('link to files that are there, and to every page that others have', () => {
    for (const [path, text] of PAGES) {
      const folder = join(ROOT, 'docs', dirname(path));
      expect(linksIn(text).paths.filter((target) => !existsSync(join(folder, target)))).toEqual([]);
    }
    const read = new Set<string>(TOPICS.flatMap(({ page }) => page.readOn));
    expect(Object.keys(READING).filter((name) => !read.has(name))).toEqual([]);
    for (const [, address] of Object.values(READING)) expect(address).toMatch(/^https:\/\/[a-z0-9.-]+\/[\w./#-]*$/);
  });

  it('name commands of egress-scope as they are', async () => {
    const commands = TOPICS.flatMap(({ page }) => page.look.map(({ command }) => command));
    const own = [...new Set(commands.filter((command) => command.startsWith('egress-scope ')))];
    expect(own.length).toBeGreaterThan(3);
    for (const command of own) {
      const [, name = '', ...words] = command.split(' ');
      const help = (await runCommand([name, '--help'], { workingDirectory: ROOT })).out;
      for (const option of words.filter((word) => word.startsWith('--'))) expect(help, command).toContain(option);
    }
  });
});

describe('egress-scope why', () => {
  const run = (...args: readonly string[]) => runCommand(['why', ...args], { workingDirectory: ROOT });

  it.each(TOPICS.map(({ name }) => name))(
    '%s prints the page within 80 columns, but for commands and addresses',
    async (name) => {
      const { exitCode, out, err } = await run(name);
      expect([exitCode, err]).toEqual([0, '']);
      expect(out).toMatch(new RegExp(`^${name}  `, 'm'));
      expect(out).toContain(`${DOCS_URL}/`);
      const long = out.split('\n').filter((line) => line.length > 80 && !/^ +\$ |https:/.test(line));
      expect(long).toEqual([]);
    },
  );

  it('prints both pages of a name that two have', async () => {
    const { out } = await run('ABSENT');
    expect(out.match(/^absent {2}.*$/gm)).toEqual(['absent  finding', 'absent  verdict']);
  });

  it('lists all names, and says which was meant', async () => {
    const { out } = await run();
    for (const { name } of TOPICS) expect(out.split(/\s+/)).toContain(name);
    const { exitCode, err } = await run('unmashed');
    expect([exitCode, err]).toEqual([64, 'error: there is no page about unmashed; did you mean unmeshed?\n']);
  });
});
