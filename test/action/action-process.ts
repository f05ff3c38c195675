import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A command to the runner: `::error file=a.yaml,line=3::message`, without its escapes. */
export interface WorkflowCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

export interface ActionAnswer {
  readonly exitCode: number | null;
  readonly log: string;
  /** What the runner would have taken for commands. */
  readonly commands: readonly WorkflowCommand[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface ActionRun {
  readonly bundle: string;
  /** Where the checkout is. */
  readonly workspace: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: string;
  readonly payload?: object;
}

/** Starts the bundled Action as a runner does: with inputs, the event and files for outputs in its environment. */
export function runAction({ bundle, workspace, inputs = {}, event = '', payload = {} }: ActionRun): ActionAnswer {
  const folder = mkdtempSync(join(tmpdir(), 'egress-scope-runner-'));
  const files = {
    event: join(folder, 'event.json'),
    outputs: join(folder, 'outputs'),
    summary: join(folder, 'summary'),
  };
  writeFileSync(files.event, JSON.stringify(payload));
  for (const file of [files.outputs, files.summary]) writeFileSync(file, '');
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: files.event,
    GITHUB_OUTPUT: files.outputs,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/manifests',
    KUSTOMIZE_BIN: process.env['KUSTOMIZE_BIN'],
    HELM_BIN: process.env['HELM_BIN'],
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle], { cwd: workspace, env, encoding: 'utf8' });
  return {
    exitCode: status,
    log: stdout + stderr,
    commands: commandsIn(stdout + stderr),
    outputs: outputsIn(readFileSync(files.outputs, 'utf8')),
    summary: readFileSync(files.summary, 'utf8'),
  };
}

/** Reads a log as the runner does (actions/runner: ActionCommandManager, ActionCommand.TryParseV2): a command may stand behind
 * spaces, and after `stop-commands` none counts until its token comes. */
function commandsIn(log: string): WorkflowCommand[] {
  const commands: WorkflowCommand[] = [];
  let token: string | null = null;
  for (const line of log.split('\n')) {
    const [, command = '', properties = '', message = ''] = /^\s*::([^\s:]+)(?: ([^:]*))?::(.*)$/.exec(line) ?? [];
    if (command === '') continue;
    if (token !== null) {
      if (command === token) token = null;
    } else if (command === 'stop-commands') {
      token = message;
    } else {
      const pairs = properties.split(',').filter((pair) => pair !== '');
      const read = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), unescape(pair.slice(pair.indexOf('=') + 1))]);
      commands.push({
        command,
        properties: Object.fromEntries(read) as Record<string, string>,
        message: unescape(message),
      });
    }
  }
  return commands;
}

function unescape(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '%3A': ':', '%2C': ',', '%0D': '\r', '%0A': '\n', '%25': '%' };
  return text.replace(/%(?:3A|2C|0D|0A|25)/g, (escape) => escapes[escape] ?? escape);
}

/** `name<<DELIMITER`, the value, `DELIMITER` */
function outputsIn(text: string): Record<string, string> {
  const found = text.matchAll(/^(\S+)<<(\S+)\n([^]*?)\n\2$/gm);
  return Object.fromEntries([...found].map((match) => [match[1] ?? '', match[3] ?? '']));
}
