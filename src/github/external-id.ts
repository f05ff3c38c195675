import type { CheckConclusion, CheckRun } from './check-run.js';

/** No branch has a space in its name. */
const SEPARATOR = ' + ';
const GROUP = 'group';

/** What a check run says it answers: one part for each pull request that shares the commit, and one for a merge group. */
export function partsOf(run: Pick<CheckRun, 'externalId'> | null): readonly string[] {
  return run?.externalId ? run.externalId.split(SEPARATOR) : [];
}

export function joinParts(parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

/** The parts that are not about the question whose prefix is given. They have to outlive its answer. */
export function partsOfOthers(run: Pick<CheckRun, 'externalId'> | null, prefix: string): readonly string[] {
  const [own] = prefix.split(' ', 1);
  return partsOf(run).filter((part) => part.split(' ', 1)[0] !== own);
}

const STARTED = 'started';
const GIVEN_UP = 'given-up';

/** The part of a question that is being judged: how many processes have begun with it in a row, and which the last one is. A
 * process that ends in the middle leaves it behind. */
export function startedPart(prefix: string, attempt: number, process: string): string {
  return `${prefix}${STARTED} ${attempt} by ${process}`;
}

/** The part of a question that is not judged again by itself, after so many processes ended over it. */
export function givenUpPart(prefix: string, attempts: number): string {
  return `${prefix}${GIVEN_UP} ${attempts}`;
}

export function isGivenUp(part: string): boolean {
  return part.split(' ', 3)[2] === GIVEN_UP;
}

/** How many processes have begun with a question in a row, and the one that is at it; null where no process was at it alone. */
export function attemptsAt(
  run: Pick<CheckRun, 'externalId'>,
  prefix: string,
): { readonly count: number; readonly process: string | null } | null {
  const own = partsOf(run).find((part) => part.startsWith(prefix));
  const [word, count = '', , process = null] = own?.slice(prefix.length).split(' ') ?? [];
  return word === STARTED || word === GIVEN_UP ? { count: Number(count) || 1, process } : null;
}

/** What the prefix of a merge group's part is. */
export function groupIdPrefix(baseRef: string): string {
  return `${GROUP} ${baseRef} `;
}

/** A merge group's part as others keep it, with what was said of the group before they came. */
export function keepGroupParts(run: CheckRun | null): readonly string[] {
  const parts = partsOf(run).filter((part) => part.startsWith(`${GROUP} `));
  return parts.map((part) => (concludedIn(part) === null ? `${part} was ${run?.conclusion ?? 'open'}` : part));
}

/** Whether a part is that of a merge group, kept by others or not. */
export function isPartOfGroup(part: string, externalId: string): boolean {
  return part === externalId || part.startsWith(`${externalId} was `);
}

/** What was said of the group in a part that others keep; null in any other part. */
export function concludedIn(part: string): CheckConclusion | 'open' | null {
  return (/ was (\w+)$/.exec(part)?.[1] as CheckConclusion | 'open' | undefined) ?? null;
}
