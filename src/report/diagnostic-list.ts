import { CATALOGUE, type DiagnosticCode } from '../diagnostic/catalogue.js';
import { compareDiagnostics, type Diagnostic, type DiagnosticSeverity } from '../diagnostic/diagnostic.js';

/** Diagnostics of one code, which share meaning and advice. */
export interface DiagnosticGroup {
  readonly code: DiagnosticCode;
  readonly severity: DiagnosticSeverity;
  readonly meaning: string;
  /** Null where the messages say it already. */
  readonly advice: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** What the change itself does that no verdict says, by mistake as a rule. */
const OF_CHANGE: ReadonlySet<DiagnosticCode> = new Set([
  'annotation-without-effect',
  'change-not-rendered',
  'depends-on-age',
  'host-matches-nothing',
  'selector-matches-nothing',
  'served-elsewhere',
  'sidecar-without-effect',
  'sidecar-without-workloads',
  'telemetry-not-imported',
]);

/** Tells what is about the change itself, which a reader must see, from what is about the manifests as they are. */
export function splitDiagnostics(diagnostics: readonly Diagnostic[]): {
  readonly ofChange: readonly Diagnostic[];
  readonly ofManifests: readonly Diagnostic[];
} {
  const isOfChange = ({ code }: Diagnostic): boolean => OF_CHANGE.has(code);
  return { ofChange: diagnostics.filter(isOfChange), ofManifests: diagnostics.filter((each) => !isOfChange(each)) };
}

const SEVERITY_ORDER = { error: 0, warning: 1, info: 2 } as const satisfies Record<DiagnosticSeverity, number>;

/** Gathers diagnostics by code; errors first, then warnings, then what is merely worth knowing. */
export function groupDiagnostics(diagnostics: readonly Diagnostic[]): readonly DiagnosticGroup[] {
  const byCode = new Map<DiagnosticCode, Diagnostic[]>();
  for (const diagnostic of [...diagnostics].sort(compareDiagnostics)) {
    const known = byCode.get(diagnostic.code);
    if (known === undefined) byCode.set(diagnostic.code, [diagnostic]);
    else known.push(diagnostic);
  }
  return [...byCode]
    .map(([code, members]) => toGroup(code, members))
    .sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || (a.code < b.code ? -1 : 1));
}

function toGroup(code: DiagnosticCode, diagnostics: readonly Diagnostic[]): DiagnosticGroup {
  const { severity, meaning, advice } = CATALOGUE[code];
  const isSaid = diagnostics.every(({ message }) => message.includes(advice));
  return { code, severity, meaning, advice: isSaid ? null : advice, diagnostics };
}
