import { asArray, asNumber, asObject, asString, isObject } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { quote, texts } from './go-text.js';
import { at, FINE, join, refuse, require, type Outcome } from './outcome.js';
import {
  isTlsProtocol,
  UNIX_PREFIX,
  validateIPAddress,
  validatePort,
  validatePortName,
  validateProtocol,
  validateUnixAddress,
} from './port.js';
import { validateConnectionPool } from './validate-traffic-policy.js';

const LOOPBACKS: readonly string[] = ['', '127.0.0.1', '0.0.0.0', '::1', '::'];

/** One ingress listener of a Sidecar. `ports` holds the port numbers of the listeners before it, and gets this one's. */
export function validateIngressListener(listener: JsonObject, ports: Set<number>): Outcome {
  const port = listener['port'];
  if (!isObject(port)) return refuse('sidecar: port is required for ingress listeners');
  const number = asNumber(port['number']) ?? 0;
  const taken = ports.has(number);
  ports.add(number);
  const endpoint = asString(listener['defaultEndpoint']);
  return join(
    require(!((asNumber(port['targetPort']) ?? 0) > 0), 'targetPort has no impact on Sidecars', 'port', 'targetPort'),
    validatePortAndBind(port, number, asString(listener['bind'])),
    require(!taken, 'sidecar: ports on IP bound listeners must be unique', 'port', 'number'),
    endpoint === '' ? FINE : at(['defaultEndpoint'], validateDefaultEndpoint(endpoint)),
    isObject(listener['tls']) ? at(['tls'], validateIngressTls(listener['tls'], asString(port['protocol']))) : FINE,
    isObject(listener['connectionPool'])
      ? at(['connectionPool'], validateConnectionPool(listener['connectionPool']))
      : FINE,
  );
}

/** Istio: validateSidecarIngressPortAndBind */
function validatePortAndBind(port: JsonObject, number: number, bind: string): Outcome {
  const name = asString(port['name']);
  return join(
    name === '' ? FINE : at(['port', 'name'], validatePortName(name)),
    at(['port', 'protocol'], validateProtocol(asString(port['protocol']))),
    at(['port', 'number'], validatePort(number)),
    bind === '' ? FINE : at(['bind'], validateIPAddress(bind)),
  );
}

function validateDefaultEndpoint(endpoint: string): Outcome {
  if (endpoint.startsWith(UNIX_PREFIX)) return validateUnixAddress(endpoint.slice(UNIX_PREFIX.length));
  const split = splitHostPort(endpoint);
  const [host, port] = typeof split === 'string' ? ['', ''] : split;
  const isNumber = /^[+-]?\d+$/.test(port);
  return join(
    typeof split === 'string' ? refuse(`address ${endpoint}: ${split}`) : FINE,
    require(LOOPBACKS.includes(
      host,
    ), 'sidecar: defaultEndpoint must be of form 127.0.0.1:<port>,0.0.0.0:<port>,[::1]:port,[::]:port,unix://filepath or unset'),
    isNumber
      ? validatePort(Number(port))
      : refuse(
          `sidecar: defaultEndpoint port (${port}) is not a number: strconv.Atoi: parsing ${quote(port)}: invalid syntax`,
        ),
  );
}

/** Host and port of `host:port` or `[host]:port`, or what is wrong with it. Go: net.SplitHostPort */
function splitHostPort(value: string): readonly [string, string] | string {
  const colon = value.lastIndexOf(':');
  if (colon < 0) return 'missing port in address';
  if (value.startsWith('[')) {
    const end = value.indexOf(']');
    if (end < 0) return "missing ']' in address";
    if (end + 1 === value.length) return 'missing port in address';
    if (end + 1 !== colon) return value[end + 1] === ':' ? 'too many colons in address' : 'missing port in address';
    return [value.slice(1, end), value.slice(colon + 1)];
  }
  const host = value.slice(0, colon);
  if (host.includes(':')) return 'too many colons in address';
  if (value.includes('[')) return "unexpected '[' in address";
  return value.includes(']') ? "unexpected ']' in address" : [host, value.slice(colon + 1)];
}

function validateIngressTls(tls: JsonObject, protocol: string): Outcome {
  const mode = asString(tls['mode']) || 'PASSTHROUGH';
  const badMode = mode === 'ISTIO_MUTUAL' || mode === 'AUTO_PASSTHROUGH';
  return join(
    require(texts(tls['subjectAltNames']).length === 0, 'sidecar: subjectAltNames is not supported in ingress tls'),
    require(tls['httpsRedirect'] !== true, 'sidecar: httpsRedirect is not supported'),
    require(asString(tls['credentialName']) === '', 'sidecar: credentialName is not currently supported'),
    require(asArray(tls['credentialNames']).length === 0, 'sidecar: credentialNames is not currently supported'),
    require(asArray(tls['tlsCertificates']).length === 0, 'sidecar: tls_certificates is not currently supported'),
    require(!badMode, `configuration is invalid: cannot set mode to ${mode} in sidecar ingress tls`, 'mode'),
    require(isTlsProtocol(protocol), 'server cannot have TLS settings for non HTTPS/TLS ports'),
    validateServerTls(tls, mode),
  );
}

/** Istio: validateTLSOptions. What is allowed beside it is what no ingress listener of a Sidecar may have anyway. */
function validateServerTls(tls: JsonObject, mode: string): Outcome {
  const has = (field: string): boolean => asString(tls[field]) !== '';
  if (mode === 'ISTIO_MUTUAL') return validateIstioMutual(tls);
  const certificates = asArray(tls['tlsCertificates']).map(asObject);
  const named = has('credentialName') || asArray(tls['credentialNames']).length > 0;
  const sources = [
    has('serverCertificate') && has('privateKey'),
    has('credentialName'),
    asArray(tls['credentialNames']).length > 0,
    certificates.length > 0,
  ].filter(Boolean).length;
  const single = require(sources <=
    1, 'only one of credential_name, credential_names, server_certificate/private_key, tls_certificates should be specified');
  const mutual = mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL';
  const terminates = mutual || mode === 'SIMPLE';
  if (terminates && named) return single;
  const prefix = mutual ? 'MUTUAL TLS' : 'SIMPLE TLS';
  const crl = has('caCrl');
  return join(
    single,
    require(!mutual || has('caCertificates'), `${prefix} requires a client CA bundle`),
    ...(terminates ? (certificates.length > 0 ? certificates : [tls]) : []).map((certificate) =>
      join(
        require(asString(certificate['serverCertificate']) !== '', `${prefix} requires a server certificate`),
        require(asString(certificate['privateKey']) !== '', `${prefix} requires a private key`),
      ),
    ),
    require(!crl ||
      !has('credentialName'), 'CRL is not supported with credentialName. CRL has to be specified in the credential'),
    require(!crl || mode !== 'SIMPLE', 'CRL is not supported with SIMPLE TLS'),
  );
}

function validateIstioMutual(tls: JsonObject): Outcome {
  const absent = (field: string, what: string): Outcome =>
    require(asString(tls[field]) === '' &&
      asArray(tls[field]).length === 0, `ISTIO_MUTUAL TLS cannot have associated ${what}`, field);
  return join(
    absent('serverCertificate', 'server certificate'),
    absent('privateKey', 'private key'),
    absent('caCertificates', 'CA bundle'),
    absent('tlsCertificates', 'tlsCertificates'),
    absent('credentialName', 'credentialName'),
    absent('credentialNames', 'credentialNames'),
  );
}
