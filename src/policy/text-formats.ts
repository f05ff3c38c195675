import { parseProbe } from './parse-destination.js';

export interface TextFormat {
  /** What a value must be, in words: it follows "must be". */
  readonly expected: string;
  /** For the JSON Schema: everything that is accepted fits it. */
  readonly pattern: string;
  /** What the pattern cannot say. */
  readonly accepts?: (text: string) => boolean;
  /** YAML makes a number of the text where it is not quoted; its source is taken. */
  readonly mayBeNumber?: boolean;
}

const WORKLOAD_PART = '[A-Za-z0-9*.-]+';

/** The kinds of text that settings take. */
export const TEXT_FORMATS = {
  version: { expected: 'a version such as 1.30', pattern: '^\\d+\\.\\d+(?:\\.\\d+)?$', mayBeNumber: true },
  domain: {
    expected: 'a DNS domain such as cluster.local',
    pattern: '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$',
  },
  probe: {
    expected: 'HOST:PORT/PROTOCOL with http, tls or tcp',
    pattern: '^\\S+:\\d{1,5}/[A-Za-z]+$',
    accepts: (text) => parseProbe(text) !== null,
  },
  glob: { expected: 'a path such as charts/**', pattern: '^[^\\s\\\\][^\\\\]{0,199}$' },
  snapshotPath: {
    expected: 'a path such as mesh/snapshot.yaml',
    pattern: '^[^\\s\\\\*/][^\\\\*]{0,199}\\.ya?ml$',
    accepts: (text) => !text.split('/').some((part) => part === '' || part === '.' || part === '..'),
  },
  evidencePath: {
    expected: 'a path such as mesh/traffic.json',
    pattern: '^[^\\s\\\\*/][^\\\\*]{0,199}\\.json$',
    accepts: (text) => !text.split('/').some((part) => part === '' || part === '.' || part === '..'),
  },
  evidenceUrl: {
    expected: 'an address such as https://evidence.example.com/prod/traffic.json',
    pattern: '^https?://[^\\s/?#@\\\\]+(?:/[^\\s#\\\\]{0,1000})?$',
    accepts: (text) => URL.canParse(text) && !new URL(text).pathname.includes('..'),
  },
  age: {
    expected: 'a number of days or hours such as 30d or 12h',
    pattern: '^[1-9]\\d{0,3}[dh]$',
  },
  meshName: {
    expected: 'a name of letters, digits, dots and dashes, in which * may stand for what it fits in the paths',
    pattern: '^[A-Za-z0-9*](?:[A-Za-z0-9.*-]{0,61}[A-Za-z0-9*])?$',
    accepts: (text) => !text.includes('**'),
  },
  folder: {
    expected: 'a folder such as charts/shop, or `.` for the top',
    pattern: '^[^\\s\\\\/][^\\\\]{0,199}$',
    accepts: isPathInTree,
  },
  file: {
    expected: 'a file such as charts/shop/values-prod.yaml',
    pattern: '^[^\\s\\\\/][^\\\\]{0,199}$',
    accepts: isPathInTree,
  },
  parameter: {
    expected: 'NAME=VALUE such as image.tag=v2',
    pattern: '^[^\\s=-][^\\s=]{0,199}=[\\s\\S]{0,500}$',
  },
  releaseName: { expected: 'the name of a release', pattern: '^[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?$' },
  remote: {
    expected: 'an address such as https://github.com/acme/bases or oci://ghcr.io/acme',
    pattern: '^(?:https?|oci)://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\\d{1,5})?(?:/[A-Za-z0-9._~-]+)*/?$',
    accepts: (text) => !text.split('/').some((part) => part === '.' || part === '..'),
  },
  namespace: { expected: 'a namespace', pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$' },
  workloadPattern: {
    expected: 'namespace/name or namespace/Kind/name, where * stands for any letters',
    pattern: `^${WORKLOAD_PART}/${WORKLOAD_PART}(?:/${WORKLOAD_PART})?$`,
  },
  hostPattern: {
    expected: 'a host or HOST:PORT, where * stands for any letters',
    pattern: '^[A-Za-z0-9*._-]+(?::(?:\\d{1,5}|\\*))?$',
  },
  sentence: { expected: 'text of at most 500 characters', pattern: '^\\s*\\S[\\s\\S]{0,499}$' },
  date: {
    expected: 'a date such as 2031-12-31',
    pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$',
    accepts: isCalendarDay,
  },
} as const satisfies Record<string, TextFormat>;

export type TextFormatName = keyof typeof TEXT_FORMATS;

export function fitsFormat(text: string, name: TextFormatName): boolean {
  const format: TextFormat = TEXT_FORMATS[name];
  return new RegExp(format.pattern).test(text) && (format.accepts?.(text) ?? true);
}

function isPathInTree(text: string): boolean {
  const parts = text.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  return text === '.' || !parts.some((part) => part === '' || part === '.' || part === '..' || part === '**');
}

function isCalendarDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}
