import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { Service } from '../istio/service.js';
import { firstDifference } from '../kubernetes/changed-objects.js';
import type { Origin } from '../diagnostic/diagnostic.js';
import { endsAlike, type ComparedClass } from './compare-meshes.js';
import { hasProxies, workloadKey } from './evaluate-mesh.js';

/**
 * Host names that several namespaces have, and that another of them serves after a change: the cluster has the same name, so that
 * the call counts as the same, and it ends at other servers.
 */
export function findServedElsewhere(classes: readonly ComparedClass[]): Diagnostic[] {
  const found = new Map<string, { service: Service; former: Service; place: Origin; workloads: string[] }>();
  const [first] = classes;
  if (!first) return [];
  const indexes = [first.before, first.after].map(({ config }) => config().push.services);
  const shared = new Set(indexes.flatMap(({ sharedHostnames }) => [...sharedHostnames]));
  if (shared.size === 0) return [];
  for (const each of classes) {
    const { before, after, workloads } = each;
    if (endsAlike(each) || !hasProxies(after) || !hasProxies(before)) continue;
    const { scope } = after.config();
    for (const host of shared) {
      const former = before.config().scope.servicesByHostname.get(host);
      const service = scope.servicesByHostname.get(host);
      if (!former || !service || nameOf(former) === nameOf(service)) continue;
      const key = `${host} ${nameOf(former)} ${nameOf(service)}`;
      const known = found.get(key) ?? { service, former, place: placeOf(service, each), workloads: [] };
      known.workloads.push(...workloads.map(workloadKey));
      found.set(key, known);
    }
  }
  return [...found.values()].map(({ service, former, place, workloads }) => {
    const [name] = [...workloads].sort();
    const more = workloads.length > 1 ? ` and ${String(workloads.length - 1)} more` : '';
    const message = `For ${name!}${more}, ${service.hostname} is that of ${nameOf(service)} after the change, and was that of ${nameOf(former)}: one name, and other servers.`;
    return diagnostic('served-elsewhere', message, place);
  });
}

function nameOf({ object: { kind, metadata } }: Service): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** The Sidecar's hosts, where the change is in the Sidecar that governs; else what serves now. */
function placeOf(service: Service, { before, after }: ComparedClass): Origin {
  const [old, now] = [before.sidecar?.object, after.sidecar?.object];
  if (!now || (old && firstDifference(old.body, now.body) === null)) return service.object.origin;
  return now.locate(['spec', 'egress', 0, 'hosts']);
}
