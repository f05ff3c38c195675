import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { error, info, notice, setOutput, summary, warning, type AnnotationProperties } from '@actions/core';
import { renderAnalysis } from '../cli/commands/diff.js';
import type { JudgedSides } from '../cli/judge-sides.js';
import { buildAnnotations, type Annotation } from '../report/annotations.js';
import type { SourceLinks } from '../report/change-table.js';
import { renderMarkdown } from '../report/render-markdown.js';
import { count } from '../report/workload-name.js';
import { REPORT_FILES, type ActionInputs } from './action-inputs.js';

/** GitHub shows so many annotations of each level for a step, and drops the rest without a word.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
const MOST_OF_A_LEVEL = 10;

/** The job summary: the review's Markdown, which is far below the 1 MiB that a step may write. */
export async function writeSummary(judged: JudgedSides, links: SourceLinks): Promise<void> {
  if (!process.env['GITHUB_STEP_SUMMARY']) return;
  await summary.addRaw(`### egress-scope\n\n${renderMarkdown(judged.analysis, links)}`, true).write();
}

/** Writes the reports that were asked for, and names each in an output of its format. */
export async function writeReports(
  { analysis, showPath }: JudgedSides,
  { formats, output }: Pick<ActionInputs, 'formats' | 'output'>,
  folder: string,
  links: SourceLinks,
): Promise<void> {
  if (formats.length > 0) await mkdir(join(folder, output), { recursive: true });
  for (const format of formats) {
    const path = join(folder, output, REPORT_FILES[format]);
    const parts = await renderAnalysis(analysis, format, { color: false, width: 120, showPath }, links);
    await pipeline(Readable.from(parts), createWriteStream(path));
    setOutput(format, path);
  }
}

/** Annotates the lines that make a difference, worst first, and says what GitHub would drop. */
export function annotate({ analysis, after, showPath }: JudgedSides): void {
  const all = buildAnnotations(analysis);
  for (const level of ['failure', 'warning', 'notice'] as const) {
    const ofLevel = all.filter((annotation) => annotation.annotation_level === level);
    for (const annotation of ofLevel.slice(0, MOST_OF_A_LEVEL)) {
      // What git has is told by its path in the repository, whatever the checkout's folder is called.
      const file = after.kind === 'path' ? showPath(annotation.path, 'after') : annotation.path;
      COMMANDS[level](annotation.message, propertiesOf(annotation, file));
    }
    const left = ofLevel.length - MOST_OF_A_LEVEL;
    if (left > 0)
      info(`${count(left, `further ${level}`)} without an annotation: GitHub shows ${MOST_OF_A_LEVEL} a step.`);
  }
}

const COMMANDS = { failure: error, warning, notice } as const satisfies Record<
  Annotation['annotation_level'],
  (message: string, properties: AnnotationProperties) => void
>;

function propertiesOf({ title, start_line, end_line }: Annotation, file: string): AnnotationProperties {
  return { title, file, startLine: start_line, endLine: end_line };
}
