import type { ChangeAnalysis, WorkloadOwners } from '../reachability/change.js';
import { codeSpan } from './escape-markdown.js';
import { fitRows } from './fit-rows.js';
import { wrapText, type TextOptions } from './text-style.js';
import { visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_NAMES = 10;
const MAX_SENTENCES = 50;

/** Workloads of the same owners that lose something by the files of the same others. */
interface Loss {
  readonly owners: readonly string[];
  /** Who owns the files that do it; without those who own the workloads as well. */
  readonly others: readonly string[];
  /** Whether an owner has to let it pass. */
  readonly mustApprove: boolean;
  readonly workloads: readonly string[];
}

/** Whose calls get worse by whose change, for a terminal. */
export function lossLines(analysis: ChangeAnalysis, { width, isVerbose = false }: TextOptions): readonly string[] {
  const sentences = lossSentences(analysis, visibleText);
  const shown = isVerbose ? sentences : sentences.slice(0, MAX_SENTENCES);
  const left = sentences.length - shown.length;
  return [
    ...shown.map((sentence) => wrapText(sentence, width, '  ')),
    ...(left > 0 ? [`… and calls of ${count(left, 'other owner')}`] : []),
  ];
}

/** The same as a list in Markdown, in which nobody is called; empty where nothing is known of owners. */
export function lossList(analysis: ChangeAnalysis, budget: number): string {
  const rows = lossSentences(analysis, (name) => codeSpan(name, 120)).map((sentence) => `- ${sentence}`);
  if (rows.length === 0) return '';
  const title = '**Whose calls these are**, by CODEOWNERS:';
  const fitted = fitRows(rows, budget - title.length - 30);
  const note = fitted.cut === 0 ? [] : [`- and ${fitted.cut} more`];
  return [title, '', ...fitted.rows, ...note].join('\n');
}

/** `The change of @acme/platform makes calls of @acme/shop worse: shop/Deployment/cart.` What is nobody's, and what the owners do
 * to themselves without anybody having to approve it, is not worth a sentence. */
function lossSentences({ owners = [] }: ChangeAnalysis, name: (text: string) => string): readonly string[] {
  const worthSaying = groupLosses(owners).filter(
    (loss) => loss.owners.length > 0 && (loss.others.length > 0 || loss.mustApprove),
  );
  return worthSaying.map(({ owners: losing, others, mustApprove, workloads }) => {
    const list = (names: readonly string[]): string => names.map(name).join(', ');
    const subject = others.length === 0 ? 'This change' : `The change of ${list(others)}`;
    const more = workloads.length > MAX_NAMES ? `, and ${workloads.length - MAX_NAMES} more` : '';
    const asked = mustApprove ? ' One of them must approve the pull request, or accept the findings.' : '';
    return `${subject} makes calls of ${list(losing)} worse: ${list(workloads.slice(0, MAX_NAMES))}${more}.${asked}`;
  });
}

/** Other people's losses first, then by the owners' names. */
function groupLosses(all: readonly WorkloadOwners[]): readonly Loss[] {
  const groups = new Map<string, Loss>();
  for (const { workload, owners, causedBy, mustApprove = false } of all) {
    const others = causedBy.filter((owner) => !owners.includes(owner));
    const key = JSON.stringify([owners, others, mustApprove]);
    const known = groups.get(key)?.workloads ?? [];
    groups.set(key, { owners, others, mustApprove, workloads: [...new Set([...known, workloadName(workload)])] });
  }
  return [...groups].sort(byForeignness).map(([, loss]) => loss);
}

function byForeignness([a, one]: readonly [string, Loss], [b, other]: readonly [string, Loss]): number {
  return Number(other.others.length > 0) - Number(one.others.length > 0) || (a < b ? -1 : 1);
}
