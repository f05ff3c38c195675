import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import { validateFqdn, validatePartialWildcard, validateWildcardDomain } from './dns-name.js';
import { validateExportTo } from './export-to.js';
import { quote, texts } from './go-text.js';
import { asWarnings, at, each, FINE, join, refuse, renderErrors, require, warn, type Outcome } from './outcome.js';
import {
  isHttpProtocol,
  isTlsProtocol,
  validateIPSubnet,
  validatePort,
  validatePortName,
  validateProtocol,
} from './port.js';
import { validateDynamicDns } from './validate-dynamic-dns.js';
import { validateEndpointPorts, validateNamedAddress, validateWorkloadEntry } from './validate-workload-entry.js';
import { validateLabels, validateWorkloadSelector } from './workload-selector.js';

/** Istio: ValidateServiceEntry */
export function validateServiceEntry(spec: JsonObject, object: KubernetesObject, rules: AdmissionRules): Outcome {
  const selector = isObject(spec['workloadSelector'])
    ? at(['workloadSelector'], validateWorkloadSelector(spec['workloadSelector'], 'labels'))
    : FINE;
  if (selector.errors.length > 0) return selector;
  const resolution = asString(spec['resolution']) || 'NONE';
  return join(
    ...selector.warnings.map(({ message, path }) =>
      warn(`service entry: ${message}, will be applied to all services in namespace`, ...path),
    ),
    require(!isObject(spec['workloadSelector']) ||
      !Array.isArray(
        spec['endpoints'],
      ), 'only one of WorkloadSelector or Endpoints is allowed in Service Entry', 'endpoints'),
    at(['hosts'], validateHosts(texts(spec['hosts']), resolution)),
    at(['addresses'], validateAddresses(texts(spec['addresses']), resolution)),
    at(['ports'], validatePorts(asArray(spec['ports']))),
    validateResolution(spec, resolution, object, rules),
    validateManyHosts(spec, resolution),
    at(['exportTo'], validateExportTo(object.metadata.namespace, texts(spec['exportTo']), { noneAllowed: true })),
  );
}

function validateHosts(hosts: readonly string[], resolution: string): Outcome {
  if (hosts.length === 0) return refuse('service entry must have at least one host');
  return each(hosts, (host) => {
    if (host === '*') return refuse('invalid host *');
    const partial = resolution === 'DYNAMIC_DNS' ? FINE : asWarnings(validatePartialWildcard(host));
    return join(validateWildcardDomain(host), partial);
  });
}

function validateAddresses(addresses: readonly string[], resolution: string): Outcome {
  const hasRange = addresses.some((address) => address.includes('/'));
  return join(
    each(addresses, (address) => validateIPSubnet(address)),
    require(!hasRange ||
      resolution === 'NONE' ||
      resolution === 'STATIC', 'CIDR addresses are allowed only for NONE/STATIC resolution types'),
  );
}

function validatePorts(ports: readonly JsonValue[]): Outcome {
  const [names, numbers] = [new Set<string>(), new Set<number>()];
  return each(ports, (item) => {
    const port = asObject(item);
    const name = asString(port['name']);
    const number = asNumber(port['number']) ?? 0;
    const target = asNumber(port['targetPort']) ?? 0;
    const outcome = join(
      require(!names.has(name), `service entry port name ${quote(name)} already defined`, 'name'),
      require(!numbers.has(number), `service entry port ${number} already defined`, 'number'),
      target === 0 ? FINE : at(['targetPort'], validatePort(target)),
      at(['name'], validatePortName(name)),
      at(['protocol'], validateProtocol(asString(port['protocol']))),
      at(['number'], validatePort(number)),
    );
    names.add(name);
    numbers.add(number);
    return outcome;
  });
}

function validateResolution(
  spec: JsonObject,
  resolution: string,
  object: KubernetesObject,
  rules: AdmissionRules,
): Outcome {
  const endpoints = asArray(spec['endpoints']);
  const portNames = new Set(asArray(spec['ports']).map((port) => asString(asObject(port)['name'])));
  switch (resolution) {
    case 'NONE':
      return join(
        require(endpoints.length === 0, 'no endpoints should be provided for resolution type none', 'endpoints'),
        isObject(spec['workloadSelector'])
          ? warn('workloadSelector should not be set when resolution mode is NONE', 'workloadSelector')
          : FINE,
      );
    case 'STATIC':
      return at(
        ['endpoints'],
        each(endpoints, (item) => validateWorkloadEntry(asObject(item), portNames)),
      );
    case 'DYNAMIC_DNS':
      return validateDynamicDns(spec, object, rules);
    default:
      return validateDnsResolution(spec, resolution, portNames);
  }
}

function validateDnsResolution(spec: JsonObject, resolution: string, portNames: ReadonlySet<string>): Outcome {
  const hosts = texts(spec['hosts']);
  const endpoints = asArray(spec['endpoints']);
  const wrong = endpoints.length > 0 ? -1 : hosts.findIndex((host) => validateFqdn(host).errors.length > 0);
  return join(
    wrong < 0
      ? FINE
      : refuse(
          `hosts must be FQDN or contain only prefix wildcards if no endpoints are provided for resolution mode ${resolution}, ${renderErrors(validateFqdn(hosts[wrong]!))}`,
          'hosts',
          wrong,
        ),
    require(resolution !== 'DNS_ROUND_ROBIN' ||
      endpoints.length <= 1, `there must only be 0 or 1 endpoint for resolution mode ${resolution}`, 'endpoints'),
    at(
      ['endpoints'],
      each(endpoints, (item) => {
        const endpoint = asObject(item);
        return join(
          at(['address'], validateNamedAddress(asString(endpoint['address']))),
          at(['labels'], validateLabels(asObject(endpoint['labels']))),
          at(['ports'], validateEndpointPorts(asObject(endpoint['ports']), portNames)),
        );
      }),
    ),
  );
}

/** Plain TCP carries nothing to tell several hosts apart by. */
function validateManyHosts(spec: JsonObject, resolution: string): Outcome {
  if (resolution === 'NONE' || texts(spec['hosts']).length <= 1) return FINE;
  const index = asArray(spec['ports']).findIndex((port) => {
    const protocol = asString(asObject(port)['protocol']);
    return !isHttpProtocol(protocol) && !isTlsProtocol(protocol);
  });
  if (index < 0) return FINE;
  return refuse('multiple hosts provided with non-HTTP, non-TLS ports', 'ports', index, 'protocol');
}
