import { placeName, type Place } from './place.js';
import { visibleText } from './visible-text.js';

/** How a text report is laid out. */
export interface TextOptions {
  /** Whether to colour; false unless the text goes to a terminal. */
  readonly color: boolean;
  /** Whether to show what is folded otherwise. */
  readonly isVerbose?: boolean;
  /** Columns; lines break there where they can. */
  readonly width: number;
  /** How a path of each side is shown, so that a terminal can open it; as it is where this is missing. */
  readonly showPath?: (path: string, side: 'before' | 'after') => string;
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';
export type Paint = (style: Style, text: string) => string;

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
} as const satisfies Record<Style, readonly [number, number]>;

/** The styles as a terminal's escape sequences, or nothing of the kind. */
export function createPaint(color: boolean): Paint {
  if (!color) return (_style, text) => text;
  return (style, text) => `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`;
}

/** Breaks plain text (no escape sequences) at spaces into lines of at most `width` characters, each after the first
 * indented. A word longer than a line stays whole. */
export function wrapText(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const room = lines.length === 0 ? width : width - indent.length;
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}

/** `path:line` as the reader can open it. */
export function placeText(at: Place, { showPath }: TextOptions, side: 'before' | 'after' = 'after'): string {
  return visibleText(placeName(at, showPath?.(at.path, side)));
}

/** Sections as a text in parts, an empty line between them and a newline at the end; those without lines are left out. */
export function* sectionParts(sections: Iterable<readonly string[]>): Iterable<string> {
  let start = '';
  for (const lines of sections) {
    if (lines.length === 0) continue;
    yield `${start}${lines.join('\n')}`;
    start = '\n\n';
  }
  yield '\n';
}
