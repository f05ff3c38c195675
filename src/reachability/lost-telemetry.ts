import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { PushContext } from '../istio/push-context.js';
import { lookupCluster, type TelemetryProvider } from '../istio/telemetry-providers.js';
import { asArray, asObject, asString, stringMap } from '../kubernetes/json.js';
import { isSubset } from '../kubernetes/label-selector.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { once } from '../kubernetes/once.js';
import type { Workload } from '../kubernetes/workload.js';
import { endsAlike, type ComparedClass } from './compare-meshes.js';
import { hasProxies, workloadKey } from './evaluate-mesh.js';

/**
 * Services for traces and logs that proxies are told to use and, after a change, do not know. No workload names them, and it is the
 * proxy that calls them: through the cluster, not through its listeners.
 */
export function findLostTelemetry(
  classes: readonly ComparedClass[],
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): Diagnostic[] {
  const telemetry = once(() => ({ old: before.filter(isTelemetry), now: after.filter(isTelemetry) }));
  const found = new Map<
    string,
    { provider: TelemetryProvider; cluster: string; in: ComparedClass; workloads: Workload[] }
  >();
  for (const each of classes) {
    if (endsAlike(each) || !hasProxies(each.after)) continue;
    const [earlier, config] = [each.before.config(), each.after.config()];
    if (config.push.meshConfig.telemetryProviders.length === 0) continue;
    const { old, now } = telemetry();
    for (const workload of each.workloads) {
      const former = usedBy(workload, earlier.push, old);
      for (const provider of usedBy(workload, config.push, now)) {
        const cluster = lookupCluster(provider, config.push.services);
        if (cluster === null || config.cluster(cluster) !== null) continue;
        const wasLost = former.some(({ name }) => name === provider.name) && earlier.cluster(cluster) === null;
        if (wasLost && hasProxies(each.before)) continue;
        const key = `${provider.name} ${cluster} ${each.after.sidecar?.namespace ?? ''}/${each.after.sidecar?.name ?? ''}`;
        const known = found.get(key) ?? { provider, cluster, in: each, workloads: [] };
        known.workloads.push(workload);
        found.set(key, known);
      }
    }
  }
  return [...found.values()].map(({ provider, in: { after: group }, workloads }) => {
    const [first] = workloads.map(workloadKey).sort();
    const more = workloads.length > 1 ? ` and ${String(workloads.length - 1)} more` : '';
    const host = provider.service.split('/').at(-1)!;
    const message = `The proxy of ${first!}${more} does not know ${host}:${String(provider.port)}, to which the provider ${provider.name} of the mesh configuration has it send telemetry: that is lost, and Envoy may refuse listeners that name it, so that a pod that restarts does not get ready.`;
    return diagnostic(
      'telemetry-not-imported',
      message,
      group.sidecar?.object.locate(['spec', 'egress', 0, 'hosts']) ?? null,
    );
  });
}

export function isTelemetry({ kind, group }: KubernetesObject): boolean {
  return kind === 'Telemetry' && group === 'telemetry.istio.io';
}

/** The providers that a workload's proxy sends traces and logs to. Istio: Telemetries.applicableTelemetries, but for what one object takes
 * back of another. */
export function usedBy(
  workload: Workload,
  { meshConfig }: PushContext,
  telemetries: readonly KubernetesObject[],
): TelemetryProvider[] {
  const names = new Set(meshConfig.defaultTelemetry);
  for (const { metadata, body } of telemetries) {
    if (metadata.namespace !== meshConfig.rootNamespace && metadata.namespace !== workload.namespace) continue;
    const spec = asObject(body['spec']);
    if (!isSubset(stringMap(asObject(spec['selector'])['matchLabels']), workload.labels)) continue;
    for (const name of [...providersOf(spec['tracing']), ...providersOf(spec['accessLogging'])]) names.add(name);
  }
  return meshConfig.telemetryProviders.filter(({ name }) => names.has(name));
}

function providersOf(value: JsonValue | undefined): string[] {
  return asArray(value)
    .map(asObject)
    .filter((each) => each['disableSpanReporting'] !== true && each['disabled'] !== true)
    .flatMap(({ providers }) => asArray(providers).map((provider) => asString(asObject(provider)['name'])));
}
