import { CONTRACTS, pairScope } from './contract-settings.js';
import { DEFAULT_POLICY, CHANGE_CLASSES, SEVERITIES, SEVERITY_COLUMNS, UNSEEN, type ChangeClass } from './policy.js';
import { listOf, type ObjectSchema, type SettingSchema } from './setting-schema.js';

const CLASS_MEANINGS: Readonly<Record<ChangeClass, string>> = {
  broken: 'Calls that no longer arrive: blocked, refused, misrouted, unroutable, no-endpoints.',
  outside: 'Calls that leave the mesh: unmeshed, bypass.',
  absent: 'Calls whose destination is gone.',
  sideways: 'Calls that are as bad as before, or are sent elsewhere.',
  better: 'Calls that get better.',
};

/** The kinds of roots, as `discover` prints them. */
export const ROOT_KINDS = ['kustomize', 'helm', 'plain'] as const;

function severityRow(changeClass: ChangeClass): SettingSchema {
  const row = DEFAULT_POLICY.severities[changeClass];
  const cells = SEVERITY_COLUMNS.map((column): readonly [string, SettingSchema] => {
    const description =
      column === UNSEEN
        ? 'The most that it weighs where the need is unknown, deliberate or potential, and traffic evidence tells that the call is not made.'
        : `How much it weighs where the need is ${column}.`;
    return [column, { kind: 'choice', choices: SEVERITIES, description, whenAbsent: row[column] }];
  });
  return { kind: 'object', description: CLASS_MEANINGS[changeClass], properties: Object.fromEntries(cells) };
}

const ROOTS: SettingSchema = {
  kind: 'list',
  expected: 'a list of roots',
  one: 'a root',
  description:
    'Folders that are applied in it. They are applied as it is said here, and in no other way that is found.',
  whenAbsent: 'what is found',
  item: {
    kind: 'object',
    description: 'A root: what is applied in one go.',
    required: ['path'],
    properties: {
      path: { kind: 'text', format: 'folder', description: 'The folder; of manifests, also a single file.' },
      kind: {
        kind: 'choice',
        choices: ROOT_KINDS,
        description:
          'What the folder is: built by `kustomize build`, by `helm template`, or manifests with all below it.',
        whenAbsent: 'what it holds: a chart, else a kustomization, else manifests',
      },
      namespace: {
        kind: 'text',
        format: 'namespace',
        description: "The namespace of objects that name none, and of a chart's release.",
        whenAbsent: 'the `defaultNamespace` of the mesh',
      },
      releaseName: {
        kind: 'text',
        format: 'releaseName',
        description: "The name of a chart's release.",
        whenAbsent: 'the name of the chart',
      },
      valuesFiles: {
        ...listOf(
          'file',
          'a values file',
          'a list of files',
          'Values files of a chart, from the top of the repository. Of two that set a value, the later one counts.',
        ),
        whenAbsent: "the chart's own",
      },
      parameters: {
        ...listOf(
          'parameter',
          'a parameter',
          'a list of NAME=VALUE',
          'Values of a chart, as `helm template --set` takes them.',
        ),
        whenAbsent: 'none',
      },
    },
  },
};

const MESHES: SettingSchema = {
  kind: 'list',
  expected: 'a list of meshes',
  one: 'a mesh',
  description:
    'The meshes that the repository describes. One alone, without `roots` and `discover`, only says what is read.',
  whenAbsent: 'what is found',
  item: {
    kind: 'object',
    description: 'A mesh.',
    required: ['name'],
    properties: {
      name: {
        kind: 'text',
        format: 'meshName',
        description:
          'What it is called. With a `*` it is a mesh for each name that the `*` in its paths, or in those of its roots, stands for.',
      },
      paths: {
        ...listOf('glob', 'a path', 'a list of paths', 'Only what lies in these paths belongs to it.'),
        whenAbsent: 'only `roots`; without them, every path that no other mesh names',
      },
      roots: ROOTS,
      rootNamespace: {
        kind: 'text',
        format: 'namespace',
        description: 'The namespace whose Sidecars and policies hold for the whole mesh.',
        whenAbsent: 'what the mesh configuration says, else `istio-system`',
      },
      defaultNamespace: {
        kind: 'text',
        format: 'namespace',
        description: 'The namespace of objects that name none.',
        whenAbsent: '`default`',
      },
    },
  },
};

const ALLOW: SettingSchema = {
  kind: 'object',
  description: 'What rendering may do that is refused otherwise.',
  properties: {
    remotes: {
      ...listOf(
        'remote',
        'an address',
        'a list of addresses',
        'Where bases, charts and their dependencies may be fetched from: each address with all that is below it.',
      ),
      whenAbsent: 'none',
    },
    lookups: {
      ...listOf(
        'folder',
        'a folder',
        'a list of folders',
        'Charts whose templates may call `lookup`. It finds nothing.',
      ),
      whenAbsent: 'none',
    },
  },
};

