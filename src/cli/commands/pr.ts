import type { MeshOptions } from '../../analyze-change.js';
import type { PullRequestResult } from '../../github/analyze-pull-request.js';
import type { ChangeAnalysis } from '../../reachability/change.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { readSettings, type CommonOptions } from '../read-settings.js';
import { textOptions, withProgress, type Terminal } from '../terminal.js';
import { renderAnalysis } from './diff.js';

export interface PrOptions extends CommonOptions {
  readonly post?: boolean;
}

export interface PullRequestName {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** Reads `OWNER/REPO#N`, or the address of a pull request's page; null where it is anything else. */
export function parsePullRequest(text: string): PullRequestName | null {
  const written =
    /^([\w.-]+)\/([\w.-]+)#(\d{1,9})$/.exec(text) ??
    /^https?:\/\/[^/]+\/([\w.-]+)\/([\w.-]+)\/pull\/(\d{1,9})\b/.exec(text);
  const [, owner, repo, number] = written ?? [];
  return owner === undefined || repo === undefined ? null : { owner, repo, number: Number(number) };
}

/** `egress-scope pr OWNER/REPO#N [--post]` */
export async function pr(target: PullRequestName, options: PrOptions, terminal: Terminal): Promise<number> {
  const { mesh, policy, scope } = await readSettings(options, terminal.workingDirectory);
  const { GITHUB_TOKEN: token = '', GITHUB_API_URL: apiUrl = '' } = terminal.environment;
  if (token === '')
    throw new UsageError('GITHUB_TOKEN is not set; it needs to be a token that may read the repository');
  if (options.path !== undefined) terminal.writeErr('note: --path does not narrow a pull request; it is read whole\n');
  const { runPullRequest } = await import('../../github/analyze-pull-request.js');
  const what = `reading ${target.owner}/${target.repo}#${target.number}`;
  const request = { post: options.post ?? false, token, mesh, policy, scope, ...(apiUrl === '' ? {} : { apiUrl }) };
  const result = await withProgress(terminal, what, () => runPullRequest(target, request));
  return report(result, options, mesh, terminal);
}

function report(
  result: PullRequestResult,
  { format, post = false }: PrOptions,
  mesh: MeshOptions,
  terminal: Terminal,
): number {
  const layout = textOptions(terminal);
  switch (result.kind) {
    case 'analyzed':
      terminal.writeOut(renderAnalysis(result.analysis, format, layout, result.links));
      if (post && result.review !== null) terminal.writeErr(`review: ${result.review}\n`);
      return EXIT_CODES[result.analysis.verdict];
    case 'not-applicable':
      terminal.writeErr(`${result.reason}\n`);
      terminal.writeOut(renderAnalysis(withoutAnalysis('pass', [], mesh), format, layout));
      return EXIT_CODES.pass;
    case 'undetermined':
      terminal.writeErr(`undetermined: ${result.reason}\n`);
      terminal.writeOut(renderAnalysis(withoutAnalysis('undetermined', [result.reason], mesh), format, layout));
      return EXIT_CODES.undetermined;
  }
}

/** What there is to report where nothing was analysed: the verdict, in the form that a consumer expects. */
function withoutAnalysis(
  verdict: 'pass' | 'undetermined',
  reasons: readonly string[],
  mesh: MeshOptions,
): ChangeAnalysis {
  return {
    istioVersion: mesh.istioVersion ?? 'unknown',
    verdict,
    reasons,
    changes: [],
    workloads: { added: [], removed: [] },
    rejected: [],
    diagnostics: [],
    coverage: { filesRead: 0, filesSkipped: 0, resources: 0, notModelled: [] },
    endpointTables: [],
  };
}
