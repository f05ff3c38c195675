import { Command, InvalidArgumentError, Option } from 'commander';
import { CONFIGURATION_PATH } from '../policy/configuration-schema.js';
import { parseDestination, parseProbe, type WrittenDestination } from '../policy/parse-destination.js';
import type { Destination } from '../reachability/egress-reachability.js';
import type { DiscoverOptions } from './commands/discover.js';
import type { DriftOptions } from './commands/drift.js';
import type { EndpointsOptions } from './commands/endpoints.js';
import type { EvidenceOptions } from './commands/evidence.js';
import type { ExplainOptions } from './commands/explain.js';
import type { FixOptions } from './commands/fix.js';
import type { PrOptions } from './commands/pr.js';
import type { RecommendOptions } from './commands/recommend.js';
import type { ServeOptions } from './commands/serve.js';
import type { SnapshotCommandOptions } from './commands/snapshot.js';
import type { VerifyOptions } from './commands/verify.js';
import { EXAMPLES } from './help-texts.js';
import { parsePullRequest, type PullRequestName } from './pull-request-name.js';
import {
  CHANGE_FORMATS,
  REACH_FORMATS,
  TEXT_FORMATS,
  type ChangeFormat,
  type CommonOptions,
  type ReachFormat,
} from './read-settings.js';
import type { UpgradeOptions } from './commands/upgrade.js';
import type { Terminal } from './terminal.js';

