import { DEFAULT_CONFIGURATION, parsePolicyFile, type PolicyFile } from '../policy/parse-policy-file.js';
import { isInForce } from '../policy/exempt-changes.js';
import { today } from './analyze-sides.js';
import { CannotJudge, describeFailure, statusOf } from './cannot-judge.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** Where a repository, and its owner's `.github` repository, keep the configuration. */
export const CONFIGURATION_PATH = '.github/egress-scope.yml';
const OWNERS_REPOSITORY = '.github';

export interface UsableConfiguration {
  readonly kind: 'found' | 'absent';
  readonly configuration: PolicyFile;
  /** Another one as soon as the answer may be. */
  readonly identity: string;
}

/** What is known of a repository's configuration. The last two must not let anything pass. */
export type RepositoryConfiguration =
  UsableConfiguration | { readonly kind: 'unreadable' | 'invalid'; readonly reason: string };

type FileReading =
  | { readonly kind: 'file'; readonly text: string; readonly sha: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface Remembered {
  readonly reading: Promise<RepositoryConfiguration>;
  readonly until: number;
}

const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 5000;

/**
 * Reads `.github/egress-scope.yml` from a base branch, else from the owner's `.github` repository, else takes the defaults.
 * Never from a pull request's head. What was read is remembered for a minute, or until `forget`.
 */
export class ConfigurationReader {
  readonly #remembered = new Map<string, Remembered>();

  async read(client: GitHubClient, repository: RepositoryName, baseRef: string): Promise<RepositoryConfiguration> {
    const key = `${repository.owner}/${repository.repo}`.toLowerCase() + ` ${baseRef}`;
    const known = this.#remembered.get(key);
    if (known && known.until > Date.now()) return known.reading;
    this.#remembered.delete(key);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    const remembered = { reading: readConfiguration(client, repository, baseRef), until: Date.now() + REMEMBERED_MS };
    this.#remembered.set(key, remembered);
    const result = await remembered.reading;
    // What could not be read may be readable the next moment.
    if (result.kind === 'unreadable' && this.#remembered.get(key) === remembered) this.#remembered.delete(key);
    return result;
  }

  /** After a push. The `.github` repository speaks for every other one of its owner. */
  forget({ owner, repo }: RepositoryName): void {
    const prefix = repo === OWNERS_REPOSITORY ? `${owner}/` : `${owner}/${repo} `;
    for (const key of this.#remembered.keys()) {
      if (key.startsWith(prefix.toLowerCase())) this.#remembered.delete(key);
    }
  }
}

/** @throws CannotJudge with the reason, where there is no configuration to judge by. */
export function usableConfiguration(read: RepositoryConfiguration): UsableConfiguration {
  if ('configuration' in read) return read;
  throw new CannotJudge(read.reason);
}

/** What an owner's repository, or nobody, says: what holds where the repository itself says nothing. */
export async function readInherited(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
): Promise<RepositoryConfiguration> {
  const defaults = { kind: 'absent', configuration: DEFAULT_CONFIGURATION, identity: 'defaults' } as const;
  if (repo.toLowerCase() === OWNERS_REPOSITORY) return defaults;
  const inherited = await readFile(client, { owner, repo: OWNERS_REPOSITORY });
  return inherited.kind === 'absent' ? defaults : judgeReading(inherited, `${owner}/${OWNERS_REPOSITORY}: `);
}

async function readConfiguration(
  client: GitHubClient,
  repository: RepositoryName,
  baseRef: string,
): Promise<RepositoryConfiguration> {
  const own = await readFile(client, repository, baseRef);
  return own.kind === 'absent' ? readInherited(client, repository) : judgeReading(own, '');
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
