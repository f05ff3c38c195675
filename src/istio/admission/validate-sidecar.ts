import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import { validateNamespaceSlashWildcardHostname } from './dns-name.js';
import { splitOnce, texts } from './go-text.js';
import { asWarnings, at, each, FINE, join, refuse, require, warn, type Outcome } from './outcome.js';
import {
  UNIX_PREFIX,
  validateIPAddress,
  validatePort,
  validatePortName,
  validateProtocol,
  validateUnixAddress,
} from './port.js';
import { validateOutboundTrafficPolicy } from './validate-destination.js';
import { validateIngressListener } from './validate-sidecar-ingress.js';
import { validateConnectionPool } from './validate-traffic-policy.js';
import { validateWorkloadSelector } from './workload-selector.js';

const NOT_LAST = 'sidecar: the egress listener with empty port should be the last listener in the list';

/** Istio: ValidateSidecar */
export function validateSidecar(spec: JsonObject, namespace: string, rules: AdmissionRules): Outcome {
  const selector = isObject(spec['workloadSelector'])
    ? at(['workloadSelector'], validateWorkloadSelector(spec['workloadSelector'], 'labels'))
    : FINE;
  if (selector.errors.length > 0) return selector;
  const [ingress, egress] = [asArray(spec['ingress']), asArray(spec['egress'])];
  const pool = spec['inboundConnectionPool'];
  const policy = spec['outboundTrafficPolicy'];
  if (ingress.length === 0 && egress.length === 0 && !isObject(pool) && !isObject(policy)) {
    return refuse('sidecar: empty configuration provided');
  }
  return join(
    ...selector.warnings.map(({ message, path }) =>
      warn(`sidecar: ${message}, will be applied to all services in namespace`, ...path),
    ),
    at(['ingress'], validateIngress(ingress)),
    isObject(pool) ? at(['inboundConnectionPool'], validateConnectionPool(pool)) : FINE,
    at(['egress'], validateEgress(egress, namespace, rules)),
    isObject(policy) ? at(['outboundTrafficPolicy'], validateOutboundTrafficPolicy(policy)) : FINE,
  );
}

function validateIngress(listeners: readonly JsonValue[]): Outcome {
  const ports = new Set<number>();
  return each(listeners, (listener) => validateIngressListener(asObject(listener), ports));
}

function validateEgress(listeners: readonly JsonValue[], namespace: string, rules: AdmissionRules): Outcome {
  const taken = { ports: new Set<number>(), sockets: new Set<string>() };
  return each(listeners, (item, index) => {
    const listener = asObject(item);
    return join(
      isObject(listener['port'])
        ? validateListenerPort(listener, listener['port'], taken)
        : require(index === listeners.length - 1, NOT_LAST),
      at(['hosts'], validateHosts(texts(listener['hosts']), namespace, rules)),
    );
  });
}

interface Taken {
  readonly ports: Set<number>;
  readonly sockets: Set<string>;
}

function validateListenerPort(listener: JsonObject, port: JsonObject, { ports, sockets }: Taken): Outcome {
  const number = asNumber(port['number']) ?? 0;
  const bind = asString(listener['bind']);
  const unique =
    number === 0
      ? require(!sockets.has(bind), 'sidecar: unix domain socket values for listeners must be unique', 'bind')
      : require(!ports.has(number), 'sidecar: ports on IP bound listeners must be unique', 'port', 'number');
  if (number === 0) sockets.add(bind);
  else ports.add(number);
  return join(validatePortBindAndCaptureMode(port, bind, asString(listener['captureMode'])), unique);
}

/** Istio: validateSidecarEgressPortBindAndCaptureMode */
function validatePortBindAndCaptureMode(port: JsonObject, bind: string, captureMode: string): Outcome {
  const number = asNumber(port['number']) ?? 0;
  const name = asString(port['name']);
  const isSocket = number === 0;
  return join(
    require(!((asNumber(port['targetPort']) ?? 0) > 0), 'targetPort has no impact on Sidecars', 'port', 'targetPort'),
    name === '' ? FINE : at(['port', 'name'], validatePortName(name)),
    at(['port', 'protocol'], validateProtocol(asString(port['protocol']))),
    isSocket
      ? at(['bind'], validateSocket(bind))
      : join(at(['port', 'number'], validatePort(number)), bind === '' ? FINE : at(['bind'], validateIPAddress(bind))),
    require(!isSocket ||
      captureMode !==
        'IPTABLES', 'sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners', 'captureMode'),
  );
}

function validateSocket(bind: string): Outcome {
  if (bind.startsWith(UNIX_PREFIX)) return validateUnixAddress(bind.slice(UNIX_PREFIX.length));
  return refuse('sidecar: ports with 0 value must have a unix domain socket bind address');
}

function validateHosts(hosts: readonly string[], namespace: string, rules: AdmissionRules): Outcome {
  if (hosts.length === 0) return refuse('sidecar: egress listener must contain at least one host');
  const seen = new Map<string, Set<string>>();
  const outcomes = each(hosts, (host) =>
    join(
      asWarnings(duplicated(host, namespace, seen, rules)),
      validateNamespaceSlashWildcardHostname(host, rules.hostExclusions),
    ),
  );
  const redundant = seen.get('*')?.has('*') === true && seen.size !== 1;
  return join(outcomes, redundant ? warn('`*/*` host select all resources, no other hosts can be added') : FINE);
}

function duplicated(host: string, own: string, seen: Map<string, Set<string>>, rules: AdmissionRules): Outcome {
  const [namespace, name] = splitOnce(host, '/');
  if (name === null || (rules.hostExclusions && namespace.startsWith('~'))) return FINE;
  const key = namespace === '.' ? own : namespace;
  const names = seen.get(key) ?? new Set<string>();
  seen.set(key, names);
  const covered = name === '*' ? names.size > 0 : names.has(name) || names.has('*');
  names.add(name);
  return require(!covered, `duplicated egress host: ${host}`);
}
