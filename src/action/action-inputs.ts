import { getInput, getMultilineInput } from '@actions/core';
import { UsageError } from '../cli/exit-codes.js';
import type { ChangeFormat, CommonOptions } from '../cli/read-settings.js';

/** What the Action was asked for; `action.yml` says what each input means. */
export interface ActionInputs {
  /** As the arguments of `diff`; empty where the event is to tell. */
  readonly sides: readonly string[];
  readonly options: CommonOptions;
  readonly formats: readonly ChangeFormat[];
  /** The folder of the reports, relative to the working directory. */
  readonly output: string;
  readonly workingDirectory: string;
}

/** The files of the reports, by their formats. */
export const REPORT_FILES = {
  json: 'egress-scope.json',
  markdown: 'egress-scope.md',
  text: 'egress-scope.txt',
  html: 'egress-scope.html',
  sarif: 'egress-scope.sarif',
  junit: 'egress-scope.xml',
} as const satisfies Record<ChangeFormat, string>;

const SEVERITIES = ['failure', 'warning'] as const;

/** @throws UsageError for a value that cannot be. */
export function readInputs(): ActionInputs {
  const before = getInput('before');
  const after = getInput('after');
  if (before === '' && after !== '') throw new UsageError('the input `after` needs the input `before`');
  const path = getMultilineInput('path');
  const failOn = getInput('fail-on');
  const options: CommonOptions = {
    format: 'text',
    repo: '.',
    ...given('istioVersion', getInput('istio-version')),
    ...given('mesh', getInput('mesh')),
    ...given('config', getInput('config')),
    ...given('snapshot', getInput('snapshot')),
    ...(failOn === '' ? {} : { failOn: oneOf('fail-on', SEVERITIES, failOn) }),
    ...(path.length === 0 ? {} : { path }),
  };
  const formats = getInput('format').split(/[\s,]+/);
  return {
    sides: [before, after].filter((side) => side !== ''),
    options,
    formats: formats.filter((format) => format !== '').map((format) => oneOf('format', FORMATS, format)),
    output: getInput('output') || 'egress-scope-reports',
    workingDirectory: getInput('working-directory') || '.',
  };
}

const FORMATS = Object.keys(REPORT_FILES) as readonly ChangeFormat[];

function given(key: 'istioVersion' | 'mesh' | 'config' | 'snapshot', value: string): Partial<CommonOptions> {
  return value === '' ? {} : { [key]: value };
}

function oneOf<T extends string>(input: string, choices: readonly T[], value: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new UsageError(`the input \`${input}\` is ${value}; it can be ${choices.join(', ')}`);
  return found;
}
