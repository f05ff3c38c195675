import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import { validateFqdn } from './dns-name.js';
import { at, each, FINE, join, refuse, renderErrors, require, warn, type Outcome } from './outcome.js';
import { validateIPAddress, validatePort } from './port.js';
import { validateClientTls } from './validate-client-tls.js';
import { isZeroDuration, validateDuration } from './validate-duration.js';
import { validateLoadBalancer } from './validate-load-balancer.js';

const POLICY_FIELDS = [
  'outlierDetection',
  'connectionPool',
  'loadBalancer',
  'tls',
  'tunnel',
  'proxyProtocol',
  'retryBudget',
] as const;
const PORT_POLICY_FIELDS = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'] as const;

/** Istio: validateTrafficPolicy */
export function validateTrafficPolicy(policy: JsonObject, namespace: string, rules: AdmissionRules): Outcome {
  const { portLevelSettings: ports, tunnel, proxyProtocol } = policy;
  if (!POLICY_FIELDS.some((field) => isObject(policy[field])) && !Array.isArray(ports)) {
    return refuse('traffic policy must have at least one field');
  }
  if (isObject(tunnel) && isObject(proxyProtocol)) return refuse('tunnel and proxyProtocol must not be set together');
  return join(
    validateSettings(policy, namespace, rules),
    at(['portLevelSettings'], validatePortPolicies(asArray(ports), namespace, rules)),
    isObject(tunnel) ? at(['tunnel'], validateTunnel(tunnel)) : FINE,
  );
}

/** Istio: validatePortTrafficPolicies */
function validatePortPolicies(items: readonly JsonValue[], namespace: string, rules: AdmissionRules): Outcome {
  return each(items, (item) => {
    const policy = asObject(item);
    return join(
      require(isObject(policy['port']), 'portTrafficPolicy must have valid port'),
      PORT_POLICY_FIELDS.some((field) => isObject(policy[field]))
        ? validateSettings(policy, namespace, rules)
        : refuse('port traffic policy must have at least one field'),
    );
  });
}

/** What a policy and a port's policy have in common. */
function validateSettings(policy: JsonObject, namespace: string, rules: AdmissionRules): Outcome {
  const { outlierDetection: outlier, connectionPool: pool, loadBalancer: balancer, tls } = policy;
  return join(
    isObject(outlier) ? at(['outlierDetection'], validateOutlierDetection(outlier)) : FINE,
    isObject(pool) ? at(['connectionPool'], validateConnectionPool(pool)) : FINE,
    isObject(balancer) ? at(['loadBalancer'], validateLoadBalancer(balancer, isObject(outlier), rules)) : FINE,
    isObject(tls) ? at(['tls'], validateClientTls(tls, namespace)) : FINE,
  );
}

/** Istio: validateTunnelSettings */
function validateTunnel(tunnel: JsonObject): Outcome {
  const host = asString(tunnel['targetHost']);
  const [name, address] = [validateFqdn(host), validateIPAddress(host)];
  const port = validatePort(asNumber(tunnel['targetPort']) ?? 0);
  const hostValid = name.errors.length === 0 || address.errors.length === 0;
  return join(
    require(['', 'CONNECT', 'POST'].includes(
      asString(tunnel['protocol']),
    ), 'tunnel protocol must be "CONNECT" or "POST"', 'protocol'),
    require(hostValid, `tunnel target host must be valid FQDN or IP address: ${renderErrors(name)}; ${renderErrors(address)}`, 'targetHost'),
    require(port.errors.length === 0, `tunnel target port is invalid: ${renderErrors(port)}`, 'targetPort'),
  );
}

/** Istio: validateOutlierDetection */
function validateOutlierDetection(outlier: JsonObject): Outcome {
  const localOrigin = asNumber(outlier['consecutiveLocalOriginFailures']) ?? 0;
  return join(
    at(['baseEjectionTime'], validateDuration(outlier['baseEjectionTime'])),
    (asNumber(outlier['consecutiveErrors']) ?? 0) === 0
      ? FINE
      : warn(
          'outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead',
          'consecutiveErrors',
        ),
    require(outlier['splitExternalLocalOriginErrors'] === true ||
      localOrigin <=
        0, 'outlier detection consecutive local origin failures is specified, but split external local origin errors is set to false', 'consecutiveLocalOriginFailures'),
    at(['interval'], validateDuration(outlier['interval'])),
    at(['maxEjectionPercent'], validatePercent(outlier['maxEjectionPercent'])),
    at(['minHealthPercent'], validatePercent(outlier['minHealthPercent'])),
  );
}

/** Istio: ValidatePercent */
function validatePercent(value: JsonValue | undefined): Outcome {
  const percent = typeof value === 'number' ? value : 0;
  return require(percent >= 0 && percent <= 100, `percentage ${percent} is not in range 0..100`);
}

/** Istio: validateConnectionPool */
export function validateConnectionPool(pool: JsonObject): Outcome {
  const { http, tcp } = pool;
  if (!isObject(http) && !isObject(tcp)) return refuse('connection pool must have at least one field');
  return join(
    isObject(http) ? at(['http'], validateHttpPool(http)) : FINE,
    isObject(tcp) ? at(['tcp'], validateTcpPool(tcp)) : FINE,
  );
}

function validateHttpPool(http: JsonObject): Outcome {
  const upgradeConflict = http['h2UpgradePolicy'] === 'UPGRADE' && http['useClientProtocol'] === true;
  return join(
    nonNegative(http, 'http1MaxPendingRequests', 'http1 max pending requests'),
    nonNegative(http, 'http2MaxRequests', 'http2 max requests'),
    nonNegative(http, 'maxRequestsPerConnection', 'max requests per connection'),
    nonNegative(http, 'maxRetries', 'max retries'),
    at(['idleTimeout'], validateDuration(http['idleTimeout'])),
    require(!upgradeConflict, 'use client protocol must not be true when H2UpgradePolicy is UPGRADE', 'useClientProtocol'),
    nonNegative(http, 'maxConcurrentStreams', 'max concurrent streams'),
    isObject(http['http2KeepAlive']) ? at(['http2KeepAlive'], validateKeepAlive(http['http2KeepAlive'])) : FINE,
  );
}

function validateKeepAlive(keepAlive: JsonObject): Outcome {
  const given = (field: string): Outcome =>
    typeof keepAlive[field] === 'string'
      ? at([field], validateDuration(keepAlive[field]))
      : refuse(`http2 keepalive ${field} is required`);
  return join(given('interval'), given('timeout'));
}

function validateTcpPool(tcp: JsonObject): Outcome {
  const keepAlive = asObject(tcp['tcpKeepalive']);
  return join(
    nonNegative(tcp, 'maxConnections', 'max connections'),
    at(['connectTimeout'], validateDuration(tcp['connectTimeout'])),
    at(['maxConnectionDuration'], validateDuration(tcp['maxConnectionDuration'])),
    // Zero switches the timeout off.
    isZeroDuration(tcp['idleTimeout']) ? FINE : at(['idleTimeout'], validateDuration(tcp['idleTimeout'])),
    at(['tcpKeepalive', 'time'], validateDuration(keepAlive['time'])),
    at(['tcpKeepalive', 'interval'], validateDuration(keepAlive['interval'])),
  );
}

function nonNegative(settings: JsonObject, field: string, what: string): Outcome {
  const value = settings[field];
  return require(typeof value !== 'number' || value >= 0, `${what} must be non-negative`, field);
}
