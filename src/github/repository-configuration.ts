import { DEFAULT_CONFIGURATION, parsePolicyFile, type PolicyFile } from '../policy/parse-policy-file.js';
import { CONFIGURATION_PATH } from '../policy/configuration-schema.js';
import { isInForce } from '../policy/exempt-changes.js';
import { today } from '../source/today.js';
import { CannotJudge, describeFailure, statusOf } from './cannot-judge.js';
import { branchRef, type GitHubClient, type RepositoryName } from './github-client.js';

const OWNERS_REPOSITORY = '.github';

export interface UsableConfiguration {
  /** `given`: by whoever asks, in place of the repository's own. */
  readonly kind: 'found' | 'absent' | 'given';
  readonly configuration: PolicyFile;
  /** Another one as soon as the answer may be. */
  readonly identity: string;
  /** Whether it was written for this repository alone. */
  readonly isOwn?: true;
}

/** What is known of a repository's configuration. The last two must not let anything pass. */
export type RepositoryConfiguration =
  UsableConfiguration | { readonly kind: 'unreadable' | 'invalid'; readonly reason: string };

type FileReading =
  | { readonly kind: 'file'; readonly text: string; readonly sha: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface Remembered {
  readonly reading: Promise<FileReading>;
  readonly until: number;
  /** The commit that was read; null where it was whatever the branch stood on. */
  readonly commit: string | null;
}

const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 5000;
const ABSENT: UsableConfiguration = { kind: 'absent', configuration: DEFAULT_CONFIGURATION, identity: 'defaults' };

/**
 * Reads `.github/egress-scope.yml` from a base branch, else from the owner's `.github` repository, else takes the defaults.
 * Never from a pull request's head. What was read is remembered for a minute, or until `forget`.
 */
export class ConfigurationReader {
  readonly #remembered = new Map<string, Remembered>();
  /** How often GitHub was asked. */
  requests = 0;

  /** @param tip where the branch stands, as far as that is known: what was read of a commit stays what it is. */
  async read(
    client: GitHubClient,
    repository: RepositoryName,
    baseRef: string,
    tip: string | null = null,
  ): Promise<RepositoryConfiguration> {
    const own = await this.#remember(`${nameOf(repository)} ${baseRef}`, tip, () => {
      return readFile(client, repository, tip ?? branchRef(baseRef));
    });
    if (own.kind !== 'absent') {
      const judged = judgeReading(own, '');
      return 'configuration' in judged ? { ...judged, isOwn: true } : judged;
    }
    if (isOwners(repository)) return ABSENT;
    const inherited = await this.#remember(nameOf(ownersOf(repository)), null, () => {
      return readFile(client, ownersOf(repository));
    });
    return judgeInherited(inherited, repository);
  }

  /** After a push. The `.github` repository speaks for every other one of its owner. */
  forget(repository: RepositoryName): void {
    for (const key of this.#remembered.keys()) {
      if (key === nameOf(repository) || key.startsWith(`${nameOf(repository)} `)) this.#remembered.delete(key);
    }
  }

  async #remember(key: string, commit: string | null, read: () => Promise<FileReading>): Promise<FileReading> {
    const known = this.#remembered.get(key);
    if (known && isCurrent(known, commit)) return known.reading;
    this.#remembered.delete(key);
    this.requests += 1;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    const remembered = { reading: read(), until: Date.now() + REMEMBERED_MS, commit };
    this.#remembered.set(key, remembered);
    const result = await remembered.reading;
    // What could not be read may be readable the next moment.
    if (result.kind === 'unreadable' && this.#remembered.get(key) === remembered) this.#remembered.delete(key);
    return result;
  }
}

function isCurrent(known: Remembered, commit: string | null): boolean {
  return commit !== null && known.commit !== null ? known.commit === commit : known.until > Date.now();
}

function nameOf({ owner, repo }: RepositoryName): string {
  return `${owner}/${repo}`.toLowerCase();
}

function isOwners({ repo }: RepositoryName): boolean {
  return repo.toLowerCase() === OWNERS_REPOSITORY;
}

function ownersOf({ owner }: RepositoryName): RepositoryName {
  return { owner, repo: OWNERS_REPOSITORY };
}

/** @throws CannotJudge with the reason, where there is no configuration to judge by. */
export function usableConfiguration(read: RepositoryConfiguration): UsableConfiguration {
  if ('configuration' in read) return read;
  throw new CannotJudge(read.reason);
}

/** What an owner's repository, or nobody, says: what holds where the repository itself says nothing. */
export async function readInherited(
  client: GitHubClient,
  repository: RepositoryName,
): Promise<RepositoryConfiguration> {
  return isOwners(repository) ? ABSENT : judgeInherited(await readFile(client, ownersOf(repository)), repository);
}

function judgeInherited(reading: FileReading, { owner }: RepositoryName): RepositoryConfiguration {
  return reading.kind === 'absent' ? ABSENT : judgeReading(reading, `${owner}/${OWNERS_REPOSITORY}: `);
}

function judgeReading(
  reading: Exclude<FileReading, { readonly kind: 'absent' }>,
  where: string,
): RepositoryConfiguration {
  if (reading.kind === 'unreadable') {
    return {
      kind: 'unreadable',
      reason: `The configuration ${where}${CONFIGURATION_PATH} cannot be read: ${reading.reason}`,
    };
  }
  const configuration = parsePolicyFile(CONFIGURATION_PATH, reading.text);
  const wrong = describeProblems(configuration);
  if (wrong !== null) return { kind: 'invalid', reason: `The configuration is invalid: ${where}${wrong}` };
  const { waivers } = configuration.policy;
  const inForce = waivers.filter((waiver) => isInForce(waiver, today())).length;
  return { kind: 'found', configuration, identity: waivers.length === 0 ? reading.sha : `${reading.sha}.${inForce}` };
}

/** The first line that is wrong, and how many more there are; null where nothing is. */
export function describeProblems({ problems }: PolicyFile): string | null {
  const [first, ...others] = problems;
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${CONFIGURATION_PATH}, line ${first.line ?? 1}: ${first.message}${more}${/[.?]$/.test(first.message + more) ? '' : '.'}`;
}

/** GitHub: `GET /repos/{owner}/{repo}/contents/{path}`; without a reference, the default branch. */
async function readFile(client: GitHubClient, { owner, repo }: RepositoryName, ref?: string): Promise<FileReading> {
  try {
    const { data } = await client.rest.repos.getContent({
      owner,
      repo,
      path: CONFIGURATION_PATH,
      ...(ref === undefined ? {} : { ref }),
    });
    if (Array.isArray(data) || data.type !== 'file') return { kind: 'unreadable', reason: 'it is not a file.' };
    if (!('content' in data) || data.encoding !== 'base64') return { kind: 'unreadable', reason: 'it is too large.' };
    const text = decode(Buffer.from(data.content, 'base64'));
    return text === null
      ? { kind: 'unreadable', reason: 'it is not text in UTF-8.' }
      : { kind: 'file', text, sha: data.sha };
  } catch (error) {
    if (statusOf(error) === 404 && !isRefMissing(error)) return { kind: 'absent' };
    return { kind: 'unreadable', reason: describeFailure(error) };
  }
}

/** GitHub answers 404 for a missing file and for a missing branch alike. */
function isRefMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes('No commit found');
}

function decode(content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return null;
  }
}
