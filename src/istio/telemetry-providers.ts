import { asArray, asNumber, asObject, asString, asStrings } from '../kubernetes/json.js';
import type { JsonValue } from '../kubernetes/manifest.js';
import { clusterName } from './destination-cluster.js';
import type { ServiceIndex } from './service-index.js';

/** A service that proxies send traces or logs to by themselves. Istio: meshconfig.MeshConfig_ExtensionProvider */
export interface TelemetryProvider {
  readonly name: string;
  /** A host, or `namespace/host`. */
  readonly service: string;
  readonly port: number;
}

/** The kinds of providers that have a service which a proxy's configuration names. */
export const PROVIDER_KINDS = [
  'zipkin',
  'datadog',
  'skywalking',
  'opentelemetry',
  'envoyHttpAls',
  'envoyTcpAls',
  'envoyOtelAls',
] as const;

export function parseTelemetryProviders(value: JsonValue | undefined): TelemetryProvider[] {
  return asArray(value).flatMap((item) => {
    const provider = asObject(item);
    const name = asString(provider['name']);
    return PROVIDER_KINDS.flatMap((kind) => {
      const { service, port } = asObject(provider[kind]);
      const number = asNumber(port);
      return typeof service === 'string' && number !== undefined ? [{ name, service, port: number }] : [];
    });
  });
}

/** Of providers of traces only the first counts. Istio: Telemetries.Tracing, Telemetries.AccessLogging */
export function defaultTelemetry(value: JsonValue | undefined): string[] {
  const { tracing, accessLogging } = asObject(value);
  return [...asStrings(tracing).slice(0, 1), ...asStrings(accessLogging)];
}

/** The cluster that a provider names, whether a proxy has it or not; null where no one service is meant. Istio: model.LookupCluster */
export function lookupCluster({ service, port }: TelemetryProvider, index: ServiceIndex): string | null {
  const slash = service.indexOf('/');
  const hostname = service.slice(slash + 1);
  const owners = index.byHostname.get(hostname);
  const isOne = slash === -1 ? owners?.size === 1 : owners?.has(service.slice(0, slash));
  return isOne === true ? clusterName({ port, subset: '', hostname }) : null;
}
