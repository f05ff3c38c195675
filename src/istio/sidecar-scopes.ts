import { once } from '../kubernetes/once.js';
import type { IstioObject } from './istio-object.js';
import type { Lineage, PushContext } from './push-context.js';
import { buildSidecarScope, type SidecarScope } from './sidecar-scope.js';
import type { Sidecar } from './sidecar.js';
import { listVirtualServices } from './virtual-service-index.js';
import { NONE, PRIVATE, PUBLIC, type ExportTo } from './visibility.js';

/** A scope of a namespace, made when it is asked for, and whose else it is but for the namespace's name. */
export interface FoundScope {
  readonly scope: () => SidecarScope;
  /** Equal for scopes that differ in the name of the namespace alone. */
  readonly key: string;
  /** Whether other namespaces can have a scope of this key. */
  readonly isCommon: boolean;
}

const stores = new WeakMap<Lineage, SidecarScopes>();

/** The scopes of a mesh, each made once, whatever Sidecars there are beside. */
export function sidecarScopes(push: PushContext): SidecarScopes {
  let scopes = stores.get(push.lineage);
  if (!scopes) stores.set(push.lineage, (scopes = new SidecarScopes(push)));
  return scopes;
}

export class SidecarScopes {
  readonly #apart: ReadonlySet<string>;
  readonly #ids = new Map<IstioObject<Sidecar> | null, number>();
  readonly #common = new Map<string, () => SidecarScope>();
  readonly #found = new Map<string, FoundScope>();

  constructor(private readonly push: PushContext) {
    this.#apart = namespacesApart(push);
  }

  find(sidecar: IstioObject<Sidecar> | null, namespace: string): FoundScope {
    const ownKey = `${this.#idOf(sidecar)} ${namespace}`;
    let found = this.#found.get(ownKey);
    if (!found) this.#found.set(ownKey, (found = this.#make(sidecar, namespace, ownKey)));
    return found;
  }

  #make(sidecar: IstioObject<Sidecar> | null, namespace: string, ownKey: string): FoundScope {
    if (this.#apart.has(namespace) || (sidecar !== null && namesOwnNamespace(sidecar))) {
      return { scope: once(() => buildSidecarScope(this.push, sidecar, namespace)), key: ownKey, isCommon: false };
    }
    const key = String(this.#idOf(sidecar));
    let common = this.#common.get(key);
    if (!common) this.#common.set(key, (common = once(() => buildSidecarScope(this.push, sidecar, namespace))));
    return { scope: once(() => ({ ...common(), namespace })), key, isCommon: true };
  }

  #idOf(sidecar: IstioObject<Sidecar> | null): number {
    let id = this.#ids.get(sidecar);
    if (id === undefined) this.#ids.set(sidecar, (id = this.#ids.size));
    return id;
  }
}

/** What a Sidecar gives depends on whose namespace it governs: `./*`, or an egress proxy, whose settings can be the namespace's. */
function namesOwnNamespace({ spec }: IstioObject<Sidecar>): boolean {
  return (
    (spec.outboundTrafficPolicy?.egressProxy ?? null) !== null ||
    spec.egress.some(({ hosts }) => hosts.some((host) => host.startsWith('.') || host.startsWith('~.')))
  );
}

/**
 * The namespaces that something of the mesh names or distinguishes as those of callers: services, VirtualServices and
 * DestinationRules which not everybody sees, hosts of several namespaces, routes by source. All others have the same scope of one Sidecar, and
 * see the same DestinationRules of others.
 */
function namespacesApart({ services, virtualServices, destinationRules }: PushContext): ReadonlySet<string> {
  const apart = new Set<string>();
  const addViewers = (exportTo: ExportTo): void => {
    for (const viewer of exportTo) if (viewer !== PUBLIC && viewer !== PRIVATE && viewer !== NONE) apart.add(viewer);
  };
  for (const { exportTo, namespace } of services.all) {
    const effective = exportTo === null || exportTo.size === 0 ? services.meshDefault : exportTo;
    if (effective.has(PUBLIC)) continue;
    apart.add(namespace);
    addViewers(effective);
  }
  for (const hostname of services.sharedHostnames) {
    for (const owner of services.byHostname.get(hostname)!.keys()) apart.add(owner);
  }
  const { privateByNamespace, exportedToNamespace } = virtualServices;
  for (const namespace of [...privateByNamespace.keys(), ...exportedToNamespace.keys()]) apart.add(namespace);
  for (const { namespace, spec } of listVirtualServices(virtualServices)) {
    if (spec.gatewaySemantics) apart.add(namespace);
    for (const { match } of [...spec.http, ...spec.tcp, ...spec.tls]) {
      for (const { sourceNamespace } of match) if (sourceNamespace !== '') apart.add(sourceNamespace);
    }
  }
  for (const { specific, wildcard } of destinationRules.exportedByNamespace.values()) {
    for (const rules of [...specific.values(), ...wildcard.values()]) {
      for (const { exportTo } of rules) addViewers(exportTo);
    }
  }
  return apart;
}
