import { AsyncLocalStorage } from 'node:async_hooks';
import { LOG_LEVELS, type LogLevel } from './app-configuration.js';

/** What may stand in a log line beside its text. Anything else that a library hands over (payloads, headers, bodies) is left out. */
export interface LogFields {
  readonly name?: string;
  readonly delivery?: string;
  readonly event?: string;
  readonly repository?: string;
  readonly pull?: number;
  readonly sha?: string;
  readonly conclusion?: string;
  readonly review?: string;
  readonly host?: string;
  readonly port?: number;
  readonly signal?: string;
  readonly bytes?: number;
  readonly milliseconds?: number;
  readonly count?: number;
  readonly err?: unknown;
}

const FIELDS = [
  'name',
  'delivery',
  'event',
  'repository',
  'pull',
  'sha',
  'conclusion',
  'review',
  'host',
  'port',
  'signal',
  'bytes',
  'milliseconds',
  'count',
] as const satisfies readonly (keyof LogFields)[];

type LogMethod = (first: unknown, message?: unknown) => void;

/** The part of pino's interface that Probot and Octokit call. */
export interface Log extends Readonly<Record<LogLevel, LogMethod>> {
  readonly level: LogLevel;
  readonly child: (fields: LogFields) => Log;
}

const CONTEXT = new AsyncLocalStorage<LogFields>();

/** Runs something of which every line is to carry these fields, and no others of this kind: also those lines that Probot and
 * Octokit write, which know nothing of jobs. */
export function withLogFields<T>(fields: LogFields, run: () => T): T {
  return CONTEXT.run(fields, run);
}

/**
 * Makes a log of JSON lines. Only the named fields are written, of an error only its class, message, status and stack:
 * a webhook's body or a token cannot get into a line by way of an object that carries it.
 */
export function createLog(level: LogLevel, write: (line: string) => void, fields: LogFields = {}): Log {
  const threshold = LOG_LEVELS.indexOf(level);
  function method(name: LogLevel): LogMethod {
    if (LOG_LEVELS.indexOf(name) < threshold) return () => undefined;
    return (first, message) => {
      const line = { level: name, time: new Date().toISOString(), ...fields, ...lineOf(first, message) };
      // What the work is about goes before what a library hands over, which may be a request's body.
      write(`${JSON.stringify({ ...line, ...pickFields(CONTEXT.getStore() ?? {}) })}\n`);
    };
  }
  return {
    level,
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    fatal: method('fatal'),
    child: (more) => createLog(level, write, { ...fields, ...pickFields(more) }),
  };
}

function lineOf(first: unknown, message: unknown): object {
  const text = typeof message === 'string' ? message : undefined;
  if (typeof first === 'string') return { msg: cut(first) };
  if (first instanceof Error) return { err: errorFields(first), msg: cut(text ?? first.message) };
  if (typeof first !== 'object' || first === null) return { msg: cut(text ?? '') };
  const err = 'err' in first && first.err instanceof Error ? { err: errorFields(first.err) } : {};
  return { ...pickFields(first), ...err, msg: cut(text ?? '') };
}

function pickFields(value: object): object {
  const source: Readonly<Record<string, unknown>> = { ...value };
  const picked: Record<string, string | number> = {};
  for (const field of FIELDS) {
    const content = source[field];
    if (typeof content === 'string') picked[field] = cut(content);
    if (typeof content === 'number') picked[field] = content;
  }
  return picked;
}

function errorFields(error: Error): object {
  const status = 'status' in error && typeof error.status === 'number' ? { status: error.status } : {};
  const inner = error instanceof AggregateError ? { errors: error.errors.map((each) => cut(messageOf(each))) } : {};
  return { type: error.name, message: cut(error.message), ...status, ...inner, stack: cut(error.stack ?? '', 4000) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}

/** Query strings are dropped from addresses: GitHub's archive links carry a token there. */
function cut(text: string, limit = 1000): string {
  const clean = text.replace(/(https?:\/\/[^\s?"']+)\?[^\s"')]*/g, '$1');
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}