/** The command line's grammar. Each command hands its exit code to `finish`, and is loaded when it is called. */
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
    REACH_FORMATS,
  )
    .addHelpText('after', EXAMPLES.reach)
    .action(async (paths: string[], options: CommonOptions<ReachFormat>) =>
      finish(await (await import('./commands/reach.js')).reach(paths, options, terminal)),
    );

  addEvidence(
    addCommon(
      program
        .command('diff')
        .argument('[BEFORE]', 'the old manifests')
        .argument('[AFTER]', 'the new ones')
        .description('what a change does'),
      CHANGE_FORMATS,
    ),
  )
    .option('--verbose', VERBOSE)
    .addHelpText('after', EXAMPLES.diff)
    .action(async (before: string | undefined, after: string | undefined, options: CommonOptions<ChangeFormat>) => {
      const sides = [before, after].filter((side) => side !== undefined);
      finish(await (await import('./commands/diff.js')).diff(sides, options, terminal));
    });

  const fixing = addEvidence(
    addCommon(
      program
        .command('fix')
        .argument('[BEFORE]', 'the old manifests')
        .argument('[AFTER]', 'the new ones')
        .description('edits that mend what a change breaks'),
    ),
  );
  fixing.options.find(({ long }) => long === '--format')?.choices(['text', 'json']);
  fixing
    .option('--write', 'edit the files of AFTER')
    .addHelpText('after', EXAMPLES.fix)
    .action(async (before: string | undefined, after: string | undefined, options: FixOptions) => {
      const sides = [before, after].filter((side) => side !== undefined);
      finish(await (await import('./commands/fix.js')).fix(sides, options, terminal));
    });

  addCommon(
    program.command('audit').argument('<PATH...>', 'manifests').description('what is broken, or goes past the mesh'),
  )
    .option('--verbose', VERBOSE)
    .addHelpText('after', EXAMPLES.audit)
    .action(async (paths: string[], options: CommonOptions) =>
      finish(await (await import('./commands/audit.js')).audit(paths, options, terminal)),
    );

  addEvidence(
    addCommon(
      program
        .command('upgrade')
        .argument('<PATH...>', 'manifests')
        .description('what another version of Istio does to them'),
      CHANGE_FORMATS,
    ),
  )
    .requiredOption('--to <VERSION>', 'the Istio to move to, such as 1.31')
    .option('--from <VERSION>', 'the Istio that runs (default: what --istio-version or the manifests say)')
    .option('--verbose', VERBOSE)
    .addHelpText('after', EXAMPLES.upgrade)
    .action(async (paths: string[], options: UpgradeOptions) =>
      finish(await (await import('./commands/upgrade.js')).upgrade(paths, options, terminal)),
    );

  const testing = addCommon(
    program
      .command('contracts')
      .argument('[PATH...]', 'manifests; those of --repo unless given')
      .description('which calls each contract is about, and which break it'),
  );
  testing.options.find(({ long }) => long === '--format')?.choices(['text', 'json']);
  testing
    .option('--verbose', VERBOSE)
    .addHelpText('after', EXAMPLES.contracts)
    .action(async (paths: string[], options: CommonOptions) =>
      finish(await (await import('./commands/contracts.js')).contracts(paths, options, terminal)),
    );

  addCommon(
    program.command('endpoints').argument('<PATH...>', 'manifests').description("what a workload's sidecar knows"),
  )
    .requiredOption('--workload <W>', 'namespace/Kind/name or namespace/name')
    .addHelpText('after', EXAMPLES.endpoints)
    .action(async (paths: string[], options: EndpointsOptions) =>
      finish(await (await import('./commands/endpoints.js')).endpoints(paths, options, terminal)),
    );

  addCommon(program.command('explain').argument('<PATH...>', 'manifests').description('why a call ends as it does'))
    .requiredOption('--from <W>', 'the caller: namespace/Kind/name or namespace/name')
    .requiredOption('--to <HOST:PORT[/PROTOCOL]>', 'the destination; http, tls or tcp', readDestination)
    .addHelpText('after', EXAMPLES.explain)
    .action(async (paths: string[], options: ExplainOptions) =>
      finish(await (await import('./commands/explain.js')).explain(paths, options, terminal)),
    );

  const verifying = addCommon(
    program
      .command('verify')
      .argument('<PATH...>', 'manifests')
      .description("what the manifests say of a workload's sidecar against what it has"),
  );
  verifying.options.find(({ long }) => long === '--format')?.choices(['text', 'json']);
  verifying
    .option('--workload <W>', 'namespace/Kind/name or namespace/name')
    .addOption(
      new Option('--proxy-config <FILE>', 'its configuration, or - for standard input (repeatable)').argParser(collect),
    )
    .option('--live', 'ask the cluster for it, with istioctl or kubectl')
    .addOption(
      new Option('--all [N]', 'with --live: one pod each of at most so many workloads')
        .argParser(readCount)
        .preset(String(SAMPLED_WORKLOADS)),
    )
    .option('--context <NAME>', "the kubeconfig's context (default: the current one)")
    .option('--kubeconfig <FILE>', 'the kubeconfig')
    .option('--verbose', VERBOSE)
    .addHelpText('after', EXAMPLES.verify)
    .action(async (paths: string[], options: VerifyOptions) =>
      finish(await (await import('./commands/verify.js')).verify(paths, options, terminal)),
    );

  const ofPullRequest = addEvidence(
    addCommon(
      program
        .command('pr')
        .argument('<OWNER/REPO#N>', 'the pull request', readPullRequest)
        .description('the same for a pull request on GitHub'),
      CHANGE_FORMATS,
    ),
  );
  // They are taken, for scripts that give every command the same options, but say nothing about a pull request.
  for (const option of ofPullRequest.options) option.hideHelp(['--path', '--repo'].includes(option.long ?? ''));
  ofPullRequest
    .option('--verbose', VERBOSE)
    .option('--post', 'write the review')
    .addHelpText('after', EXAMPLES.pr)
    .action(async (target: PullRequestName, options: PrOptions) =>
      finish(await (await import('./commands/pr.js')).pr(target, options, terminal)),
    );

  const discovering = addCommon(
    program
      .command('discover')
      .argument('[PATH]', 'a folder or git revision; that of --repo unless given')
      .description('what is applied where, and who says so'),
  );
  discovering.options.find(({ long }) => long === '--format')?.choices(['text', 'json']);
  discovering
    .option('--render', 'list every object')
    .addHelpText('after', EXAMPLES.discover)
    .action(async (path: string | undefined, options: DiscoverOptions) => {
      finish(await (await import('./commands/discover.js')).discover(path, options, terminal));
    });

  const recommending = addEvidence(
    addCommon(
      program
        .command('recommend')
        .argument('<PATH...>', 'manifests')
        .description('the narrowest Sidecar that keeps what is needed'),
    ),
  );
  recommending.options.find(({ long }) => long === '--format')?.choices(['text', 'json']);
  recommending
    .option('--workload <W>', 'namespace/Kind/name or namespace/name')
    .option('--namespace <NAME>', 'for all workloads of a namespace')
    .option('--assume-complete', 'take what is known to be needed for all that is needed')
    .addHelpText('after', EXAMPLES.recommend)
    .action(async (paths: string[], options: RecommendOptions) =>
      finish(await (await import('./commands/recommend.js')).recommend(paths, options, terminal)),
    );

  const drifting = addEvidence(
    addCommon(
      program
        .command('drift')
        .argument('<PATH...>', 'manifests')
        .description('what the cluster has otherwise, and what that does'),
      CHANGE_FORMATS,
    ),
  );
  drifting
    .option('--live', 'ask the cluster now, with kubectl')
    .option('--context <NAME>', "the kubeconfig's context (default: the current one)")
    .option('--kubeconfig <FILE>', 'the kubeconfig')
    .option('--verbose', VERBOSE)
    .addHelpText('after', EXAMPLES.drift)
    .action(async (paths: string[], options: DriftOptions) =>
      finish(await (await import('./commands/drift.js')).drift(paths, options, terminal)),
    );

  program
    .command('snapshot')
    .description('what a cluster has, for manifests to be laid over')
    .option('--context <NAME>', "the kubeconfig's context (default: the current one)")
    .option('--kubeconfig <FILE>', 'the kubeconfig')
    .option('--output <FILE>', 'where to write it (default: standard output)')
    .option('--include-endpoints', "with the Services' EndpointSlices")
    .option('--include-env', "with containers' environment, commands and probes, but never Secrets")
    .addHelpText('after', EXAMPLES.snapshot)
    .action(async (options: SnapshotCommandOptions) =>
      finish(await (await import('./commands/snapshot.js')).snapshot(options, terminal)),
    );

  program
    .command('evidence')
    .argument('[FILE...]', 'what Prometheus or Kiali has answered, or a table; - for standard input')
    .description('which calls were counted in the running mesh, as a file to judge by')
    .option('--prometheus <URL>', 'read it from there, in the place of files: the address before /api/v1')
    .option('--window <TIME>', 'what is asked for, or what files cover, such as 14d or 12h (of Prometheus: 14d)')
    .option('--select <MATCHERS>', 'only series that fit, such as cluster="prod"')
    .option('--header-file <FILE>', 'headers for Prometheus, one NAME: VALUE a line')
    .option('--bearer-token-file <FILE>', 'a token for Prometheus')
    .option('--cluster-domain <DOMAIN>', "the cluster's DNS domain (default: cluster.local)")
    .option('--output <FILE>', 'where to write it (default: standard output)')
    .addHelpText('after', EXAMPLES.evidence)
    .action(async (files: string[], options: EvidenceOptions) =>
      finish(await (await import('./commands/evidence.js')).evidence(files, options, terminal)),
    );

  program
    .command('config')
    .description('the configuration file')
    .addHelpText('after', EXAMPLES.config)
    .command('check')
    .argument('[FILE]', 'the file', CONFIGURATION_PATH)
    .description('every line of the configuration that is wrong')
    .addHelpText('after', EXAMPLES.config)
    .action(async (path: string) =>
      finish(await (await import('./commands/config-check.js')).configCheck(path, terminal)),
    );

  program
    .command('why')
    .argument('[NAME]', 'a verdict, finding or diagnostic; all names unless given')
    .description('what a word of a report means, and what to do')
    .addHelpText('after', EXAMPLES.why)
    .action(async (name: string | undefined) => finish((await import('./commands/why.js')).why(name, terminal)));

  program
    .command('serve')
    .description('the GitHub App')
    .option('--setup [FILE]', 'register the App in a browser on this machine, and write its variables to FILE')
    .addHelpText('after', EXAMPLES.serve)
    .action(async (options: ServeOptions) =>
      finish(await (await import('./commands/serve.js')).serve(options, terminal)),
    );

  program
    .command('doctor')
    .description('what keeps the App from working')
    .addHelpText('after', EXAMPLES.doctor)
    .action(async () => finish(await (await import('./commands/doctor.js')).doctor(terminal)));
  return program;
}

