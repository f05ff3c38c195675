import type { JsonObject, JsonValue, KubernetesObject } from '../../../src/kubernetes/manifest.js';
import { asObject, asString, stringMap } from '../../../src/kubernetes/json.js';

/** An object as the reader hands it over, of a body as a manifest writes it. */
export function kubernetesObject(body: JsonObject): KubernetesObject {
  const metadata = asObject(body['metadata']);
  const apiVersion = asString(body['apiVersion']);
  const slash = apiVersion.indexOf('/');
  const origin = { path: 'manifest.yaml', line: 1 };
  return {
    apiVersion,
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    kind: asString(body['kind']),
    metadata: {
      name: asString(metadata['name']),
      namespace: body['kind'] === 'Namespace' ? '' : asString(metadata['namespace']) || 'default',
      labels: stringMap(metadata['labels']),
      annotations: stringMap(metadata['annotations']),
      creationTimestamp: null,
    },
    body,
    origin,
    locate: () => origin,
  };
}

/** A networking object of Istio's in the namespace `shop`. */
export function istioObject(kind: string, name: string, spec: JsonValue, apiVersion = 'v1'): KubernetesObject {
  return kubernetesObject({
    apiVersion: `networking.istio.io/${apiVersion}`,
    kind,
    metadata: { name, namespace: 'shop' },
    spec,
  });
}

/** A Sidecar with one catch-all listener of these hosts. */
export function sidecarOf(...hosts: readonly string[]): KubernetesObject {
  return istioObject('Sidecar', 'default', { egress: [{ hosts }] });
}
