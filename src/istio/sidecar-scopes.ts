import { once } from '../kubernetes/once.js';
import type { IstioObject } from './istio-object.js';
import type { OutboundTrafficPolicyMode } from './mesh-config.js';
import type { PushContext, Stock } from './push-context.js';
import { buildSidecarScope, type SidecarScope } from './sidecar-scope.js';
import type { Sidecar } from './sidecar.js';
import { listVirtualServices } from './virtual-service-index.js';
import { NONE, PRIVATE, PUBLIC, type ExportTo } from './visibility.js';

/** A scope of a namespace, made when it is asked for, and whose else it is but for the namespace's name. */
export interface FoundScope {
  readonly scope: () => SidecarScope;
  /** Equal for scopes that differ in the name of the namespace alone. */
  readonly key: string;
  /** Equal for scopes that differ in the name of the namespace and in the policy alone: they import the same. */
  readonly importsKey: string;
  /** Whether other namespaces can have a scope of this key. */
  readonly isCommon: boolean;
}

const stores = new WeakMap<Stock, SidecarScopes>();

/** The scopes of a mesh, each made once, whatever Sidecars there are beside. */
export function sidecarScopes(push: PushContext): SidecarScopes {
  const { stock } = push.lineage;
  let scopes = stores.get(stock);
  if (!scopes) stores.set(stock, (scopes = new SidecarScopes(push)));
  return scopes;
}

export class SidecarScopes {
  readonly #apart: ReadonlySet<string>;
  readonly #ids = new Map<IstioObject<Sidecar> | null, number>();
  readonly #scopes = new Map<string, () => SidecarScope>();
  readonly #found = new Map<string, FoundScope>();

  constructor(private readonly push: PushContext) {
    this.#apart = namespacesApart(push);
  }

  /** @param policy the mesh's own, for Sidecars without one. */
  find(sidecar: IstioObject<Sidecar> | null, namespace: string, policy: OutboundTrafficPolicyMode): FoundScope {
    const mode = sidecar?.spec.outboundTrafficPolicy?.mode ?? policy;
    const ownKey = `${this.#idOf(sidecar)} ${namespace} ${mode}`;
    let found = this.#found.get(ownKey);
    if (!found) this.#found.set(ownKey, (found = this.#make(sidecar, namespace, mode)));
    return found;
  }

  #make(sidecar: IstioObject<Sidecar> | null, namespace: string, mode: OutboundTrafficPolicyMode): FoundScope {
    const isCommon = !this.#apart.has(namespace) && (sidecar === null || !namesOwnNamespace(sidecar));
    const importsKey = isCommon ? String(this.#idOf(sidecar)) : `${this.#idOf(sidecar)} ${namespace}`;
    let scope = this.#scopes.get(importsKey);
    if (!scope) this.#scopes.set(importsKey, (scope = once(() => buildSidecarScope(this.push, sidecar, namespace))));
    const own = once(() => ({ ...scope(), namespace, outboundTrafficPolicy: mode }));
    return { scope: own, key: `${importsKey} ${mode}`, importsKey, isCommon };
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
