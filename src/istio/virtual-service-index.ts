import { isWildcarded, matches, subsetOf, type HostName } from './host-name.js';
import type { HostClassification } from './host-classification.js';
import { excludes } from './host-classification.js';
import { compareByCreationTime, type IstioObject } from './istio-object.js';
import { buildOrderedIndex, pickInOrder, type OrderedIndex } from './ordered-index.js';
import { MESH_GATEWAY, type VirtualService } from './virtual-service.js';
import { NONE, PRIVATE, PUBLIC, type ExportTo } from './visibility.js';

type Config = IstioObject<VirtualService>;

/** The VirtualServices for sidecars, by who may see them. Istio: model.virtualServiceIndex */
export interface VirtualServiceIndex {
  readonly privateByNamespace: ReadonlyMap<string, readonly Config[]>;
  readonly exportedToNamespace: ReadonlyMap<string, readonly Config[]>;
  readonly public: readonly Config[];
  readonly publicByNamespace: OrderedIndex<Config>;
}

/** Takes merged VirtualServices (delegates resolved). Istio: PushContext.initVirtualServices */
export function buildVirtualServiceIndex(services: readonly Config[], meshDefault: ExportTo): VirtualServiceIndex {
  const privateByNamespace = new Map<string, Config[]>();
  const exportedToNamespace = new Map<string, Config[]>();
  const everyone: Config[] = [];
  for (const config of [...services].sort(compareByCreationTime)) {
    const { gateways, exportTo: own } = config.spec;
    if (gateways.length > 0 && !gateways.includes(MESH_GATEWAY)) continue;
    const exportTo = own.length > 0 ? new Set(own) : meshDefault;
    if (exportTo.has(PUBLIC)) {
      everyone.push(config);
      continue;
    }
    if (exportTo.has(NONE)) continue;
    if (exportTo.has(PRIVATE) || exportTo.has(config.namespace)) append(privateByNamespace, config.namespace, config);
    for (const namespace of exportTo) {
      if (namespace !== PRIVATE && namespace !== config.namespace) append(exportedToNamespace, namespace, config);
    }
  }
  return {
    privateByNamespace,
    exportedToNamespace,
    public: everyone,
    publicByNamespace: buildOrderedIndex(everyone, ({ namespace }) => namespace),
  };
}

/** Every VirtualService that some sidecar may see. */
export function listVirtualServices(index: VirtualServiceIndex): readonly Config[] {
  const { privateByNamespace, exportedToNamespace } = index;
  return [...new Set([index.public, ...privateByNamespace.values(), ...exportedToNamespace.values()].flat())];
}

function append(map: Map<string, Config[]>, key: string, config: Config): void {
  const list = map.get(key);
  if (list) list.push(config);
  else map.set(key, [config]);
}

/**
 * The VirtualServices that a listener's hosts import, in the order in which they take effect: private ones, those exported to
 * this namespace, public ones; in each group, Gateway API routes of the consumer first. Istio: SelectVirtualServices
 */
export function selectVirtualServices(
  index: VirtualServiceIndex,
  configNamespace: string,
  hostsByNamespace: ReadonlyMap<string, HostClassification>,
): Config[] {
  const selected: Config[] = [];
  const anyNamespace = hostsByNamespace.get('*');
  const add = (configs: readonly Config[] | undefined): void => {
    for (const consumerRoutes of [true, false]) {
      for (const config of configs ?? []) {
        const ofConsumer = config.spec.gatewaySemantics && config.namespace === configNamespace;
        if (ofConsumer !== consumerRoutes) continue;
        const own = hostsByNamespace.get(config.namespace);
        const imports = (hosts: HostClassification | undefined): boolean =>
          hosts !== undefined &&
          config.spec.hosts.some(
            (host) =>
              matchesVirtualServiceHost(hosts, host, config.spec.gatewaySemantics) &&
              !excludes(own, host) &&
              !excludes(anyNamespace, host),
          );
        if (imports(own) || imports(anyNamespace)) selected.push(config);
      }
    }
  };
  add(index.privateByNamespace.get(configNamespace));
  add(index.exportedToNamespace.get(configNamespace));
  // Without hosts of any namespace, those of the namespaces that are named are enough to look at.
  add(anyNamespace ? index.public : pickInOrder(index.publicByNamespace, hostsByNamespace.keys()));
  return selected;
}

/** Istio: hostClassification.VSMatches */
function matchesVirtualServiceHost(hosts: HostClassification, host: HostName, gatewaySemantics: boolean): boolean {
  if (hosts.exactHosts.has(host)) return true;
  const wildcarded = isWildcarded(host);
  return hosts.allHosts.some((imported) => {
    if (!wildcarded && !isWildcarded(imported)) return false;
    return gatewaySemantics ? subsetOf(host, imported) : matches(host, imported);
  });
}
