/** What differs between Istio's minor versions, as far as it decides egress. One row a version; the engine asks the row. */
export interface IstioBehavior {
  readonly version: string;
  /**
   * The namespace of a VirtualService's destination when several could serve: a Kubernetes Service, then the oldest;
   * before, the first in the alphabet. Istio: pickBestVisibleNamespace, pickFirstVisibleNamespace
   */
  readonly picksBestServiceNamespace: boolean;
  /** `~ns/host` in a Sidecar's hosts takes away what the listener's other hosts include. */
  readonly excludesHosts: boolean;
  /**
   * A listener whose hosts are all exact looks its services up one a host, in place of filtering all of them; of a ServiceEntry with
   * several addresses it then sees only the first. Istio: PushContext.servicesForExactHosts
   */
  readonly looksUpExactHosts: boolean;
  /** The mesh defaults of `exportTo` may name namespaces; before, `.` wins over `*`, and anything else hides. */
  readonly exportsToNamespacesByDefault: boolean;
  /** Gateway API routes with a Service as parent steer sidecars. */
  readonly honorsMeshRoutes: boolean;
  /** TLSRoute is among them. */
  readonly honorsTlsRoutes: boolean;
  /** HTTPRoutes and GRPCRoutes of one Service stand together; before, HTTPRoutes hide GRPCRoutes. Istio: mergeHTTPRoutes */
  readonly mergesHttpAndGrpcRoutes: boolean;
}

export const DEFAULT_ISTIO_VERSION = '1.30';

const BEHAVIORS: readonly IstioBehavior[] = [
  {
    version: '1.28',
    picksBestServiceNamespace: false,
    excludesHosts: false,
    looksUpExactHosts: false,
    exportsToNamespacesByDefault: false,
    honorsMeshRoutes: false,
    honorsTlsRoutes: false,
    mergesHttpAndGrpcRoutes: false,
  },
  {
    version: '1.29',
    picksBestServiceNamespace: false,
    excludesHosts: false,
    looksUpExactHosts: false,
    exportsToNamespacesByDefault: false,
    honorsMeshRoutes: true,
    honorsTlsRoutes: false,
    mergesHttpAndGrpcRoutes: false,
  },
  {
    version: '1.30',
    picksBestServiceNamespace: true,
    excludesHosts: false,
    looksUpExactHosts: false,
    exportsToNamespacesByDefault: true,
    honorsMeshRoutes: true,
    honorsTlsRoutes: true,
    mergesHttpAndGrpcRoutes: true,
  },
  {
    version: '1.31',
    picksBestServiceNamespace: true,
    excludesHosts: true,
    looksUpExactHosts: true,
    exportsToNamespacesByDefault: true,
    honorsMeshRoutes: true,
    honorsTlsRoutes: true,
    mergesHttpAndGrpcRoutes: true,
  },
];

/** Whether two meshes go by the same rules. */
export function isSameBehavior(a: IstioBehavior, b: IstioBehavior): boolean {
  return a === b || (a.version === b.version && VERSION_RULES.every((rule) => a[rule] === b[rule]));
}

export type VersionRule = Exclude<keyof IstioBehavior, 'version'>;

/** What a version that has a rule does, and what one does that has it not; continues `Istio 1.30 …`. */
const RULES: Readonly<Record<VersionRule, { readonly has: string; readonly lacks: string }>> = {
  picksBestServiceNamespace: {
    has: 'gives a destination of a VirtualService that several namespaces have to a Kubernetes Service, then to the oldest',
    lacks: 'gives a destination of a VirtualService that several namespaces have to the first of them in the alphabet',
  },
  excludesHosts: {
    has: 'takes a host line with "~" for an exclusion',
    lacks: 'does not take a host line with "~" for an exclusion',
  },
  looksUpExactHosts: {
    has: 'knows only the first address of a ServiceEntry that a listener with exact hosts alone lists',
    lacks: 'knows all addresses of a ServiceEntry that a listener with exact hosts alone lists',
  },
  exportsToNamespacesByDefault: {
    has: 'honours namespaces in the mesh’s defaults for exportTo',
    lacks: 'hides from everybody what the mesh’s defaults for exportTo export to namespaces',
  },
  honorsMeshRoutes: {
    has: 'honours HTTPRoutes and GRPCRoutes with a Service as parent',
    lacks: 'ignores HTTPRoutes and GRPCRoutes with a Service as parent',
  },
  honorsTlsRoutes: {
    has: 'honours TLSRoutes with a Service as parent',
    lacks: 'ignores TLSRoutes with a Service as parent',
  },
  mergesHttpAndGrpcRoutes: {
    has: 'lets the HTTPRoutes and GRPCRoutes of one Service stand together',
    lacks: 'lets the HTTPRoutes of a Service hide its GRPCRoutes',
  },
};

export const VERSION_RULES = Object.keys(RULES) as readonly VersionRule[];

/** What a version does by one of its rules; continues `Istio 1.30 …`. */
export function tellRule(rule: VersionRule, behavior: IstioBehavior): string {
  return behavior[rule] ? RULES[rule].has : RULES[rule].lacks;
}

/** The version between two that came with the change of a rule. */
export function releaseThatChanged(rule: VersionRule, a: IstioBehavior, b: IstioBehavior): string {
  const [low, high] = Number(a.version.slice(2)) < Number(b.version.slice(2)) ? [a, b] : [b, a];
  const from = BEHAVIORS.findIndex(({ version }) => version === low.version);
  const changed = BEHAVIORS.slice(from + 1).find((each) => each[rule] !== low[rule]);
  return (changed ?? high).version;
}

export const KNOWN_ISTIO_VERSIONS: readonly string[] = BEHAVIORS.map((behavior) => behavior.version);

/** `1.30.2`, `v1.30`, `1.30-alpha.1` → `1.30`; null where the text names no version. */
export function minorVersion(text: string): string | null {
  const match = /^v?(\d+)\.(\d+)(?:[.-].*)?$/.exec(text.trim());
  return match ? `${match[1] ?? ''}.${match[2] ?? ''}` : null;
}

/** The row of a version, or of the nearest known one. */
export function behaviorOf(version: string): IstioBehavior {
  const minor = Number(/^1\.(\d+)/.exec(version)?.[1] ?? NaN);
  const wanted = Number.isNaN(minor) ? Number(DEFAULT_ISTIO_VERSION.slice(2)) : minor;
  let nearest = BEHAVIORS[0]!;
  for (const behavior of BEHAVIORS) {
    const distance = Math.abs(Number(behavior.version.slice(2)) - wanted);
    if (distance <= Math.abs(Number(nearest.version.slice(2)) - wanted)) nearest = behavior;
  }
  return nearest;
}
