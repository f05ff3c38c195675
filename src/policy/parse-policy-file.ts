import { diagnostic, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';
import { createLocator, locateIn } from '../kubernetes/locate.js';
import type { Destination } from '../reachability/egress-reachability.js';
import { hasStar, pathsOf, type ConfiguredMesh, type ConfiguredRoot } from '../layout/configured-meshes.js';
import { EVERY_MANIFEST, type ManifestScope } from '../layout/manifest-scope.js';
import { NOTHING_ALLOWED, type RenderPermissions } from '../layout/render-permissions.js';
import { CONFIGURATION, type ROOT_KINDS } from './configuration-schema.js';
import { parseProbe } from './parse-destination.js';
import {
  CHANGE_CLASSES,
  DEFAULT_POLICY,
  type ChangeClass,
  type Contract,
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

/** What lies in the repository for what the repository does not hold. */
export interface SnapshotSettings {
  /** In the repository. */
  readonly path: string;
  /** In milliseconds; null for no limit. */
  readonly maxAge: number | null;
}

/** Where traffic evidence is. */
export interface EvidenceSettings {
  readonly from: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'url'; readonly url: string };
  /** In milliseconds; null for the age that holds by default. */
  readonly maxAge: number | null;
}

export interface PolicyFile {
  readonly policy: Policy;
  readonly mesh: MeshSettings;
  readonly scope: ManifestScope;
  /** What rendering may do. On GitHub only the base's counts. */
  readonly allow: RenderPermissions;
  readonly snapshot: SnapshotSettings | null;
  readonly evidence: EvidenceSettings | null;
  readonly post: 'review' | 'check-only';
  readonly accept: AcceptSettings;
  /** Everything that is wrong with the file. Where there is anything, the file must not be used. */
  readonly problems: readonly Diagnostic[];
}

export const DEFAULT_CONFIGURATION: PolicyFile = {
  policy: DEFAULT_POLICY,
  mesh: {},
  scope: EVERY_MANIFEST,
  allow: NOTHING_ALLOWED,
  snapshot: null,
  evidence: null,
  post: 'review',
  accept: { permission: 'write', codeowners: false, requireReason: false },
  problems: [],
};

interface RootEntry {
  readonly path: string;
  readonly kind?: (typeof ROOT_KINDS)[number];
  readonly namespace?: string;
  readonly releaseName?: string;
  readonly valuesFiles?: readonly string[];
  readonly parameters?: readonly string[];
}

interface MeshEntry {
  readonly name: string;
  readonly paths?: readonly string[];
  readonly roots?: readonly RootEntry[];
  readonly rootNamespace?: string;
  readonly defaultNamespace?: string;
}

type ContractEntry = Omit<Contract, 'owner' | 'origin'> & Partial<Pick<Contract, 'owner'>>;

/** What the reader makes of a file that fits the schema. */
interface Settings extends Omit<MeshSettings, 'probes' | 'rootNamespace'> {
  readonly probes?: readonly string[];
  readonly meshes?: readonly MeshEntry[];
  readonly discover?: boolean;
  readonly ignores?: readonly string[];
  readonly allow?: Partial<RenderPermissions>;
  readonly snapshot?: string;
  readonly snapshotMaxAge?: string;
  readonly evidence?: { readonly file?: string; readonly url?: string; readonly maxAge?: string };
  readonly failOn?: Policy['failOn'];
  readonly severities?: Partial<{ [C in ChangeClass]: Partial<SeverityTable[C]> }>;
  readonly post?: PolicyFile['post'];
  readonly contracts?: readonly ContractEntry[];
  readonly waivers?: readonly Waiver[];
  readonly accept?: Partial<AcceptSettings>;
  readonly owners?: { readonly mustApprove?: boolean };
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
  const locate = locateIn(createLocator(text, 1), path, []);
  const invalid = (message: string, ...at: readonly (string | number)[]): PolicyFile => {
    return { ...DEFAULT_CONFIGURATION, problems: [diagnostic('configuration-invalid', message, locate(at))] };
  };
  const meshes = meshesOf(read, locate);
  for (const [index, mesh] of meshes.entries()) {
    const message = contradictionIn(mesh, meshes);
    if (message !== null) return invalid(message, 'meshes', index);
  }
  const contracts = (read.contracts ?? []).map((contract, index) => {
    return { ...contract, owner: contract.owner ?? null, origin: locate(['contracts', index]) };
  });
  for (const [index, contract] of contracts.entries()) {
    const message = contradictionOf(contract, contracts.slice(0, index));
    if (message !== null) return invalid(message, 'contracts', index);
  }
  if (read.discover === false && meshes.length === 0) {
    return invalid('discover: false leaves nothing to judge without meshes; add them', 'discover');
  }
  if (read.snapshotMaxAge !== undefined && read.snapshot === undefined) {
    return invalid('snapshotMaxAge limits nothing without snapshot; add it', 'snapshotMaxAge');
  }
  if (read.evidence && (read.evidence.file === undefined) === (read.evidence.url === undefined)) {
    return invalid('evidence is either a file or a url; name one', 'evidence');
  }
  return configurationOf(read, meshes, contracts);
}

/** What must be meshed may do nothing else; null for a contract that no other one contradicts or repeats. */
function contradictionOf({ rule, scope }: Contract, others: readonly Contract[]): string | null {
  const other = others.find(
    (each) =>
      each.scope.workload === scope.workload &&
      each.scope.host === scope.host &&
      (each.rule === rule || [each.rule, rule].includes('must-be-meshed')),
  );
  if (!other) return null;
  const what = other.rule === rule ? 'says the same' : `says ${other.rule}`;
  return `The contract ${rule} of ${scope.workload} and ${scope.host} is one too many: line ${other.origin.line} ${what}; remove one`;
}

/** What the schema cannot say; null where a mesh is right. */
function contradictionIn(mesh: ConfiguredMesh, all: readonly ConfiguredMesh[]): string | null {
  const { name, roots } = mesh;
  if (all.some((other) => other !== mesh && other.name === name)) return `Two meshes are called ${name}; rename one`;
  if (hasStar(name) && !pathsOf(mesh).some(hasStar)) {
    return `The mesh ${name} has a * in its name, and none in its paths that could tell what it stands for; add one`;
  }
  const starred = roots.flatMap(({ path, valuesFiles }) => [path, ...valuesFiles]).find(hasStar);
  if (starred !== undefined && !hasStar(name)) {
    return `The root ${starred} of the mesh ${name} has a *, which only stands for something with a * in the name of the mesh`;
  }
  return null;
}

type Locate = (path: readonly (string | number)[]) => Origin;

function meshesOf({ meshes = [] }: Settings, locate: Locate): readonly ConfiguredMesh[] {
  return meshes.map(({ name, paths = [], roots = [], rootNamespace = null, defaultNamespace = null }, index) => {
    const at = ['meshes', index];
    const rootAt =
      (root: number): Locate =>
      (path) =>
        locate([...at, 'roots', root, ...path]);
    const configured = roots.map((root, each) => rootOf(root, rootAt(each)));
    return { name, paths, roots: configured, rootNamespace, defaultNamespace, origin: locate(at) };
  });
}

const KINDS = { kustomize: 'kustomization', helm: 'chart', plain: 'plain' } as const;

function rootOf({ path, kind, ...root }: RootEntry, locate: Locate): ConfiguredRoot {
  const { namespace = null, releaseName = null, valuesFiles = [], parameters = [] } = root;
  return {
    path: plainPath(path),
    kind: kind === undefined ? null : KINDS[kind],
    namespace,
    releaseName,
    valuesFiles: valuesFiles.map(plainPath),
    parameters: parameters.map((text, index) => {
      const at = text.indexOf('=');
      const origin = locate(['parameters', index]);
      return { name: text.slice(0, at), value: text.slice(at + 1), forceString: false, origin };
    }),
    origin: locate([]),
  };
}

/** From the top: `./charts/shop/` is `charts/shop`, and `.` is empty. */
function plainPath(written: string): string {
  return written.replace(/^\.(?:\/|$)/, '').replace(/\/$/, '');
}

/** One mesh alone has always said only what is read; what lives together is still found out. */
function scopeOf(read: Settings, meshes: readonly ConfiguredMesh[]): ManifestScope {
  const { meshes: entries = [], discover } = read;
  const [first] = meshes;
  // What tells of the cluster is no manifest of the repository.
  const told = [read.snapshot, read.evidence?.file].filter((path) => path !== undefined);
  const ignores = [...(read.ignores ?? []), ...told];
  const isReadingOnly =
    meshes.length < 2 && entries[0]?.roots === undefined && discover === undefined && !hasStar(first?.name ?? '');
  if (isReadingOnly) {
    return { ...EVERY_MANIFEST, paths: first?.paths ?? [], ignores, defaultNamespace: first?.defaultNamespace ?? null };
  }
  const findsRest = discover ?? !meshes.every(({ paths }) => paths.length > 0);
  return { ...EVERY_MANIFEST, ignores, meshes, findsRest };
}

function configurationOf(
  read: Settings,
  meshes: readonly ConfiguredMesh[],
  contracts: readonly Contract[],
): PolicyFile {
  const scope = scopeOf(read, meshes);
  const probes = read.probes?.flatMap((text) => parseProbe(text) ?? []);
  return {
    policy: {
      severities: severitiesOf(read.severities),
      failOn: read.failOn ?? DEFAULT_POLICY.failOn,
      waivers: read.waivers ?? [],
      contracts,
      ownersMustApprove: read.owners?.mustApprove ?? false,
    },
    mesh: {
      ...optional('istioVersion', read.istioVersion),
      ...optional('clusterDomain', read.clusterDomain),
      ...optional('injectionDefault', read.injectionDefault),
      // Of several, each has its own.
      ...(scope.meshes.length > 0 ? {} : optional('rootNamespace', read.meshes?.[0]?.rootNamespace)),
      ...optional('probes', probes),
    },
    scope,
    allow: allowed(read.allow),
    snapshot:
      read.snapshot === undefined
        ? null
        : {
            path: read.snapshot,
            maxAge: read.snapshotMaxAge === undefined ? null : millisecondsOf(read.snapshotMaxAge),
          },
    evidence: evidenceOf(read.evidence),
    post: read.post ?? DEFAULT_CONFIGURATION.post,
    accept: { ...DEFAULT_CONFIGURATION.accept, ...read.accept },
    problems: [],
  };
}

function evidenceOf({ file, url, maxAge }: NonNullable<Settings['evidence']> = {}): EvidenceSettings | null {
  const age = maxAge === undefined ? null : millisecondsOf(maxAge);
  if (url !== undefined) return { from: { kind: 'url', url }, maxAge: age };
  return file === undefined ? null : { from: { kind: 'file', path: file }, maxAge: age };
}

function allowed({ remotes = [], lookups = [] }: Partial<RenderPermissions> = {}): RenderPermissions {
  return { remotes, lookups: lookups.map(plainPath) };
}

function severitiesOf(rows: Settings['severities']): SeverityTable {
  const table = { ...DEFAULT_POLICY.severities };
  for (const changeClass of CHANGE_CLASSES) table[changeClass] = { ...table[changeClass], ...rows?.[changeClass] };
  return table;
}

const HOUR = 60 * 60 * 1000;

/** Of `30d` or `12h`. */
function millisecondsOf(age: string): number {
  return Number.parseInt(age, 10) * (age.endsWith('d') ? 24 * HOUR : HOUR);
}

/** The Istio versions that may be asked for look like this; which of them are known is the engine's business. */
export function isIstioVersion(text: string): boolean {
  return fitsFormat(text, 'version');
}

export function isClusterDomain(text: string): boolean {
  return fitsFormat(text, 'domain');
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V });
}
