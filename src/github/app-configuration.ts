import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isEvidencePrefix } from './evidence-fetcher.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const DEFAULT_PORT = 3000;

export interface AppConfiguration {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the metrics are answered; null for the same port as everything else. 0 takes any free one. */
  readonly metricsPort: number | null;
  /** The root of the REST API, without a slash at the end; undefined for github.com. */
  readonly apiUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** Between two look-rounds for what deliveries missed; 0 for none. */
  readonly reconcileSeconds: number;
  /** How long running jobs may go on when the App is told to stop. */
  readonly drainSeconds: number;
  /** What parsing and judging for one answer may take. */
  readonly analysisSeconds: number;
  /** What several processes share the work by, password and all; null for one that works alone. */
  readonly redisUrl: string | null;
  /** Where traffic evidence may be fetched from: each address with all that is below it. */
  readonly evidenceUrls: readonly string[];
  /** Threads for that; null for as many as the machine is good for. */
  readonly analysisThreads: number | null;
}

/** The environment does not describe a runnable App. The message names every variable that is wrong, and no value of a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`egress-scope cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the App's settings from the environment and from nowhere else: no `.env` file, no key that happens to lie in the
 * working directory. A missing webhook secret is refused because a framework's default secret is public knowledge.
 *
 * @throws ConfigurationError naming everything that is missing or malformed.
 */
