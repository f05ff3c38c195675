import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface AppConfiguration {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The root of the REST API, without a slash at the end; undefined for github.com. */
  readonly apiUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** Between two look-rounds for what deliveries missed; 0 for none. */
  readonly reconcileSeconds: number;
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
    port: readPort(env['PORT'], problems),
    apiUrl: readApiUrl(env['GHE_HOST'], env['GHE_PROTOCOL'], problems),
    logLevel: readLogLevel(env['LOG_LEVEL'], problems),
    reconcileSeconds: readSeconds(env['RECONCILE_SECONDS'], problems),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

function readAppId(value: string | undefined, problems: string[]): number {
  if (value !== undefined && /^[1-9]\d{0,14}$/.test(value.trim())) return Number(value.trim());
  problems.push(value ? 'APP_ID is not a number: take it from the App’s settings page.' : 'APP_ID is not set.');
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

function readPort(value: string | undefined, problems: string[]): number {
  if (value === undefined || value.trim() === '') return 3000;
  const port = Number(value);
  if (/^\d+$/.test(value.trim()) && port <= 65_535) return port;
  problems.push('PORT is not a number from 0 to 65535.');
  return 0;
}

function readSeconds(value: string | undefined, problems: string[]): number {
  if (value === undefined || value.trim() === '') return 300;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value);
  problems.push('RECONCILE_SECONDS is not a number of seconds.');
  return 0;
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
