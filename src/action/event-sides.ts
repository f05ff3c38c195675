import { UsageError } from '../cli/exit-codes.js';
import { mergeBaseOf, parentsOf, resolveRevision } from '../source/git-repository.js';

/** What started the workflow: `GITHUB_EVENT_NAME`, and the file at `GITHUB_EVENT_PATH`.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export interface WorkflowEvent {
  readonly name: string;
  readonly payload: {
    readonly pull_request?: {
      readonly number: number;
      readonly base: { readonly sha: string };
      readonly head: { readonly sha: string };
    };
    readonly merge_group?: { readonly base_sha: string };
    /** Of a push: what the branch was at. */
    readonly before?: string;
  };
}

/** Two commits of the repository. */
export interface CommitSides {
  readonly before: string;
  readonly after: string;
}

/** The whole history, for what lies any number of commits back. */
const WHOLE_HISTORY = 'give actions/checkout `fetch-depth: 0`';

/** What the event asks to compare, in what was checked out.
 *
 * @throws UsageError where the event does not tell, or the checkout does not have it, with what to do. */
export async function sidesOfEvent({ name, payload }: WorkflowEvent, repository: string): Promise<CommitSides> {
  const after = await resolveRevision(repository, 'HEAD');
  if (after === null) throw new UsageError('nothing is checked out: run actions/checkout before this step');
  const { pull_request: pull, merge_group: group, before } = payload;
  if (pull !== undefined) return { before: await beforePullRequest(pull, repository, after), after };
  if (group !== undefined) return { before: await known(group.base_sha, repository, WHOLE_HISTORY), after };
  if (name === 'push' && before !== undefined && !/^0+$/.test(before)) {
    return { before: await known(before, repository, WHOLE_HISTORY), after };
  }
  const what = name === 'push' ? 'the push of a new branch' : `the event ${name === '' ? 'of this run' : name}`;
  throw new UsageError(`${what} does not tell what to compare with: set the input \`before\``);
}

/** The base as it is now, where GitHub's merge of both is checked out; else where the head left it. */
async function beforePullRequest(
  { number, base, head }: NonNullable<WorkflowEvent['payload']['pull_request']>,
  repository: string,
  checkedOut: string,
): Promise<string> {
  if (checkedOut === base.sha) {
    const ref = `refs/pull/${number}/merge`;
    throw new UsageError(`the base is checked out, without the change: give actions/checkout \`ref: ${ref}\``);
  }
  const [first = '', second] = await parentsOf(repository, checkedOut);
  if (second === head.sha) return known(first, repository, 'give actions/checkout `fetch-depth: 2`');
  const parted = await mergeBaseOf(repository, base.sha, checkedOut);
  if (parted !== null) return parted;
  throw new UsageError(`the checkout does not tell where the head left its base: ${WHOLE_HISTORY}`);
}

/** @throws UsageError with what to do where the checkout does not have the commit. */
async function known(commit: string, repository: string, advice: string): Promise<string> {
  if ((await resolveRevision(repository, commit)) !== null) return commit;
  throw new UsageError(`the checkout does not have the commit ${commit.slice(0, 10)} to compare with: ${advice}`);
}
