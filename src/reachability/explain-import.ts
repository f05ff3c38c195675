import { classifyHosts, excludes, includes } from '../istio/host-classification.js';
import { subsetOf } from '../istio/host-name.js';
import { EXPORT_TO_ANNOTATION } from '../istio/kubernetes-service.js';
import { isServiceVisible } from '../istio/service-index.js';
import type { Service } from '../istio/service.js';
import type { EgressListener } from '../istio/sidecar.js';
import { NONE, PRIVATE, PUBLIC, type ExportTo } from '../istio/visibility.js';
import type { CallTarget } from './destination.js';
import type { ExplainStep } from './egress-reachability.js';
import type { ProxyConfiguration } from './proxy-configuration.js';
import { titleOf } from '../kubernetes/object-title.js';
import { writtenPath } from './words.js';

/** Whether the caller's namespace may see the destination at all; nothing for a host that nobody registered. */
export function explainExport({ push, scope }: ProxyConfiguration, { service }: CallTarget): ExplainStep[] {
  if (service === null) return [];
  const { object, exportTo } = service;
  const isOwn = exportTo !== null && exportTo.size > 0;
  const isSeen = isServiceVisible(push.services, service, scope.namespace);
  const by = isOwn ? '' : ", by the mesh's default";
  const viewer = isSeen ? '' : `; namespace ${scope.namespace} does not see it`;
  const path = object.kind === 'Service' ? ['metadata', 'annotations', EXPORT_TO_ANNOTATION] : ['spec', 'exportTo'];
  const origin = isOwn ? object.locate(writtenPath(object, path)) : (push.meshConfig.source?.origin ?? null);
  const detail = `${titleOf(object)} is exported to ${nameViewers(isOwn ? exportTo : push.services.meshDefault)}${by}${viewer}.`;
  return [{ title: 'Export', detail, origin }];
}

function nameViewers(exportTo: ExportTo): string {
  if (exportTo.has(PUBLIC)) return 'every namespace';
  if (exportTo.has(NONE)) return 'nobody';
  const names = [...exportTo].filter((name) => name !== PRIVATE).sort();
  return [...(exportTo.has(PRIVATE) ? ['its own namespace'] : []), ...names.map((name) => `namespace ${name}`)].join(
    ' and ',
  );
}

/** The host line that imports the destination, or that excludes it, or what comes nearest to one. */
export function explainImport(config: ProxyConfiguration, { service, host }: CallTarget): ExplainStep {
  const { push, scope } = config;
  const { sidecar } = scope;
  const step = (detail: string, origin: ExplainStep['origin'] = null): ExplainStep => ({
    title: 'Import',
    detail,
    origin,
  });
  if (service === null) return step('There is nothing to import: nobody registered the host.');
  const imported = scope.servicesByHostname.has(service.hostname);
  const nothing = `${sidecar ? `Nothing that Sidecar ${sidecar.namespace}/${sidecar.name} lists` : 'No host line'} matches ${host}`;
  let nearest: ExplainStep | null = null;
  for (const { listener } of scope.egressListeners) {
    for (const [index, line] of listener.hosts.entries()) {
      const { byNamespace } = classifyHosts([line], scope.namespace, push.behavior.excludesHosts);
      const of = [byNamespace.get('*'), byNamespace.get(service.namespace)];
      const isExcluding = !imported && of.some((hosts) => excludes(hosts, host));
      const path = ['spec', 'egress', listener.index ?? 0, 'hosts', index];
      const origin = sidecar && listener.index !== null ? sidecar.object.locate(path) : null;
      if (isExcluding || of.some((hosts) => includes(hosts, host))) {
        const port = listener.port === null ? '' : ` of the listener for port ${listener.port.number}`;
        const verb = isExcluding ? 'excludes it' : imported ? 'imports it' : tellVain(config, service, listener);
        return step(`The host line "${line}"${port} ${verb}.`, origin);
      }
      const miss = tellMiss(line, service, host, scope.namespace);
      if (miss !== null) nearest ??= step(`${nothing}; the nearest is "${line}": ${miss}.`, origin);
    }
  }
  if (imported) {
    return step(
      `No host line matches ${host}; an imported VirtualService brings it along, without a listener of its own.`,
    );
  }
  return (
    nearest ?? step(`${nothing}.`, sidecar?.object.locate(writtenPath(sidecar.object, ['spec', 'egress'])) ?? null)
  );
}

/** Why a line that names the destination does not import it. */
function tellVain({ push, scope }: ProxyConfiguration, service: Service, { port }: EgressListener): string {
  if (!isServiceVisible(push.services, service, scope.namespace))
    return `matches it, but it is not exported to namespace ${scope.namespace}`;
  if (port !== null && !service.ports.some((each) => each.port === port.number))
    return 'matches it, but it has no such port';
  return 'matches it, but another service of this name is imported in its place';
}

/** In what a line that does not match the destination comes near to it; null where it is about something else. */
function tellMiss(line: string, service: Service, host: string, consumer: string): string | null {
  const [prefix = '', name = ''] = line.split('/');
  const namespace = prefix === '.' ? consumer : prefix;
  if (name !== '*' && subsetOf(host, name))
    return `it is of namespace ${namespace}, and the host lives in ${service.namespace}`;
  if (name === '*' && namespace === service.name)
    return `${namespace} is the Service, whose namespace is ${service.namespace}`;
  if (name === service.name || (name !== '' && host.startsWith(`${name}.`))) return 'a host is written as a whole';
  return null;
}
