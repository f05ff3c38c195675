import type { Diagnostic, DiagnosticSeverity } from '../diagnostic/diagnostic.js';
import type { Rejection } from '../reachability/egress-reachability.js';
import { groupDiagnostics } from './diagnostic-list.js';
import { wrapText, type Paint, type Style, type TextOptions } from './text-style.js';
import { cutText, visibleText } from './visible-text.js';
import { count } from './workload-name.js';

const MAX_OF_ONE_CODE = 10;
const MAX_MESSAGE = 1_000;
const STYLES = { error: 'red', warning: 'yellow', info: 'dim' } as const satisfies Record<DiagnosticSeverity, Style>;

/** What was not understood, and what is worth knowing, by code; the advice once for each code. */
export function diagnosticLines(
  diagnostics: readonly Diagnostic[],
  paint: Paint,
  options: TextOptions,
): readonly string[] {
  return groupDiagnostics(diagnostics).flatMap((group) => {
    const shown = group.diagnostics.slice(0, MAX_OF_ONE_CODE);
    const left = group.diagnostics.length - shown.length;
    return [
      ...shown.map((diagnostic) => diagnosticLine(diagnostic, paint, options)),
      ...(left > 0 ? [`  … ${left} more ${group.code}`] : []),
      ...(group.advice === null
        ? []
        : [paint('dim', `  → ${wrapText(visibleText(group.advice), options.width - 4, '    ')}`)]),
    ];
  });
}

/** Objects that admission refuses, each with the reason. */
export function rejectionLines(rejected: readonly Rejection[], paint: Paint, options: TextOptions): readonly string[] {
  if (rejected.length === 0) return [];
  return [
    paint('red', `The cluster would refuse ${count(rejected.length, 'object')}:`),
    ...rejected.flatMap(({ kind, namespace, name, path, line, message }) => [
      `  ${visibleText(`${kind} ${namespace}/${name}`)} ${paint('cyan', place(path, line, options))}`,
      `    ${wrapText(cutText(visibleText(message), MAX_MESSAGE), options.width - 4, '    ')}`,
    ]),
  ];
}

function diagnosticLine(diagnostic: Diagnostic, paint: Paint, options: TextOptions): string {
  const { severity, code, path, line, message } = diagnostic;
  const where = path === null ? '' : ` ${paint('cyan', place(path, line, options))}`;
  const text = wrapText(cutText(visibleText(message), MAX_MESSAGE), options.width - 2, '  ');
  return `${paint(STYLES[severity], severity)} ${code}${where}\n  ${text}`;
}

function place(path: string, line: number | null, { showPath }: TextOptions): string {
  const shown = showPath?.(path, 'after') ?? path;
  return visibleText(line === null ? shown : `${shown}:${line}`);
}
