import { asArray, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { quote } from './go-text.js';
import { checkLabels, isQualifiedName } from './metadata.js';
import { renderPath, type Finding, type Path } from './outcome.js';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'] as const;
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'] as const;
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const PORT_RANGE = 'must be between 1 and 65535, inclusive';

/** What the API server holds against a Service. Kubernetes: validation.ValidateService */
export function checkService({ body }: KubernetesObject): Finding[] {
  const spec = asObject(body['spec']);
  const type = asString(spec['type']) || 'ClusterIP';
  return [...checkPorts(spec, type), ...checkType(spec, type), ...checkLabels(spec['selector'], ['spec', 'selector'])];
}

function checkType(spec: JsonObject, type: string): Finding[] {
  if (!TYPES.some((known) => known === type)) return [unsupported(['spec', 'type'], type, TYPES)];
  if (type !== 'ExternalName') return [];
  const host = asString(spec['externalName']).replace(/\.$/, '');
  const path = ['spec', 'externalName'];
  const findings: Finding[] = [];
  if (host === '') findings.push(finding(path, 'Required value'));
  else if (host.length > 253 || !SUBDOMAIN.test(host)) {
    findings.push(
      invalid(path, host, 'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters'),
    );
  }
  if (asString(spec['clusterIP']) !== '') {
    findings.push(finding(['spec', 'clusterIP'], 'Forbidden: may not be set for ExternalName services'));
  }
  return findings;
}

function checkPorts(spec: JsonObject, type: string): Finding[] {
  const ports = asArray(spec['ports']);
  const headless = spec['clusterIP'] === 'None';
  if (ports.length === 0 && !headless && type !== 'ExternalName') return [finding(['spec', 'ports'], 'Required value')];
  const [names, numbers] = [new Set<string>(), new Set<string>()];
  return ports.flatMap((item, index) => {
    const path = ['spec', 'ports', index];
    const port = asObject(item);
    const [name, protocol] = [asString(port['name']), asString(port['protocol']) || 'TCP'];
    const findings = [
      ...checkName(name, ports.length > 1, names, [...path, 'name']),
      ...checkPort(port, protocol, path),
    ];
    const key = JSON.stringify([protocol, port['port']]);
    if (numbers.has(key))
      findings.push(finding(path, `Duplicate value: ${JSON.stringify({ protocol, port: port['port'] })}`));
    numbers.add(key);
    return findings;
  });
}

function checkName(name: string, required: boolean, names: Set<string>, path: Path): Finding[] {
  if (name === '') return required ? [finding(path, 'Required value')] : [];
  const findings: Finding[] = [];
  if (name.length > 63 || !LABEL.test(name)) {
    findings.push(
      invalid(path, name, "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'"),
    );
  }
  if (names.has(name)) findings.push(finding(path, `Duplicate value: ${quote(name)}`));
  names.add(name);
  return findings;
}

function checkPort(port: JsonObject, protocol: string, path: Path): Finding[] {
  const findings: Finding[] = [];
  const number = port['port'];
  if (!isPortNumber(number)) findings.push(invalid([...path, 'port'], number ?? 0, PORT_RANGE));
  if (!PROTOCOLS.some((known) => known === protocol)) {
    findings.push(unsupported([...path, 'protocol'], protocol, PROTOCOLS));
  }
  const target = port['targetPort'] ?? '';
  if (typeof target === 'number' && target !== 0 && !isPortNumber(target)) {
    findings.push(invalid([...path, 'targetPort'], target, PORT_RANGE));
  } else if (typeof target === 'string' && target !== '' && !isPortName(target)) {
    findings.push(invalid([...path, 'targetPort'], target, 'must be the name of a port, of at most 15 characters'));
  }
  const appProtocol = asString(port['appProtocol']);
  if (appProtocol !== '' && !isQualifiedName(appProtocol)) {
    findings.push(invalid([...path, 'appProtocol'], appProtocol, 'must be a qualified name'));
  }
  return findings;
}

function isPortNumber(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** Kubernetes: validation.IsValidPortName */
function isPortName(value: string): boolean {
  return /^(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value) && value.length <= 15;
}

function finding(path: Path, message: string): Finding {
  return { message: `${renderPath(path)}: ${message}`, path };
}

function invalid(path: Path, value: JsonValue, why: string): Finding {
  const shown = isObject(value) || Array.isArray(value) ? '"object"' : JSON.stringify(value);
  return finding(path, `Invalid value: ${shown}: ${why}`);
}

function unsupported(path: Path, value: string, known: readonly string[]): Finding {
  return finding(path, `Unsupported value: ${quote(value)}: supported values: ${known.map(quote).join(', ')}`);
}
