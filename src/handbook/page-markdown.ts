import type { DocFolder } from '../report/doc-links.js';
import { READING } from './reading.js';
import { SEVERITY_WORDS } from './severity-words.js';
import { listTopics, type Topic } from './topics.js';

/** What a page shows of its example, in Markdown; null where it has none. */
export type ExampleMarkdown = string | null;

const WRITTEN = '<!-- Written by `npm run docs` out of src/handbook. -->';

/** The page in docs/. Everything in it is this project's own text. */
export function renderPageMarkdown(
  { name, kind, severity, meaning, advice, page }: Topic,
  example: ExampleMarkdown,
): string {
  const sections = [
    `# \`${name}\``,
    WRITTEN,
    `*${severity === null ? kind : `${kind}, ${severity}`}*`,
    `**${meaning}**`,
    linked(page.about, name),
    ...(advice === null ? [] : [`What to do: ${lowerFirst(advice)}`]),
    ...(severity === null ? [] : [SEVERITY_WORDS[severity]]),
    '## How to see it',
    ...page.look.map(({ command, shows }) => `\`\`\`sh\n${command}\n\`\`\`\n\n${linked(shows, name)}`),
    '## How to mend it',
    page.mend.map((way) => `- ${linked(way, name)}`).join('\n'),
    ...(example === null ? [] : ['## Example', example]),
    '## Read on',
    page.readOn
      .map((reading) => READING[reading])
      .map(([title, address]) => `- [${title}](${address})`)
      .join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

const FOLDER_TITLES = {
  gate: ["The gate's verdicts", 'What the whole change comes to.'],
  findings: ['Findings', 'What happens to a call, or to an object, and whether it fails the gate.'],
  verdicts: ['Verdicts', 'What becomes of one call.'],
  diagnostics: ['Diagnostics', 'What is to be said about the input.'],
} as const satisfies Record<DocFolder, readonly [string, string]>;

/** The page that lists a folder's. */
export function renderIndexMarkdown(folder: DocFolder, topics: readonly Topic[]): string {
  const [title, purpose] = FOLDER_TITLES[folder];
  const ofFolder = topics.filter((topic) => topic.folder === folder);
  const hasSeverity = ofFolder.some(({ severity }) => severity !== null);
  const rows = ofFolder.map(({ name, severity, meaning }) =>
    hasSeverity
      ? `| [\`${name}\`](${name}.md) | ${severity ?? ''} | ${meaning} |`
      : `| [\`${name}\`](${name}.md) | ${meaning} |`,
  );
  const head = hasSeverity ? ['| code | severity | meaning |', '|---|---|---|'] : ['| name | meaning |', '|---|---|'];
  return [
    `# ${title}`,
    '',
    WRITTEN,
    '',
    `${purpose} \`egress-scope why NAME\` prints a page.`,
    '',
    ...head,
    ...rows,
    '',
  ].join('\n');
}

/** Where a page speaks of another, by its name. A verdict and a finding can have the same; the verdict is meant. */
function linked(text: string, ownName: string): string {
  return text.replace(/`([a-z-]+)`/g, (code, name: string) => {
    const other = listTopics().findLast((topic) => topic.name === name && topic.name !== ownName);
    return other === undefined ? code : `[${code}](../${other.folder}/${name}.md)`;
  });
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}
