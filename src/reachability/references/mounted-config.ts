import type { Origin } from '../../diagnostic/diagnostic.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import { asArray, asObject, asString, stringMap } from '../../kubernetes/json.js';
import type { Workload } from '../../kubernetes/workload.js';
import type { MissingConfigMap } from './container-environment.js';
import type { BodyPath } from './value-lines.js';

/** One key of a ConfigMap that some container sees as a file. */
export interface MountedFile {
  readonly configMap: KubernetesObject;
  readonly key: string;
}

/** Certificates and keys hold no addresses. */
const CERTIFICATE_FILE = /\.(?:crt|pem|cer|key|jks|p12)$/;

/**
 * The files that the containers mount from ConfigMaps, each once, and the ConfigMaps that are not there. A Secret that is
 * mounted as files says nothing here: what is mounted is credentials and certificates nearly always, and a workload with a
 * certificate must not turn every edge into one that may be needed.
 */
export function collectMountedConfig(
  workload: Workload,
  containers: readonly JsonObject[],
  specPath: BodyPath,
  configMap: (namespace: string, name: string) => KubernetesObject | undefined,
): { readonly files: readonly MountedFile[]; readonly missing: readonly MissingConfigMap[] } {
  const files = new Map<string, MountedFile>();
  const missing: MissingConfigMap[] = [];
  const mounts = mountsByVolume(containers);
  for (const { reference, path, volume } of configMapVolumes(workload.podSpec, specPath)) {
    const subPaths = mounts.get(volume);
    const name = asString(reference['name']);
    if (subPaths === undefined || name === '') continue;
    const items = itemPaths(reference);
    const isSeen = (key: string): boolean => {
      const file = items === null ? key : items.get(key);
      return file !== undefined && isMounted(file, subPaths);
    };
    const object = configMap(workload.namespace, name);
    if (object === undefined) {
      const certificatesOnly = [...(items?.keys() ?? subPaths)].every((file) => CERTIFICATE_FILE.test(file));
      const locate = (): Origin => workload.object.locate([...path, 'name']);
      if (reference['optional'] !== true) missing.push({ name, locate, mayHoldAddresses: !certificatesOnly });
      continue;
    }
    for (const key of Object.keys(stringMap(object.body['data']))) {
      if (isSeen(key)) files.set(`${name}/${key}`, { configMap: object, key });
    }
  }
  return { files: [...files.values()], missing };
}

/** Per volume the sub-paths under which it is mounted; the empty one is the whole volume. */
function mountsByVolume(containers: readonly JsonObject[]): ReadonlyMap<string, ReadonlySet<string>> {
  const mounts = new Map<string, Set<string>>();
  for (const entry of containers.flatMap((container) => asArray(container['volumeMounts']))) {
    const mount = asObject(entry);
    const volume = asString(mount['name']);
    const subPaths = mounts.get(volume) ?? new Set<string>();
    subPaths.add(asString(mount['subPath']).replace(/^\.\/|\/$/g, ''));
    mounts.set(volume, subPaths);
  }
  return mounts;
}

/** Whether a sub-path is the file, or a folder around it. */
function isMounted(file: string, subPaths: ReadonlySet<string>): boolean {
  for (let end = file.length; end > 0; end = file.lastIndexOf('/', end - 1)) {
    if (subPaths.has(file.slice(0, end))) return true;
  }
  return subPaths.has('');
}

interface ConfigMapVolume {
  readonly volume: string;
  readonly reference: JsonObject;
  readonly path: BodyPath;
}

function configMapVolumes(podSpec: JsonObject, specPath: BodyPath): ConfigMapVolume[] {
  return asArray(podSpec['volumes']).flatMap((entry, index) => {
    const source = asObject(entry);
    const volume = asString(source['name']);
    const path = [...specPath, 'volumes', index];
    const own = { volume, reference: asObject(source['configMap']), path: [...path, 'configMap'] };
    const projected = asArray(asObject(source['projected'])['sources']).map((part, number) => ({
      volume,
      reference: asObject(asObject(part)['configMap']),
      path: [...path, 'projected', 'sources', number, 'configMap'],
    }));
    return [own, ...projected];
  });
}

/** The file of each key that `items` picks; null where every key is a file of its own name. */
function itemPaths(reference: JsonObject): ReadonlyMap<string, string> | null {
  const items = asArray(reference['items']);
  if (items.length === 0) return null;
  return new Map(items.map((item) => [asString(asObject(item)['key']), asString(asObject(item)['path'])]));
}
