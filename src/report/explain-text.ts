import type { ExplainStep } from '../reachability/egress-reachability.js';
import { codeSpan, escapeMarkdown } from './escape-markdown.js';
import { nearly, placeName } from './place.js';
import { createPaint, wrapText, placeText, type TextOptions } from './text-style.js';
import { visibleText } from './visible-text.js';

/** Every decision on a call's way, numbered, for a terminal. Ends with a newline. */
export function renderExplainText(steps: readonly ExplainStep[], options: TextOptions): string {
  const paint = createPaint(options.color);
  const digits = String(steps.length).length;
  const indent = ' '.repeat(digits + 2);
  const lines = steps.flatMap(({ title, detail, origin }, index) => [
    `${String(index + 1).padStart(digits)}. ${paint('bold', visibleText(title))}`,
    ...(detail === '' ? [] : [`${indent}${wrapText(visibleText(detail), options.width - indent.length, indent)}`]),
    ...(origin === null ? [] : [`${indent}${nearly(origin)}${paint('cyan', placeText(origin, options))}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

/** The same as a numbered list in Markdown. */
export function renderExplainMarkdown(steps: readonly ExplainStep[]): string {
  const lines = steps.map(({ title, detail, origin }, index) => {
    const place = origin === null ? '' : ` (${nearly(origin)}${codeSpan(placeName(origin))})`;
    return `${index + 1}. **${escapeMarkdown(title)}**${detail === '' ? '' : `: ${escapeMarkdown(detail)}`}${place}`;
  });
  return `${lines.join('\n')}\n`;
}
