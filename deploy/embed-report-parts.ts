// Makes src/report/embedded.ts: what the HTML report carries with it, as texts. A report is a text and reads no file, and a page
// that is one file has its script and style in itself; both are allowed there by their hashes.
//
//   npx tsx deploy/embed-report-parts.ts    (a part of `npm run build`)
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const REPORT = join(ROOT, 'src/report');
const TARGET = ['chrome120', 'firefox120', 'safari17'];

/** Writes the file, unless it says the same already. */
export async function embedReportParts(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const [script, style] = await Promise.all([
    bundle(join(REPORT, 'html/client/main.ts')),
    bundle(join(REPORT, 'html/style.css')),
  ]);
  const parts = { version, script, scriptHash: hashOf(script), style, styleHash: hashOf(style) };
  const text = [
    '// Made by deploy/embed-report-parts.ts out of package.json, html/client and html/style.css.',
    `export const EMBEDDED = ${JSON.stringify(parts, null, 2)} as const;`,
    '',
  ].join('\n');
  const path = join(REPORT, 'embedded.ts');
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) await writeFile(path, text);
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    target: TARGET,
  });
  const text = outputFiles[0]!.text.trim();
  if (/<\/(?:script|style)|<!--/i.test(text)) throw new Error(`${entry} holds what would end its element in a page`);
  return text;
}

/** As a content security policy names an inline script or style. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await embedReportParts();
