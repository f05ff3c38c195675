import { asArray, asNumber, asObject, asString, asStrings, isObject } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import type { DumpScope } from './proxy-dump.js';

/** istiod's record of one proxy's scope, as `/debug/sidecarz` gives it. Istio: SidecarScope.MarshalJSON, model.Service */
export function readScope(scope: JsonObject): DumpScope {
  const imports = new Set<string>();
  const addresses = new Map<string, readonly string[]>();
  for (const service of Object.values(asObject(scope['servicesByHostname'])).filter(isObject)) {
    const host = asString(service['hostname']);
    for (const port of asArray(service['ports']).filter(isObject)) {
      imports.add(`${host}:${asNumber(port['port']) ?? 0}`);
    }
    addresses.set(host, addressesOf(service));
  }
  const policy = scope['outboundTrafficPolicy'];
  return {
    namespace: asString(scope['namespace']),
    name: asString(scope['name']),
    isDefault: !isObject(scope['sidecar']),
    // The zero value, which istiod does not write, is REGISTRY_ONLY.
    mode: isObject(policy) ? asString(policy['mode']) || 'REGISTRY_ONLY' : '',
    imports: [...imports].sort(),
    addresses,
  };
}

export function isScope(value: JsonObject): boolean {
  return isObject(value['servicesByHostname']) && 'egressListenerServices' in value;
}

function addressesOf(service: JsonObject): readonly string[] {
  const own = asString(service['defaultAddress']);
  const perCluster = Object.values(asObject(asObject(service['clusterVIPs'])['Addresses'])).flatMap(asStrings);
  return [...new Set([own, ...perCluster])].filter((address) => address !== '' && address !== '0.0.0.0');
}