const WAIVERS: SettingSchema = {
  kind: 'list',
  expected: 'a list of waivers',
  one: 'a waiver',
  description: 'Findings that are known and do not fail the gate until a day. They stay listed.',
  whenAbsent: 'none',
  item: {
    kind: 'object',
    description: 'A waiver.',
    required: ['scope', 'reason', 'owner', 'expires'],
    properties: {
      scope: pairScope('Which findings it is about: both must fit.'),
      reason: { kind: 'text', format: 'sentence', description: 'Why it is right.' },
      owner: { kind: 'text', format: 'sentence', description: 'Who answers for it.' },
      expires: { kind: 'text', format: 'date', description: 'The last day (UTC) on which it holds.' },
    },
  },
};

const ACCEPT: SettingSchema = {
  kind: 'object',
  description: 'Who may accept the findings of a pull request, and how.',
  properties: {
    permission: {
      kind: 'choice',
      choices: ['write', 'maintain', 'admin'],
      description: 'The least role in the repository.',
      whenAbsent: 'write',
    },
    codeowners: {
      kind: 'boolean',
      description: 'Whether they must also own, by CODEOWNERS, every manifest that the pull request changes.',
      whenAbsent: 'false',
    },
    requireReason: {
      kind: 'boolean',
      description: 'Whether a reason must be given. Leaves out the button, which cannot carry one.',
      whenAbsent: 'false',
    },
  },
};

const OWNERS: SettingSchema = {
  kind: 'object',
  description: 'What the owners of workloads, by CODEOWNERS, have a say in.',
  properties: {
    mustApprove: {
      kind: 'boolean',
      description:
        'Whether a finding that fails the gate passes only when an owner of the workload that loses the call has approved the pull request, or accepted the findings.',
      whenAbsent: 'false',
    },
  },
};

const EVIDENCE: SettingSchema = {
  kind: 'object',
  description: 'Which calls the running mesh has counted, as `egress-scope evidence` writes it: a `file`, or a `url`.',
  whenAbsent: 'none',
  properties: {
    file: { kind: 'text', format: 'evidencePath', description: 'In the repository.', whenAbsent: 'none' },
    url: {
      kind: 'text',
      format: 'evidenceUrl',
      description: 'Where the App fetches it, if its `EVIDENCE_URLS` allows that.',
      whenAbsent: 'none',
    },
    maxAge: {
      kind: 'text',
      format: 'age',
      description: 'How old it may be to be believed in what it does not show.',
      whenAbsent: '30d',
    },
  },
};

/** Where a repository, and its owner's `.github` repository, keep the configuration. */
export const CONFIGURATION_PATH = '.github/egress-scope.yml';

/** Everything that it may say. */
export const CONFIGURATION: ObjectSchema = {
  kind: 'object',
  description: 'Configuration of egress-scope.',
  properties: {
    istioVersion: {
      kind: 'text',
      format: 'version',
      description: 'The Istio that runs.',
      whenAbsent: 'what the manifests show, else 1.30',
    },
    clusterDomain: {
      kind: 'text',
      format: 'domain',
      description: "The cluster's DNS domain.",
      whenAbsent: '`cluster.local`',
    },
    injectionDefault: {
      kind: 'boolean',
      description: 'Whether pods of a namespace without manifest get a sidecar.',
      whenAbsent: 'true',
    },
    probes: {
      ...listOf(
        'probe',
        'a probe',
        'a list of HOST:PORT/PROTOCOL',
        'Destinations outside the mesh to ask about for every workload.',
      ),
      whenAbsent: 'none',
    },
    meshes: MESHES,
    discover: {
      kind: 'boolean',
      description: 'Whether what belongs to none of `meshes` is looked for as well.',
      whenAbsent: 'false where each of `meshes` has `paths`, else true',
    },
    ignores: {
      ...listOf(
        'glob',
        'an ignored path',
        'a list of paths',
        'Paths that are not read: examples, templates, tests. Kustomizations and charts in them are not applied by themselves.',
      ),
      whenAbsent: 'none',
    },
    allow: ALLOW,
    snapshot: {
      kind: 'text',
      format: 'snapshotPath',
      description:
        'A snapshot of the cluster, as `egress-scope snapshot` writes it, for what the repository does not hold.',
      whenAbsent: 'none',
    },
    snapshotMaxAge: {
      kind: 'text',
      format: 'age',
      description: 'How old the snapshot may be. With an older one, everything is undetermined.',
      whenAbsent: 'no limit',
    },
    evidence: EVIDENCE,
    failOn: {
      kind: 'choice',
      choices: ['failure', 'warning'],
      description: 'The least severity that fails the gate.',
      whenAbsent: 'failure',
    },
    severities: {
      kind: 'object',
      description: 'How much each kind of change weighs, by how much the call is needed.',
      properties: Object.fromEntries(CHANGE_CLASSES.map((changeClass) => [changeClass, severityRow(changeClass)])),
    },
    post: {
      kind: 'choice',
      choices: ['review', 'check-only'],
      description: 'What to post on a pull request: the check run and a review, or the check run alone.',
      whenAbsent: 'review',
    },
    contracts: CONTRACTS,
    waivers: WAIVERS,
    accept: ACCEPT,
    owners: OWNERS,
  },
};
