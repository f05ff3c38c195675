import { SKIP_REASONS, type LedgerRoot, type SkipReason } from '../kubernetes/ledger.js';
import type { Ledger } from '../reachability/ledger.js';
import { codeSpan, escapeMarkdown, htmlCode } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { placeJson } from './place.js';
import { wrapText, type TextOptions } from './text-style.js';
import { cutText, visibleText } from './visible-text.js';
import { count } from './workload-name.js';

const MAX_NAMES = 5;
const MAX_PATHS = 20;

/** What a list of paths under each reason says. */
const SKIP_WORDS = {
  unread: 'Could not be read',
  elsewhere: 'Takes sources that are not in this tree',
  unused: 'Left out, since nobody applies it',
  sample: 'Left out, as samples or tests',
  hidden: 'Left out, in hidden folders',
  ignored: 'Left out by the configuration',
  'no-manifests': 'Without manifests',
} as const satisfies Record<SkipReason, string>;

/** A line of the ledger: `title: text, name, name and 3 more`. */
interface Fact {
  readonly title: string;
  readonly text: string;
  readonly names: readonly string[];
}

/** How many roots are not known, for the sentence that tells the verdict. */
export function countUnrendered({ roots }: Ledger): number {
  return roots.filter(({ failure }) => failure !== null).length;
}

/** What an answer rests on, in one line: a part for each of the most important numbers. */
function ledgerParts(
  { ledger, istioVersion, formerIstioVersion }: LedgerSubject,
  code: (name: string) => string,
  plain: (text: string) => string,
): readonly string[] {
  const { filesRead, resources, notModelled, evidence } = ledger;
  const without = pathsOf(ledger, 'no-manifests').length;
  const missing = notModelled.slice(0, 10).map(code);
  const more = notModelled.length > missing.length ? ` and ${notModelled.length - missing.length} more` : '';
  return [
    ...(istioVersion === null
      ? []
      : [`Istio ${formerIstioVersion === undefined ? '' : `${plain(formerIstioVersion)} → `}${plain(istioVersion)}`]),
    `${count(resources, 'object')} in ${count(filesRead, 'file')}`,
    ...(without > 0 ? [`${count(without, 'file')} without manifests`] : []),
    ...(evidence === undefined
      ? []
      : [`traffic evidence ${/^[\w ]{1,60}$/.test(evidence.age) ? evidence.age : plain(evidence.age)}`]),
    ...(missing.length > 0 ? [`not modelled: ${missing.join(', ')}${more}`] : []),
  ];
}

export interface LedgerSubject {
  readonly ledger: Ledger;
  /** Null where none was judged by. */
  readonly istioVersion: string | null;
  /** Where the change moves Istio from another version. */
  readonly formerIstioVersion?: string;
}

/** What one line has no room for. Empty for manifests that were all read and say nothing that is unknown. */
function ledgerFacts(ledger: Ledger): readonly Fact[] {
  const { roots, unknownHosts, snapshot, evidence } = ledger;
  const failed = roots.filter(({ failure }) => failure !== null);
  return [
    ...renderedFacts(roots),
    ...fact('Not rendered', failed.map(({ path, failure }) => `${path || '.'} (${failure})`)), // prettier-ignore
    ...SKIP_REASONS.filter((reason) => reason !== 'no-manifests').flatMap((reason) =>
      fact(SKIP_WORDS[reason], pathsOf(ledger, reason)),
    ),
    ...fact('Named hosts that the mesh does not have', unknownHosts.map(({ host }) => host)), // prettier-ignore
    ...(snapshot === null
      ? []
      : [
          {
            title: 'Snapshot',
            text: `${count(snapshot.objects, 'object')}. ${cutText(snapshot.age, 300)}`,
            names: [snapshot.path],
          },
        ]),
    ...(evidence === undefined
      ? []
      : [{ title: 'Traffic evidence', text: `${evidence.age}, of ${evidence.coverage}`, names: [evidence.path] }]),
  ];
}

function fact(title: string, names: readonly string[]): readonly Fact[] {
  return names.length === 0 ? [] : [{ title, text: String(names.length), names }];
}

