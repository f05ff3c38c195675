import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import { validateFqdn } from './dns-name.js';
import { quote } from './go-text.js';
import { isIPAddress } from './ip-address.js';
import { at, each, eachEntry, FINE, join, refuse, renderErrors, require, warn, type Outcome } from './outcome.js';
import { UNIX_PREFIX, validatePort, validatePortName, validateUnixAddress } from './port.js';
import { validateLabels } from './workload-selector.js';

/** The ports of the ServiceEntry that an endpoint belongs to; null for an entry that stands for itself. */
type ServicePorts = ReadonlySet<string> | null;

/** Istio: validateWorkloadEntry. An entry that stands for itself may name its address by DNS. */
export function validateWorkloadEntry(entry: JsonObject, servicePorts: ServicePorts): Outcome {
  const address = asString(entry['address']);
  const network = asString(entry['network']);
  if (address === '' && network === '') return refuse('address is required');
  const isSocket = address.startsWith(UNIX_PREFIX);
  return join(
    address === '' ? warn(`address is unset with network ${quote(network)}`) : FINE,
    at(['address'], isSocket ? validateSocketAddress(entry, address) : validateAddress(address, servicePorts === null)),
    at(['ports'], validateEndpointPorts(asObject(entry['ports']), servicePorts)),
    at(['labels'], validateLabels(asObject(entry['labels']))),
    require(!isSocket ||
      servicePorts === null ||
      servicePorts.size === 1, 'exactly 1 service port required for unix endpoints'),
  );
}

function validateSocketAddress(entry: JsonObject, address: string): Outcome {
  return join(
    validateUnixAddress(address.slice(UNIX_PREFIX.length)),
    require(Object.keys(asObject(entry['ports'])).length === 0, `unix endpoint ${address} must not include ports`),
  );
}

function validateAddress(address: string, namesAllowed: boolean): Outcome {
  if (address === '' || isIPAddress(address)) return FINE;
  if (!namesAllowed) return refuse(`endpoint address ${quote(address)} is not a valid IP address`);
  return validateNamedAddress(address);
}

/** An address that may be a DNS name. */
export function validateNamedAddress(address: string): Outcome {
  const valid = isIPAddress(address) || validateFqdn(address).errors.length === 0;
  return require(valid, `endpoint address ${quote(address)} is not a valid FQDN or an IP address`);
}

/** The ports of an endpoint: each is one of the service's. */
export function validateEndpointPorts(
  ports: Readonly<Record<string, JsonValue | undefined>>,
  known: ServicePorts,
): Outcome {
  return eachEntry(ports, (name, value) => {
    const port = asNumber(value) ?? 0;
    return join(
      require(known === null || known.has(name), `endpoint port ${port} is not defined by the service entry`),
      validatePortName(name),
      validatePort(port),
    );
  });
}

/** Istio: ValidateWorkloadGroup. The template's address is filled in when a workload registers. */
export function validateWorkloadGroup(spec: JsonObject): Outcome {
  if (!isObject(spec['template'])) return refuse('template is required');
  const labels = validateLabels(asObject(asObject(spec['metadata'])['labels']));
  if (labels.errors.length > 0) {
    return refuse(`invalid labels: ${renderErrors(labels)}`, 'metadata', 'labels', ...labels.errors[0]!.path);
  }
  return isObject(spec['probe']) ? at(['probe'], validateReadinessProbe(spec['probe'])) : FINE;
}

const COUNTS = [
  'periodSeconds',
  'initialDelaySeconds',
  'timeoutSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** Istio: validateReadinessProbe */
function validateReadinessProbe(probe: JsonObject): Outcome {
  const counts = COUNTS.map((field) => require(!((asNumber(probe[field]) ?? 0) < 0), `${field} must be non-negative`));
  return join(...counts, validateHealthCheck(probe));
}

function validateHealthCheck({ httpGet, tcpSocket, exec, grpc }: JsonObject): Outcome {
  if (isObject(httpGet)) return at(['httpGet'], validateHttpGet(httpGet));
  if (isObject(tcpSocket)) return at(['tcpSocket', 'port'], validatePort(asNumber(tcpSocket['port']) ?? 0));
  if (isObject(exec)) return require(asArray(exec['command']).length > 0, 'exec.command is required', 'exec');
  const method = isObject(grpc) ? '*v1alpha3.ReadinessProbe_Grpc' : '<nil>';
  return refuse(`unknown health check method ${method}`);
}

function validateHttpGet(check: JsonObject): Outcome {
  const headers = each(asArray(check['httpHeaders']), (header) => {
    const name = asString(asObject(header)['name']);
    if (name === '') return refuse('header name cannot be empty');
    return require(/^[-A-Za-z0-9]+$/.test(name), `header name ${name} is not a valid header name`);
  });
  return join(
    at(['port'], validatePort(asNumber(check['port']) ?? 0)),
    require(['', 'HTTP', 'HTTPS'].includes(
      asString(check['scheme']),
    ), 'httpGet.scheme must be one of "HTTPS", "HTTP"', 'scheme'),
    at(['httpHeaders'], headers),
  );
}