/** Workloads that `verify --all` asks the cluster about, unless told otherwise. */
const SAMPLED_WORKLOADS = 20;

const VERBOSE = 'show in the text what is folded otherwise';

function helpWidth({ columns = 80 }: Terminal): number {
  return Math.min(columns, 120);
}

function addCommon(command: Command, formats: readonly string[] = TEXT_FORMATS): Command {
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
    .addOption(new Option('--format <FORMAT>', 'of the result').choices(formats).default('text'))
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
    .option('--mesh <NAME>', 'only this mesh of several')
    .option('--snapshot <FILE>', 'what the cluster has beside the manifests, as the command snapshot writes it')
    .option('--repo <DIR>', 'the git repository of the revisions', '.');
}

/** For commands that tell of calls how often they are made. */
function addEvidence(command: Command): Command {
  return command.option(
    '--evidence <FILE>',
    'which calls were counted in the running mesh, as the command evidence writes it',
  );
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function collectProbe(value: string, earlier: readonly Destination[] | undefined): readonly Destination[] {
  const probe = parseProbe(value);
  if (probe === null) throw new InvalidArgumentError('Expected HOST:PORT/PROTOCOL with http, tls or tcp.');
  return [...(earlier ?? []), probe];
}

function readCount(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('Expected a number.');
  return Number(value);
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