/** `3 kustomizations by kustomize v5.8.1, 1 chart by Helm v4.2.3`. */
function renderedFacts(roots: readonly LedgerRoot[]): readonly Fact[] {
  const groups = new Map<string, number>();
  for (const { kind, tools, failure } of roots) {
    if (kind === 'plain' || failure !== null) continue;
    const key = JSON.stringify([kind, tools.join(' and ')]);
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  const parts = [...groups].map(([key, number]) => {
    const [kind, tools] = JSON.parse(key) as [LedgerRoot['kind'], string];
    return `${count(number, kind === 'helm' ? 'chart' : 'kustomization')} by ${tools}`;
  });
  return parts.length === 0 ? [] : [{ title: 'Rendered', text: parts.join(', '), names: [] }];
}

function pathsOf({ skipped }: Ledger, reason: SkipReason): readonly string[] {
  return skipped.find((each) => each.reason === reason)?.paths ?? [];
}

function factText({ title, text, names }: Fact, code: (name: string) => string, limit = MAX_NAMES): string {
  const shown = names.slice(0, limit).map(code).join(', ');
  const more = names.length > limit ? `, …` : '';
  return `${title}: ${text}${names.length === 0 ? '' : ` (${shown}${more})`}`;
}

/** For a terminal: one line, and below it what it has no room for. */
export function ledgerLines(subject: LedgerSubject, { width, isVerbose = false }: TextOptions): readonly string[] {
  const limit = isVerbose ? Infinity : MAX_NAMES;
  return [
    wrapText(visibleText(ledgerParts(subject, asIs, asIs).join('; ')), width),
    ...ledgerFacts(subject.ledger).map(
      (each) => `  ${wrapText(visibleText(factText(each, asIs, limit)), width - 2, '    ')}`,
    ),
  ];
}

/** In Markdown: one line, under which the rest is folded where there is any. */
export function ledgerMarkdown(subject: LedgerSubject, budget: number): string {
  // GitHub reads no Markdown in a summary.
  const summary = `<sub>${ledgerParts(subject, htmlName, htmlName).join(' · ')}</sub>`;
  const facts = ledgerFacts(subject.ledger).map((each) => {
    return `- ${factText({ ...each, text: escapeMarkdown(each.text) }, (name) => codeSpan(name, 120))}`;
  });
  const { rows } = fitRows(facts, budget - summary.length - 60);
  if (rows.length === 0) return ledgerLine(subject);
  return `<details><summary>${summary}</summary>\n\n${rows.join('\n')}\n\n</details>`;
}

/** The same where there is no room for more than a line. */
export function ledgerLine(subject: LedgerSubject): string {
  return `<sub>${ledgerParts(subject, (name) => codeSpan(name, 60), escapeMarkdown).join(' · ')}</sub>`;
}

function asIs(text: string): string {
  return text;
}

function htmlName(name: string): string {
  return /^[\w.]{1,60}$/.test(name) ? name : htmlCode(name, 60);
}

/** As every JSON form has it. */
export function ledgerJson({ roots, skipped, unknownHosts, snapshot, evidence, ...numbers }: Ledger): object {
  return {
    files: numbers.filesRead,
    objects: numbers.resources,
    roots: roots.map(({ path, kind, meshes, objects, tools, failure }) => ({
      path: path || '.',
      kind,
      meshes,
      objects,
      tools,
      failure,
    })),
    skipped: skipped.map(({ reason, paths }) => ({ reason, count: paths.length, paths: paths.slice(0, MAX_PATHS) })),
    notModelled: numbers.notModelled,
    unknownHosts: unknownHosts.map(({ host, workloads, ...place }) => ({ host, workloads, ...placeJson(place) })),
    snapshot: snapshot === null ? null : { path: snapshot.path, age: snapshot.age, objects: snapshot.objects },
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** What `coverage` counted before there was a ledger. */
export function coverageJson(ledger: Ledger): object {
  return {
    filesRead: ledger.filesRead,
    filesSkipped: pathsOf(ledger, 'no-manifests').length,
    resources: ledger.resources,
    notModelled: ledger.notModelled,
  };
}
