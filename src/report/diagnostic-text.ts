import type { Diagnostic, DiagnosticSeverity } from '../diagnostic/diagnostic.js';
import type { Rejection } from '../reachability/egress-reachability.js';
import { groupDiagnostics } from './diagnostic-list.js';
import { nearly } from './place.js';
import { wrapText, placeText, type Paint, type Style, type TextOptions } from './text-style.js';
import { cutText, visibleText } from './visible-text.js';
import { count } from './workload-name.js';

/** What comes of what admission refuses. */
export const NEVER_LIVE = 'What is refused never becomes live; an earlier version of it stays in force.';

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
    const shown = options.isVerbose ? group.diagnostics : group.diagnostics.slice(0, MAX_OF_ONE_CODE);
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
  const title = `The cluster would refuse ${count(rejected.length, 'object')}. ${NEVER_LIVE}`;
  return [
    ...wrapText(title, options.width)
      .split('\n')
      .map((line) => paint('red', line)),
    ...rejected.flatMap(({ kind, namespace, name, message, ...at }) => [
      `  ${visibleText(`${kind} ${namespace}/${name}`)} ${nearly(at)}${paint('cyan', placeText(at, options))}`,
      `    ${wrapText(cutText(visibleText(message), MAX_MESSAGE), options.width - 4, '    ')}`,
    ]),
  ];
}

function diagnosticLine(diagnostic: Diagnostic, paint: Paint, options: TextOptions): string {
  const { severity, code, path, message } = diagnostic;
  const at = path === null ? null : { ...diagnostic, path };
  const where = at === null ? '' : ` ${nearly(at)}${paint('cyan', placeText(at, options))}`;
  const text = wrapText(cutText(visibleText(message), MAX_MESSAGE), options.width - 2, '  ');
  return `${paint(STYLES[severity], severity)} ${code}${where}\n  ${text}`;
}
