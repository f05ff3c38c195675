import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UnknownExport, type ExportedFile } from '../../evidence/export-file.js';
import { readExports } from '../../evidence/read-export.js';
import type { TrafficRecord } from '../../evidence/traffic-evidence.js';
import { isSelector } from '../../evidence/traffic-queries.js';
import { writeEvidence } from '../../evidence/write-evidence.js';
import { formatTimestamp } from '../../kubernetes/timestamp.js';
import { isClusterDomain } from '../../policy/parse-policy-file.js';
import { count } from '../../report/workload-name.js';
import { readTraffic } from '../../source/read-traffic.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { replaceFile } from '../replace-file.js';
import { withProgress, type Terminal } from '../terminal.js';

export interface EvidenceOptions {
  readonly prometheus?: string;
  readonly window?: string;
  readonly select?: string;
  readonly headerFile?: string;
  readonly bearerTokenFile?: string;
  readonly clusterDomain?: string;
  readonly output?: string;
}

const DEFAULT_WINDOW = '14d';
const MINUTE = 60 * 1000;
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 24 * 60 * MINUTE };
/** A file of more is no export of a mesh. */
const MAX_BYTES = 256 * 2 ** 20;

/** `egress-scope evidence (--prometheus URL | FILE…)`: who calls what, by what the running mesh has counted. 2 where parts could not be read.
 *
 * @throws UsageError for options and files that cannot be; SourceError where Prometheus does not answer. */
export async function evidence(
  files: readonly string[],
  options: EvidenceOptions,
  terminal: Terminal,
): Promise<number> {
  const { prometheus, output, clusterDomain = 'cluster.local' } = options;
  if ((prometheus === undefined) === (files.length === 0)) {
    throw new UsageError('name either a Prometheus with --prometheus, or files that were exported');
  }
  if (!isClusterDomain(clusterDomain)) throw new UsageError(`--cluster-domain ${clusterDomain} is not a DNS domain`);
  const record =
    prometheus === undefined
      ? await readFiles(files, options, clusterDomain, terminal)
      : await askPrometheus(prometheus, options, clusterDomain, terminal);
  const text = writeEvidence(record);
  if (output === undefined) terminal.writeOut(text);
  else await replaceFile(output, text, terminal);
  terminal.writeErr(`note: ${summaryOf(record)}\n`);
  return record.parts.failed > 0 ? EXIT_CODES.undetermined : EXIT_CODES.pass;
}

async function askPrometheus(
  url: string,
  options: EvidenceOptions,
  clusterDomain: string,
  terminal: Terminal,
): Promise<TrafficRecord> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`--prometheus ${url} is not an address of HTTP`);
  }
  const { username, password, search, hash } = new URL(url);
  if (username + password !== '') throw new UsageError('--prometheus holds a password; use --header-file');
  if (search + hash !== '') throw new UsageError('--prometheus is the address before /api/v1, without a query');
  const { select: selector = '', window = DEFAULT_WINDOW } = options;
  if (selector !== '' && !isSelector(selector)) {
    throw new UsageError(`--select ${selector} is not matchers of PromQL such as cluster="prod"`);
  }
  const headers = await readHeaders(options, terminal);
  const to = Math.floor(Date.now() / MINUTE) * MINUTE;
  const question = {
    ...{ window: { from: to - windowOf(window), to }, selector, clusterDomain },
    onFailure: (part: { readonly from: number }, reason: string): void => {
      terminal.writeErr(`note: ${formatTimestamp(part.from)} and what follows could not be read: ${reason}\n`);
    },
  };
  return withProgress(terminal, `reading ${url}`, () => readTraffic(question, { url, headers }));
}

/** @throws UsageError for a file that cannot be read, and for a line that is no header. The words never hold a value. */
async function readHeaders(
  { headerFile, bearerTokenFile }: EvidenceOptions,
  terminal: Terminal,
): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {};
  const token =
    bearerTokenFile === undefined
      ? terminal.environment['PROMETHEUS_TOKEN']?.trim()
      : (await readText(bearerTokenFile, terminal)).trim();
  if (token !== undefined && token !== '') {
    if (!/^[\x21-\x7E]+$/.test(token)) throw new UsageError('the token for Prometheus holds what no header can');
    headers['authorization'] = `Bearer ${token}`;
  }
  if (headerFile === undefined) return headers;
  for (const [index, line] of (await readText(headerFile, terminal)).split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] = /^([A-Za-z0-9-]+):\s*([\x20-\x7E]*)$/.exec(line.trimEnd()) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--header-file ${headerFile}, line ${index + 1}, is not NAME: VALUE`);
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

async function readFiles(
  names: readonly string[],
  { window, select, headerFile, bearerTokenFile }: EvidenceOptions,
  clusterDomain: string,
  terminal: Terminal,
): Promise<TrafficRecord> {
  if (select !== undefined || headerFile !== undefined || bearerTokenFile !== undefined) {
    throw new UsageError('--select, --header-file and --bearer-token-file are for --prometheus');
  }
  const files: ExportedFile[] = [];
  for (const name of new Set(names)) files.push({ name, text: await readText(name, terminal) });
  try {
    const covered = window === undefined ? null : windowOf(window);
    return readExports(files, { window: covered, clusterDomain, now: Date.now() });
  } catch (error) {
    if (error instanceof UnknownExport) throw new UsageError(error.message.replace(/\.$/, ''));
    throw error;
  }
}

/** @throws UsageError */
async function readText(name: string, { readInput, workingDirectory }: Terminal): Promise<string> {
  const content = await (name === '-' ? readInput() : readFile(resolve(workingDirectory, name))).catch(
    (error: unknown) => {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw new UsageError(`${name} cannot be read (${reason})`);
    },
  );
  if (content.byteLength > MAX_BYTES) throw new UsageError(`${name} holds more than ${MAX_BYTES / 2 ** 20} MiB`);
  return new TextDecoder().decode(content);
}

/** In milliseconds. @throws UsageError */
function windowOf(text: string): number {
  const [, digits = '', unit = ''] = /^([1-9]\d{0,3})([mhd])$/.exec(text) ?? [];
  const window = Number(digits) * (UNITS[unit] ?? 0);
  if (window === 0 || window > 366 * 24 * 60 * MINUTE) {
    throw new UsageError(`--window ${text} is not a time of at most a year such as 14d, 12h or 30m`);
  }
  return window;
}

function summaryOf({ from, to, callers, calls, parts, leftOut, examples = [] }: TrafficRecord): string {
  const gaps = [
    ...(parts.empty > 0 ? [`${parts.empty} of ${parts.asked} parts of the window hold nothing`] : []),
    ...(parts.failed > 0 ? [`${parts.failed} of ${parts.asked} parts of the window could not be read`] : []),
    ...(from === to ? ['nothing tells over which time it counts, so that no call will weigh less by it'] : []),
    ...(leftOut > 0
      ? [`${leftOut} of what was read was left out, and nothing is concluded about calls that it may tell of`]
      : []),
    ...examples,
  ];
  const reporting = `${count(callers.length, 'workload')} that ${callers.length === 1 ? 'reports its' : 'report their'}`;
  return [`${count(calls.length, 'edge')}, ${reporting} calls`, ...gaps].join('; ');
}
