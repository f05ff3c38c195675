import { CONFIGURATION_PATH } from '../policy/configuration-schema.js';
import { parsePolicyFile, type PolicyFile } from '../policy/parse-policy-file.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import { readBlob } from './blob.js';
import type { ChangedFile } from './changed-files.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import { describeProblems, readInherited } from './repository-configuration.js';

/** What a pull request would make of the configuration. It is shown, and not in force: the base's own file judges. */
export type EditedConfiguration =
  | { readonly kind: 'valid'; readonly configuration: PolicyFile }
  | { readonly kind: 'invalid'; readonly reason: string };

/** The configuration as it would be after the merge; null where the pull request does not touch it. */
export async function readEditedConfiguration(
  client: GitHubClient,
  repository: RepositoryName,
  changedFiles: readonly ChangedFile[],
  signal?: AbortSignal,
): Promise<EditedConfiguration | null> {
  const edited = changedFiles.find(({ path }) => path === CONFIGURATION_PATH);
  if (edited && !edited.isRemoved && edited.sha !== null) {
    const content = await readBlob(client, repository, edited.sha, signal);
    const configuration = parsePolicyFile(CONFIGURATION_PATH, Buffer.from(content).toString('utf8'));
    const wrong = describeProblems(configuration);
    return wrong === null ? { kind: 'valid', configuration } : { kind: 'invalid', reason: wrong };
  }
  const isGone = edited !== undefined || changedFiles.some(({ previousPath }) => previousPath === CONFIGURATION_PATH);
  if (!isGone) return null;
  const inherited = await readInherited(client, repository);
  return 'configuration' in inherited
    ? { kind: 'valid', configuration: inherited.configuration }
    : { kind: 'invalid', reason: inherited.reason };
}

/** One line about the difference that an edit would make to the pull request that makes it.
 *
 * @param what is edited: `the configuration`. */
export function describeEdit(what: string, now: ChangeAnalysis | null, then: ChangeAnalysis | null): string {
  const start = `This pull request edits ${what}. The edit is valid, and not in force before the merge; with it,`;
  const [verdictNow, verdictThen] = [now?.verdict ?? 'pass', then?.verdict ?? 'pass'];
  const [countsNow, countsThen] = [countsOf(now), countsOf(then)];
  if (verdictNow === verdictThen && countsNow === countsThen) {
    return `${start} the answer to this pull request would be the same.`;
  }
  return `${start} the verdict would be ${verdictThen} (${countsThen}), not ${verdictNow} (${countsNow}).`;
}

/** Pairs of workload and destination by severity. */
function countsOf(analysis: ChangeAnalysis | null): string {
  const counts = { failure: 0, warning: 0, notice: 0 };
  for (const { severity, workloads, destinations } of analysis?.changes ?? []) {
    if (severity !== 'none') counts[severity] += workloads.length * destinations.length;
  }
  return `${counts.failure} failures, ${counts.warning} warnings, ${counts.notice} notices`;
}
