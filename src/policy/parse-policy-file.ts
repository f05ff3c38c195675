import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { Destination } from '../reachability/egress-reachability.js';
import { CONFIGURATION } from './configuration-schema.js';
import { EVERY_MANIFEST, type ManifestScope } from './manifest-scope.js';
import { parseProbe } from './parse-destination.js';
import {
  CHANGE_CLASSES,
  DEFAULT_POLICY,
  type ChangeClass,
  type Policy,
  type SeverityTable,
  type Waiver,
} from './policy.js';
import { readSettingsFile } from './settings-reader.js';
import { fitsFormat } from './text-formats.js';

/** What a configuration file says about the mesh; absent where it says nothing. */
export interface MeshSettings {
  readonly istioVersion?: string;
  readonly clusterDomain?: string;
  readonly injectionDefault?: boolean;
  readonly rootNamespace?: string;
  readonly probes?: readonly Destination[];
}

export type Permission = 'write' | 'maintain' | 'admin';

/** Who may accept findings. */
export interface AcceptSettings {
  readonly permission: Permission;
  readonly codeowners: boolean;
  readonly requireReason: boolean;
}

export interface PolicyFile {
  readonly policy: Policy;
  readonly mesh: MeshSettings;
  readonly scope: ManifestScope;
  readonly post: 'review' | 'check-only';
  readonly accept: AcceptSettings;
  /** Everything that is wrong with the file. Where there is anything, the file must not be used. */
  readonly problems: readonly Diagnostic[];
}

export const DEFAULT_CONFIGURATION: PolicyFile = {
  policy: DEFAULT_POLICY,
  mesh: {},
  scope: EVERY_MANIFEST,
  post: 'review',
  accept: { permission: 'write', codeowners: false, requireReason: false },
  problems: [],
};

/** What the reader makes of a file that fits the schema. */
interface Settings extends Omit<MeshSettings, 'probes' | 'rootNamespace'> {
  readonly probes?: readonly string[];
  readonly meshes?: readonly {
    readonly name?: string;
    readonly paths?: readonly string[];
    readonly rootNamespace?: string;
    readonly defaultNamespace?: string;
  }[];
  readonly ignores?: readonly string[];
  readonly failOn?: Policy['failOn'];
  readonly severities?: Partial<{ [C in ChangeClass]: Partial<SeverityTable[C]> }>;
  readonly post?: PolicyFile['post'];
  readonly waivers?: readonly Waiver[];
  readonly accept?: Partial<AcceptSettings>;
}

/** Reads the configuration. Every key may be left out; any other key, and a value of the wrong kind, is a problem with its
 * line. Where there is a problem, nothing of the file holds.
 *
 * @param path as problems name it. */
export function parsePolicyFile(path: string, text: string): PolicyFile {
  const { settings, problems } = readSettingsFile(path, text, CONFIGURATION);
  if (problems.length > 0) return { ...DEFAULT_CONFIGURATION, problems };
  // The reader let nothing through that is not of these types.
  const read = settings as Settings;
  const meshes = read.meshes ?? [];
  if (meshes.length > 1) {
    const message = `${meshes.length} meshes are named, and they would be judged as one; keep one, and judge the others with --config files of their own`;
    const at = { path, line: lineOf(text, /^meshes\s*:/m) };
    return { ...DEFAULT_CONFIGURATION, problems: [diagnostic('configuration-invalid', message, at)] };
  }
  return configurationOf(read);
}

function configurationOf(read: Settings): PolicyFile {
  const mesh = read.meshes?.[0];
  const probes = read.probes?.flatMap((text) => parseProbe(text) ?? []);
  return {
    policy: {
      severities: severitiesOf(read.severities),
      failOn: read.failOn ?? DEFAULT_POLICY.failOn,
      waivers: read.waivers ?? [],
    },
    mesh: {
      ...optional('istioVersion', read.istioVersion),
      ...optional('clusterDomain', read.clusterDomain),
      ...optional('injectionDefault', read.injectionDefault),
      ...optional('rootNamespace', mesh?.rootNamespace),
      ...optional('probes', probes),
    },
    scope: {
      paths: mesh?.paths ?? [],
      ignores: read.ignores ?? [],
      defaultNamespace: mesh?.defaultNamespace ?? null,
    },
    post: read.post ?? DEFAULT_CONFIGURATION.post,
    accept: { ...DEFAULT_CONFIGURATION.accept, ...read.accept },
    problems: [],
  };
}

function severitiesOf(rows: Settings['severities']): SeverityTable {
  const table = { ...DEFAULT_POLICY.severities };
  for (const changeClass of CHANGE_CLASSES) table[changeClass] = { ...table[changeClass], ...rows?.[changeClass] };
  return table;
}

/** The Istio versions that may be asked for look like this; which of them are known is the engine's business. */
export function isIstioVersion(text: string): boolean {
  return fitsFormat(text, 'version');
}

export function isClusterDomain(text: string): boolean {
  return fitsFormat(text, 'domain');
}

function lineOf(text: string, pattern: RegExp): number {
  const index = pattern.exec(text)?.index ?? 0;
  return text.slice(0, index).split('\n').length;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V });
}