export function readAppConfiguration(env: Readonly<Record<string, string | undefined>>): AppConfiguration {
  const problems: string[] = [];
  const configuration: AppConfiguration = {
    appId: readAppId(env['APP_ID'], problems),
    privateKey: readPrivateKey(env['PRIVATE_KEY'], env['PRIVATE_KEY_PATH'], problems),
    webhookSecret: readWebhookSecret(env['WEBHOOK_SECRET'], problems),
    host: env['HOST']?.trim() || 'localhost',
    port: readPort('PORT', env['PORT'], problems) ?? DEFAULT_PORT,
    metricsPort: readPort('METRICS_PORT', env['METRICS_PORT'], problems),
    apiUrl: readApiUrl(env['GHE_HOST'], env['GHE_PROTOCOL'], problems),
    logLevel: readLogLevel(env['LOG_LEVEL'], problems),
    reconcileSeconds: readSeconds('RECONCILE_SECONDS', env['RECONCILE_SECONDS'], problems) ?? 300,
    drainSeconds: readSeconds('DRAIN_SECONDS', env['DRAIN_SECONDS'], problems) ?? 20,
    analysisSeconds: readSeconds('ANALYSIS_SECONDS', env['ANALYSIS_SECONDS'], problems) ?? 120,
    redisUrl: readRedisUrl(env['EGRESS_SCOPE_REDIS_URL'], problems),
    evidenceUrls: readEvidenceUrls(env['EVIDENCE_URLS'], problems),
    analysisThreads: readThreads(env['ANALYSIS_THREADS'], problems),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/** What registering an App takes of the environment. */
export interface SetupConfiguration {
  /** An address of this machine that no other can reach. */
  readonly host: '127.0.0.1' | '::1';
  /** 0 takes any free port. */
  readonly port: number;
  readonly apiUrl: string | undefined;
}

/**
 * Reads what `serve --setup` goes by. It serves no other machine: whoever reaches its pages can decide which App this becomes.
 *
 * @throws ConfigurationError naming everything that is malformed, and a HOST that is not loopback.
 */
export function readSetupConfiguration(env: Readonly<Record<string, string | undefined>>): SetupConfiguration {
  const problems: string[] = [];
  const configuration: SetupConfiguration = {
    host: readLoopbackHost(env['HOST'], problems),
    port: readPort('PORT', env['PORT'], problems) ?? DEFAULT_PORT,
    apiUrl: readApiUrl(env['GHE_HOST'], env['GHE_PROTOCOL'], problems),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/** The root of GitHub's pages, without a slash at the end, for the root of its REST API. */
export function webUrlOf(apiUrl: string | undefined): string {
  return apiUrl === undefined ? 'https://github.com' : new URL(apiUrl).origin;
}

/** `localhost` is taken for 127.0.0.1, whatever the machine resolves it to. */
function readLoopbackHost(value: string | undefined, problems: string[]): SetupConfiguration['host'] {
  switch (value?.trim() || 'localhost') {
    case 'localhost':
    case '127.0.0.1':
      return '127.0.0.1';
    case '::1':
      return '::1';
    default:
      problems.push('HOST is not localhost, 127.0.0.1 or ::1: the setup is for a browser on this machine only.');
      return '127.0.0.1';
  }
}

const APP_ID_MISSING =
  'APP_ID is not set. `egress-scope serve --setup` registers an App in a browser and writes a file with these variables.';

function readAppId(value: string | undefined, problems: string[]): number {
  if (value !== undefined && /^[1-9]\d{0,14}$/.test(value.trim())) return Number(value.trim());
  problems.push(value ? 'APP_ID is not a number: take it from the App’s settings page.' : APP_ID_MISSING);
  return 0;
}

function readWebhookSecret(value: string | undefined, problems: string[]): string {
  if (value !== undefined && value.trim() !== '') return value;
  problems.push(
    'WEBHOOK_SECRET is not set: without it anyone could send events. Use the secret of the App’s settings page.',
  );
  return '';
}

function readPrivateKey(value: string | undefined, path: string | undefined, problems: string[]): string {
  if (value && path) {
    problems.push('PRIVATE_KEY and PRIVATE_KEY_PATH are both set: keep one.');
    return '';
  }
  if (!value && !path) {
    problems.push('Neither PRIVATE_KEY nor PRIVATE_KEY_PATH is set.');
    return '';
  }
  const variable = value ? 'PRIVATE_KEY' : 'PRIVATE_KEY_PATH';
  try {
    const pem = unfoldPem(value ?? readFileSync(path ?? '', 'utf8'));
    createPrivateKey(pem);
    return pem;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    problems.push(`${variable} does not give a readable private key in PEM format${code}.`);
    return '';
  }
}

/** Environments that cannot hold a line break carry a PEM with `\n` written out, or as base64. */
function unfoldPem(text: string): string {
  const pem = text.trim().replaceAll('\\n', '\n');
  if (pem.startsWith('-----BEGIN')) return `${pem}\n`;
  return Buffer.from(pem, 'base64').toString('utf8');
}

function readPort(name: string, value: string | undefined, problems: string[]): number | null {
  if (value === undefined || value.trim() === '') return null;
  const port = Number(value);
  if (/^\d+$/.test(value.trim()) && port <= 65_535) return port;
  problems.push(`${name} is not a number from 0 to 65535.`);
  return null;
}

function readSeconds(name: string, value: string | undefined, problems: string[]): number | null {
  if (value === undefined || value.trim() === '') return null;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value);
  problems.push(`${name} is not a number of seconds.`);
  return null;
}

function readRedisUrl(value: string | undefined, problems: string[]): string | null {
  if (value === undefined || value.trim() === '') return null;
  if (URL.canParse(value.trim()) && /^rediss?:$/.test(new URL(value.trim()).protocol)) return value.trim();
  problems.push(
    'EGRESS_SCOPE_REDIS_URL is not an address like redis://host:6379 or rediss://user:password@host:6379/0.',
  );
  return null;
}

/** With spaces or commas between them. */
export function readEvidenceUrls(value: string | undefined, problems: string[]): readonly string[] {
  const urls = (value ?? '').split(/[\s,]+/).filter((url) => url !== '');
  const wrong = urls.find((url) => !isEvidencePrefix(url));
  if (wrong === undefined) return urls;
  problems.push('EVIDENCE_URLS is not a list of addresses like https://evidence.example.com/mesh: https, but for this machine, without a password or a query.'); // prettier-ignore
  return [];
}

function readThreads(value: string | undefined, problems: string[]): number | null {
  if (value === undefined || value.trim() === '') return null;
  if (/^[1-9]\d?$/.test(value.trim())) return Number(value);
  problems.push('ANALYSIS_THREADS is not a number of threads from 1 to 99.');
  return null;
}

function readApiUrl(host: string | undefined, protocol: string | undefined, problems: string[]): string | undefined {
  if (protocol !== undefined && protocol !== '' && protocol !== 'http' && protocol !== 'https') {
    problems.push('GHE_PROTOCOL is neither http nor https.');
  }
  if (host === undefined || host.trim() === '') return undefined;
  if (!/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.test(host.trim())) {
    problems.push('GHE_HOST is not a host name with an optional port (no scheme, no path).');
    return undefined;
  }
  return `${protocol === 'http' ? 'http' : 'https'}://${host.trim()}/api/v3`;
}

function readLogLevel(value: string | undefined, problems: string[]): LogLevel {
  if (value === undefined || value === '') return 'info';
  const level = LOG_LEVELS.find((name) => name === value);
  if (level) return level;
  problems.push(`LOG_LEVEL is none of ${LOG_LEVELS.join(', ')}.`);
  return 'info';
}
