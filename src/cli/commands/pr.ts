import type { PullRequestResult } from '../../github/analyze-pull-request.js';
import type { ChangeAnalysis } from '../../reachability/change.js';
import { NOTHING_READ } from '../../reachability/ledger.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import type { PullRequestName } from '../pull-request-name.js';
import { adjustmentBy, readConfiguration, type ChangeFormat, type CommonOptions } from '../read-settings.js';
import { readEvidenceFile } from '../read-evidence-file.js';
import { openSnapshot } from '../read-snapshot-file.js';
import { textOptions, withProgress, type Terminal } from '../terminal.js';
import { renderAnalysis } from './diff.js';

export interface PrOptions extends CommonOptions<ChangeFormat> {
  readonly post?: boolean;
}

/** `egress-scope pr OWNER/REPO#N [--post]` */
export async function pr(target: PullRequestName, options: PrOptions, terminal: Terminal): Promise<number> {
  const adjust = adjustmentBy(options);
  const configuration = await readConfiguration(options, terminal.workingDirectory);
  const snapshot = options.snapshot;
  const givenSnapshot = snapshot === undefined ? null : await openSnapshot(snapshot, terminal.workingDirectory);
  const given = await readEvidenceFile(options, null, terminal);
  const { GITHUB_TOKEN: token = '', GITHUB_API_URL: apiUrl = '' } = terminal.environment;
  if (token === '')
    throw new UsageError('GITHUB_TOKEN is not set; it needs to be a token that may read the repository');
  if (apiUrl !== '' && !(URL.canParse(apiUrl) && /^https?:/i.test(apiUrl)))
    throw new UsageError('GITHUB_API_URL is not set to an address of HTTP; it needs to be the root of an API');
  if (options.path !== undefined) terminal.writeErr('note: --path does not narrow a pull request; it is read whole\n');
  const { runPullRequest } = await import('../../github/analyze-pull-request.js');
  const { EvidenceFetcher } = await import('../../github/evidence-fetcher.js');
  const { readEvidenceUrls, ConfigurationError } = await import('../../github/app-configuration.js');
  const problems: string[] = [];
  const evidenceUrls = readEvidenceUrls(terminal.environment['EVIDENCE_URLS'], problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const what = `reading ${target.owner}/${target.repo}#${target.number}`;
  const request = {
    post: options.post ?? false,
    token,
    adjust,
    ...(givenSnapshot === null ? {} : { givenSnapshot }),
    ...(given.evidence ? { givenEvidence: given.evidence } : {}),
    evidenceFetcher: new EvidenceFetcher(evidenceUrls),
    ...(configuration === null ? {} : { configuration }),
    ...(apiUrl === '' ? {} : { apiUrl }),
  };
  const result = await withProgress(terminal, what, () => runPullRequest(target, request));
  return await report(result, options, terminal);
}

async function report(result: PullRequestResult, options: PrOptions, terminal: Terminal): Promise<number> {
  const analysis = analysisOf(result, options);
  const { format, verbose, post = false } = options;
  if (result.kind === 'undetermined') terminal.writeErr(`undetermined: ${result.reason}\n`);
  else {
    if (result.kind === 'not-applicable') terminal.writeErr(`${result.reason}\n`);
    if (result.note !== null) terminal.writeErr(`note: ${result.note.text}\n`);
  }
  const isAnalyzed = result.kind === 'analyzed';
  await terminal.writeParts(
    await renderAnalysis(analysis, format, textOptions(terminal, verbose), ...(isAnalyzed ? [result.links] : [])),
  );
  if (isAnalyzed && post && result.review !== null) terminal.writeErr(`review: ${result.review}\n`);
  return EXIT_CODES[analysis.verdict];
}

/** A configuration that would stop every pull request once it is merged must not be merged. */
function analysisOf(result: PullRequestResult, { istioVersion }: PrOptions): ChangeAnalysis {
  if (result.kind === 'undetermined') return withoutAnalysis('undetermined', [result.reason], istioVersion);
  const analysis = result.kind === 'analyzed' ? result.analysis : withoutAnalysis('pass', [], result.mesh.istioVersion);
  if (result.note?.isInvalid !== true) return analysis;
  const { verdict, reasons } = analysis;
  const { text } = result.note;
  return verdict === 'pass'
    ? { ...analysis, verdict: 'fail', reasons: [text, ...reasons] }
    : { ...analysis, reasons: [...reasons, text] };
}

/** What there is to report where nothing was analysed: the verdict, in the form that a consumer expects. */
function withoutAnalysis(
  verdict: 'pass' | 'undetermined',
  reasons: readonly string[],
  istioVersion: string | undefined,
): ChangeAnalysis {
  return {
    istioVersion: istioVersion ?? 'unknown',
    verdict,
    reasons,
    changes: [],
    workloads: { added: [], removed: [] },
    rejected: [],
    diagnostics: [],
    ledger: NOTHING_READ,
    endpointTables: [],
  };
}
