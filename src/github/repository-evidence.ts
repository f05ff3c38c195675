import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { readEvidence, unusableEvidence } from '../evidence/read-evidence.js';
import { MAX_EVIDENCE_LENGTH, type TrafficEvidence } from '../evidence/traffic-evidence.js';
import type { EvidenceSettings } from '../policy/parse-policy-file.js';
import { readBlob } from './blob.js';
import { statusOf } from './cannot-judge.js';
import type { EvidenceFetcher } from './evidence-fetcher.js';
import type { GitHubClient, RepositoryName } from './github-client.js';

/** Traffic evidence, or why there is none. */
export interface FoundEvidence {
  readonly evidence?: TrafficEvidence;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The traffic evidence that a configuration names: a file as a commit of the repository has it, or what an address answers. What
 * cannot be had is said, and keeps nobody from judging: without evidence, nothing weighs less.
 *
 * @throws Octokit's errors as they come, but for a file that is not there.
 */
export async function readRepositoryEvidence(
  client: GitHubClient,
  repository: RepositoryName,
  commit: string,
  settings: EvidenceSettings | null,
  fetcher: EvidenceFetcher | undefined,
  signal?: AbortSignal,
): Promise<FoundEvidence> {
  if (settings === null) return { diagnostics: [] };
  const { from, maxAge } = settings;
  const name = from.kind === 'file' ? from.path : from.url;
  const found =
    from.kind === 'file'
      ? await readFile(client, repository, commit, from.path, signal)
      : ((await fetcher?.fetch(from.url)) ?? { kind: 'missing' as const, reason: 'is not fetched here' });
  if (found.kind === 'missing') return { diagnostics: [unusableEvidence(name, found.reason)] };
  const reading = readEvidence(name, found.text, Date.now(), maxAge);
  return reading.kind === 'unusable'
    ? { diagnostics: [unusableEvidence(name, reading.reason)] }
    : { evidence: reading.evidence, diagnostics: [] };
}

type FoundFile =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'missing'; readonly reason: string };

/** GitHub: `GET /repos/{owner}/{repo}/contents/{path}`, which tells the blob of a file of any size. */
async function readFile(
  client: GitHubClient,
  { owner, repo }: RepositoryName,
  commit: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<FoundFile> {
  const answer = await client.rest.repos
    .getContent({ owner, repo, path, ref: commit, ...(signal ? { request: { signal } } : {}) })
    .catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      return null;
    });
  if (answer === null) return { kind: 'missing', reason: `is not in ${commit.slice(0, 7)}` };
  const { data } = answer;
  if (Array.isArray(data) || data.type !== 'file') return { kind: 'missing', reason: 'is not a file' };
  if (data.size > MAX_EVIDENCE_LENGTH) {
    return { kind: 'missing', reason: `holds more than ${MAX_EVIDENCE_LENGTH / 2 ** 20} MiB` };
  }
  const content = await readBlob(client, { owner, repo }, data.sha, signal);
  return { kind: 'text', text: new TextDecoder().decode(content) };
}
