import { diagnostic, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';
import { objectKey, type KubernetesObject } from '../kubernetes/manifest.js';
import { omitsEnvironment, type Workload } from '../kubernetes/workload.js';
import type { Reference } from './change.js';
import type { EdgeProtocol } from './egress-reachability.js';
import { canonicalName } from './references/address-name.js';
import { resolveAddress, type ResolveContext } from './references/resolve-address.js';
import {
  collectReferenceSources,
  type ReferenceSources,
  type WrittenReference,
} from './references/reference-sources.js';

/** A destination that a workload's manifest names. */
export interface NamedDestination {
  /** Fully qualified, lower case; an IPv4 address where the manifest names one that no Service has. */
  readonly host: string;
  readonly port: number;
  /** Null where the manifest does not tell: any protocol of that port. */
  readonly protocol: EdgeProtocol | null;
  readonly reference: Reference;
}

export interface WorkloadReferences {
  /** In the order of the manifest; a destination that is named in several places is here once for each of the first few. */
  readonly named: readonly NamedDestination[];
  /** The workload may call what its manifest does not show: it names nothing, or takes addresses from where none can be read. */
  readonly needUnknown: boolean;
  /** The first place of each host that is named and that the mesh does not have. */
  readonly unknownHosts: ReadonlyMap<string, Origin>;
  readonly diagnostics: readonly Diagnostic[];
}

/** What the mesh knows. In a comparison it should know the hosts of both sides: a Service that is gone is still named. */
export interface ReferenceContext extends ResolveContext {
  readonly configMap: (namespace: string, name: string) => KubernetesObject | undefined;
}

/** A manifest with more is no list of what a workload calls; each of them would be probed for it. */
const MOST_DESTINATIONS = 2000;
/** How many places are kept of one destination: enough to show, and few enough that a hostile file costs little. */
const MOST_PLACES = 8;
const MOST_DIAGNOSTICS = 200;

/** ConfigMaps that Kubernetes, Istio or OpenShift put into every namespace. They hold certificates. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'kube-root-ca.crt',
  'istio-ca-root-cert',
  'istio-ca-crl',
  'openshift-service-ca.crt',
]);

/**
 * The destinations that a workload's manifest names: in environment values, commands and arguments, probes and hooks, and
 * in the ConfigMaps it reads or mounts. References to the workload itself, to the local host, templates and bare ports are
 * none. Never throws; the work is linear in the size of the manifests.
 */
export function collectReferences(workload: Workload, context: ReferenceContext): WorkloadReferences {
  const sources = collectReferenceSources(workload, {
    workload,
    configMap: context.configMap,
    serviceVariable: (name) => serviceVariable(name, workload, context),
  });
  const { named, unknownHosts, diagnostics, isCut } = resolveAll(sources, workload, context);
  const missing = missingConfigMaps(workload, sources);
  return {
    named,
    unknownHosts,
    needUnknown:
      named.length === 0 ||
      sources.takesAddressesFromSecret ||
      missing.hideAddresses ||
      isCut ||
      omitsEnvironment(workload),
    diagnostics: [...diagnostics, ...missing.diagnostics, ...(isCut ? [tooMany(workload)] : [])],
  };
}

interface Resolved {
  readonly named: readonly NamedDestination[];
  readonly unknownHosts: ReadonlyMap<string, Origin>;
  readonly diagnostics: readonly Diagnostic[];
  readonly isCut: boolean;
}

function resolveAll(sources: ReferenceSources, workload: Workload, context: ReferenceContext): Resolved {
  const named: NamedDestination[] = [];
  const places = new Map<string, number>();
  const unknownHosts = new Map<string, Origin>();
  const diagnostics = new Map<string, Diagnostic>();
  for (const written of sources.references) {
    const { where } = written;
    const { destinations, unserved, unknownHost } = resolveAddress(written, workload, context);
    if (unknownHost !== undefined && !unknownHosts.has(unknownHost) && unknownHosts.size < MOST_DESTINATIONS)
      unknownHosts.set(unknownHost, written.locate());
    for (const { host, port, protocol } of destinations) {
      const destination = `${host}:${port}/${protocol ?? ''}`;
      const count = places.get(destination) ?? 0;
      if (count === 0 && places.size >= MOST_DESTINATIONS) return result(true);
      if (count >= MOST_PLACES) continue;
      places.set(destination, count + 1);
      named.push(new WrittenDestination(host, port, protocol, written));
    }
    if (unserved === null || diagnostics.size >= MOST_DIAGNOSTICS) continue;
    const message = `${titleOf(workload)}: ${where} names ${unserved}`;
    if (!diagnostics.has(message)) {
      diagnostics.set(message, diagnostic('reference-port-not-served', message, written.locate()));
    }
  }
  return result(false);

  function result(isCut: boolean): Resolved {
    return { named, unknownHosts, diagnostics: [...diagnostics.values()], isCut };
  }
}

/** Of most, nobody asks where they are named. */
class WrittenDestination implements NamedDestination {
  readonly #written: WrittenReference;
  #reference: Reference | null = null;

  constructor(
    readonly host: string,
    readonly port: number,
    readonly protocol: EdgeProtocol | null,
    written: WrittenReference,
  ) {
    this.#written = written;
  }

  get reference(): Reference {
    const { address, where, holder, locate } = this.#written;
    return (this.#reference ??= referenceAt(locate, { text: address.text, where, heldBy: objectKey(holder) }));
  }
}

/** A reference of which the place is found when it is asked for. */
function referenceAt(locate: () => Origin, told: Omit<Reference, keyof Origin>): Reference {
  let origin: Origin | undefined;
  const found = (): Origin => (origin ??= locate());
  return {
    get path() {
      return found().path;
    },
    get line() {
      return found().line;
    },
    // Undefined is as good as absent to whoever asks or writes it down.
    get isExact() {
      return found().isExact as false;
    },
    ...told,
  };
}

/**
 * The places of one destination, each line once for each protocol that is written. Finding a line is dear, so that nobody should ask
 * before they are shown.
 */
export function distinctPlaces(named: readonly NamedDestination[]): readonly Reference[] {
  const isKnown = (each: NamedDestination, earlier: NamedDestination): boolean =>
    earlier.protocol === each.protocol && isOnOneLine(earlier.reference, each.reference);
  return named
    .filter((each, index) => !named.slice(0, index).some((earlier) => isKnown(each, earlier)))
    .map(({ reference }) => reference);
}

function isOnOneLine(a: Origin, b: Origin): boolean {
  return a.path === b.path && a.line === b.line;
}

/**
 * A ConfigMap that the manifests do not have may hold addresses just as a Secret may, so it fails closed in the same way:
 * read whole, mounted, or read into a variable that is named like an address. One that is marked optional need not exist.
 */
function missingConfigMaps(
  workload: Workload,
  { missing }: ReferenceSources,
): { hideAddresses: boolean; diagnostics: Diagnostic[] } {
  const relevant = missing.filter(({ name, mayHoldAddresses }) => mayHoldAddresses && !EVERYWHERE.has(name));
  const first = new Map(relevant.map((entry) => [entry.name, entry] as const).reverse());
  const diagnostics = [...first.values()].reverse().map(({ name, locate }) => {
    const message = `ConfigMap ${workload.namespace}/${name} of ${titleOf(workload)} is not in the manifests; it may name destinations`;
    return diagnostic('configmap-not-found', message, locate());
  });
  return { hideAddresses: relevant.length > 0, diagnostics };
}

function tooMany(workload: Workload): Diagnostic {
  const message = `${titleOf(workload)} names more than ${MOST_DESTINATIONS} destinations; the rest was left out`;
  return diagnostic('too-many-references', message, workload.object.origin);
}

function titleOf(workload: Workload): string {
  return `${workload.kind} ${workload.namespace}/${workload.name}`;
}

/**
 * The variables by which Kubernetes tells every container of the Services of its namespace (`REVIEWS_SERVICE_HOST`,
 * `REVIEWS_SERVICE_PORT_HTTP`); here the host stands for its address.
 */
function serviceVariable(name: string, workload: Workload, context: ReferenceContext): string | undefined {
  const match = /^([A-Z0-9_]{1,63})_SERVICE_(HOST|PORT)(?:_([A-Z0-9_]{1,63}))?$/.exec(name);
  if (match === null || workload.podSpec['enableServiceLinks'] === false) return undefined;
  const service = match[1]!.toLowerCase().replaceAll('_', '-');
  const host = `${service}.${workload.namespace}.svc.${context.clusterDomain}`;
  const ports = context.portsOf(host);
  if (ports === undefined || context.isHeadless(host)) return undefined;
  if (match[2] === 'HOST') return match[3] === undefined ? host : undefined;
  const port = match[3] === undefined ? ports[0] : ports.find((p) => canonicalName(p.name) === match[3]);
  return port === undefined ? undefined : String(port.number);
}
