import { DEFAULT_POLICY, CHANGE_CLASSES, NEEDS, SEVERITIES, type ChangeClass } from './policy.js';
import type { TextFormatName } from './text-formats.js';

/** One setting of the configuration file, as data: the parser, the JSON Schema and the table of the documentation all come
 * from here. `description` is a sentence for whoever writes the file; `whenAbsent` says what holds without the setting. */
export type SettingSchema = { readonly description: string; readonly whenAbsent?: string } & (
  | { readonly kind: 'text'; readonly format: TextFormatName }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** `one` names an item in messages. */
  | { readonly kind: 'list'; readonly item: SettingSchema; readonly expected: string; readonly one: string }
  | ObjectSchema
);

export interface ObjectSchema {
  readonly kind: 'object';
  readonly description: string;
  readonly whenAbsent?: string;
  readonly properties: Readonly<Record<string, SettingSchema>>;
  readonly required?: readonly string[];
}

const CLASS_MEANINGS: Readonly<Record<ChangeClass, string>> = {
  broken: 'Calls that no longer arrive: blocked, refused, misrouted, unroutable, no-endpoints.',
  outside: 'Calls that leave the mesh: unmeshed, bypass.',
  absent: 'Calls whose destination is gone.',
  sideways: 'Calls that are as bad as before, or are sent elsewhere.',
  better: 'Calls that get better.',
};

function severityRow(changeClass: ChangeClass): SettingSchema {
  const row = DEFAULT_POLICY.severities[changeClass];
  const cells = NEEDS.map((need): readonly [string, SettingSchema] => {
    const description = `How much it weighs where the need is ${need}.`;
    return [need, { kind: 'choice', choices: SEVERITIES, description, whenAbsent: row[need] }];
  });
  return { kind: 'object', description: CLASS_MEANINGS[changeClass], properties: Object.fromEntries(cells) };
}

function listOf(format: TextFormatName, one: string, expected: string, description: string): SettingSchema {
  return {
    kind: 'list',
    item: { kind: 'text', format, description: `One of them: ${one}.` },
    expected,
    one,
    description,
  };
}

const MESHES: SettingSchema = {
  kind: 'list',
  expected: 'a list of meshes',
  one: 'a mesh',
  description: 'The mesh that the manifests describe. One at most: two are refused, since they would be judged as one.',
  whenAbsent: 'one mesh, of all manifests',
  item: {
    kind: 'object',
    description: 'A mesh.',
    required: ['name'],
    properties: {
      name: { kind: 'text', format: 'name', description: 'What it is called.' },
      paths: {
        ...listOf('glob', 'a path', 'a list of paths', 'Only manifests in these paths belong to it.'),
        whenAbsent: 'every path',
      },
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
      scope: {
        kind: 'object',
        description: 'Which findings it is about: both must fit.',
        required: ['workload', 'host'],
        properties: {
          workload: { kind: 'text', format: 'workloadPattern', description: 'The caller.' },
          host: { kind: 'text', format: 'hostPattern', description: 'The host that is called.' },
        },
      },
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

/** Everything that `.github/egress-scope.yml` may say. */
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
    ignores: {
      ...listOf('glob', 'an ignored path', 'a list of paths', 'Paths that are not read: examples, templates, tests.'),
      whenAbsent: 'none',
    },
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
    waivers: WAIVERS,
    accept: ACCEPT,
  },
};
