import { asArray, asObject, asString } from '../../kubernetes/json.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import { texts } from './go-text.js';
import { at, each, join, require, type Outcome } from './outcome.js';

const FOR_TYPE = 'for resolution type DYNAMIC_DNS';
const PROTOCOLS: ReadonlySet<string> = new Set(['http', 'tls', 'grpc', 'http2']);
const WAYPOINT_LABEL = 'istio.io/use-waypoint';

/** A ServiceEntry whose host is looked up as each call names it. Istio: ValidateServiceEntry, its case DYNAMIC_DNS */
export function validateDynamicDns(spec: JsonObject, object: KubernetesObject, rules: AdmissionRules): Outcome {
  const hosts = texts(spec['hosts']);
  return join(
    require(hosts.length > 0, `at least one wildcard host must be provided ${FOR_TYPE}`, 'hosts'),
    at(
      ['hosts'],
      each(hosts, (host) => require(host.startsWith('*'), 'host must be wildcarded for resolution mode DYNAMIC_DNS')),
    ),
    require(asArray(spec['addresses']).length ===
      0, `addresses cannot be set ${FOR_TYPE}. HTTP route domains will only be generatedfrom the hosts field values`, 'addresses'),
    require(asArray(spec['endpoints']).length ===
      0, `endpoints cannot be set ${FOR_TYPE}. Destination IP address determined from hostsfield values`, 'endpoints'),
    at(
      ['ports'],
      each(asArray(spec['ports']), (port) => validateProtocol(asString(asObject(port)['protocol']), rules)),
    ),
    validateLocation(spec, object, rules),
  );
}

function validateProtocol(protocol: string, rules: AdmissionRules): Outcome {
  const name = protocol.toLowerCase();
  if (!rules.dynamicDnsBeyondHttp) return require(name === 'http', `only HTTP protocol is supported ${FOR_TYPE}`);
  return require(PROTOCOLS.has(name), `only HTTP, TLS, GRPC, and HTTP2 protocols are supported ${FOR_TYPE}`);
}

function validateLocation(spec: JsonObject, object: KubernetesObject, rules: AdmissionRules): Outcome {
  const inside = spec['location'] === 'MESH_INTERNAL';
  if (!rules.dynamicDnsBeyondHttp) return require(!inside, `location must be MESH_EXTERNAL ${FOR_TYPE}`, 'location');
  const waypoint = object.metadata.labels[WAYPOINT_LABEL] ?? '';
  return require(!inside ||
    waypoint === '' ||
    waypoint.toLowerCase() ===
      'none', 'location MESH_INTERNAL with resolution type DYNAMIC_DNS is not supported when using waypoints', 'location');
}
