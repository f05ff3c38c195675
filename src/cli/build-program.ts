import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDestination, parseProbe, type WrittenDestination } from '../policy/parse-destination.js';
import type { Destination } from '../reachability/egress-reachability.js';
import { configCheck, CONFIGURATION_PATH } from './commands/config-check.js';
import { diff } from './commands/diff.js';
import { endpoints, type EndpointsOptions } from './commands/endpoints.js';
import { explain, type ExplainOptions } from './commands/explain.js';
import { parsePullRequest, pr, type PrOptions, type PullRequestName } from './commands/pr.js';
import { reach } from './commands/reach.js';
import { EXAMPLES } from './help-texts.js';
import type { CommonOptions } from './read-settings.js';
import type { Terminal } from './terminal.js';

/** The command line's grammar. Each command hands its exit code to `finish`. */
export function buildProgram(version: string, terminal: Terminal, finish: (exitCode: number) => void): Command {
  const program = new Command('egress-scope')
    .description('What a change of manifests does to the egress of an Istio mesh')
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.writeOut,
      writeErr: terminal.writeErr,
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal),
    })
    .addHelpText('after', EXAMPLES.program);

  addCommon(
    program.command('reach').argument('<PATH...>', 'manifests').description("every workload's verdicts in one tree"),
  )
    .addHelpText('after', EXAMPLES.reach)
    .action(async (paths: string[], options: CommonOptions) => finish(await reach(paths, options, terminal)));

  addCommon(
    program
      .command('diff')
      .argument('[BEFORE]', 'the old manifests')
      .argument('[AFTER]', 'the new ones')
      .description('what a change does'),
  )
    .addHelpText('after', EXAMPLES.diff)
    .action(async (before: string | undefined, after: string | undefined, options: CommonOptions) => {
      const sides = [before, after].filter((side) => side !== undefined);
      finish(await diff(sides, options, terminal));
    });

  addCommon(
    program.command('endpoints').argument('<PATH...>', 'manifests').description("what a workload's sidecar knows"),
  )
    .requiredOption('--workload <W>', 'namespace/Kind/name or namespace/name')
    .addHelpText('after', EXAMPLES.endpoints)
    .action(async (paths: string[], options: EndpointsOptions) => finish(await endpoints(paths, options, terminal)));

  addCommon(program.command('explain').argument('<PATH...>', 'manifests').description('why a call ends as it does'))
    .requiredOption('--from <W>', 'the caller: namespace/Kind/name or namespace/name')
    .requiredOption('--to <HOST:PORT[/PROTOCOL]>', 'the destination; http, tls or tcp', readDestination)
    .addHelpText('after', EXAMPLES.explain)
    .action(async (paths: string[], options: ExplainOptions) => finish(await explain(paths, options, terminal)));

  addCommon(
    program
      .command('pr')
      .argument('<OWNER/REPO#N>', 'the pull request', readPullRequest)
      .description('the same for a pull request on GitHub'),
  )
    .option('--post', 'write the review')
    .addHelpText('after', EXAMPLES.pr)
    .action(async (target: PullRequestName, options: PrOptions) => finish(await pr(target, options, terminal)));

  program
    .command('config')
    .description('the configuration file')
    .addHelpText('after', EXAMPLES.config)
    .command('check')
    .argument('[FILE]', 'the file', CONFIGURATION_PATH)
    .description('every line of the configuration that is wrong')
    .addHelpText('after', EXAMPLES.config)
    .action(async (path: string) => finish(await configCheck(path, terminal)));

  program
    .command('serve')
    .description('the GitHub App')
    .addHelpText('after', EXAMPLES.serve)
    .action(async () => {
      const { serve } = await import('../github/serve.js');
      await serve();
      finish(0);
    });
  return program;
}

function helpWidth({ columns = 80 }: Terminal): number {
  return Math.min(columns, 120);
}

function addCommon(command: Command): Command {
  return command
    .option('--istio-version <VERSION>', 'the Istio that runs, such as 1.30 (default: what the manifests show)')
    .addOption(
      new Option(
        '--probe <HOST:PORT/PROTOCOL>',
        'also ask about a destination outside the mesh (repeatable)',
      ).argParser(collectProbe),
    )
    .addOption(
      new Option('--path <GLOB>', 'only these paths of a revision or working tree (repeatable)').argParser(collect),
    )
    .addOption(new Option('--format <FORMAT>', 'of the result').choices(['text', 'json', 'markdown']).default('text'))
    .option('--config <FILE>', 'settings in YAML; options given here win')
    .option('--cluster-domain <DOMAIN>', "the cluster's DNS domain (default: cluster.local)")
    .addOption(
      new Option('--fail-on <SEVERITY>', 'the least severity that fails the gate').choices(['failure', 'warning']),
    )
    .addOption(
      new Option('--injection-default <BOOLEAN>', 'whether pods of a namespace without manifest get a sidecar').choices(
        ['true', 'false'],
      ),
    )
    .option('--repo <DIR>', 'the git repository of the revisions', '.');
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function collectProbe(value: string, earlier: readonly Destination[] | undefined): readonly Destination[] {
  const probe = parseProbe(value);
  if (probe === null) throw new InvalidArgumentError('Expected HOST:PORT/PROTOCOL with http, tls or tcp.');
  return [...(earlier ?? []), probe];
}

function readDestination(value: string): WrittenDestination {
  const destination = parseDestination(value);
  if (destination === null)
    throw new InvalidArgumentError('Expected HOST:PORT or HOST:PORT/PROTOCOL with http, tls or tcp.');
  return destination;
}

function readPullRequest(value: string): PullRequestName {
  const target = parsePullRequest(value);
  if (target === null) throw new InvalidArgumentError('Expected OWNER/REPO#NUMBER.');
  return target;
}
