import { isDns1123Label } from './dns-name.js';
import { isIPAddress, isIPPrefix } from './ip-address.js';
import { FINE, refuse, require, type Outcome } from './outcome.js';

const HTTP_PROTOCOLS: ReadonlySet<string> = new Set(['http', 'http2', 'http_proxy', 'grpc', 'grpc-web']);
const TLS_PROTOCOLS: ReadonlySet<string> = new Set(['https', 'tls']);
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'mongo', 'redis', 'mysql']);

export const UNIX_PREFIX = 'unix://';

/** Istio: protocol.Instance.IsHTTP of what protocol.Parse makes of it */
export function isHttpProtocol(protocol: string): boolean {
  return HTTP_PROTOCOLS.has(protocol.toLowerCase());
}

/** Istio: protocol.Instance.IsTLS of what protocol.Parse makes of it */
export function isTlsProtocol(protocol: string): boolean {
  return TLS_PROTOCOLS.has(protocol.toLowerCase());
}

/** Istio: ValidateProtocol. An empty protocol is one that is detected. */
export function validateProtocol(protocol: string): Outcome {
  const known = isHttpProtocol(protocol) || isTlsProtocol(protocol) || OTHER_PROTOCOLS.has(protocol.toLowerCase());
  return require(protocol === '' || known, `unsupported protocol: ${protocol}`);
}

/** Istio: agent.ValidatePort */
export function validatePort(port: number): Outcome {
  return require(port >= 1 && port <= 65535, `port number ${port} must be in the range 1..65535`);
}

/** Istio: ValidatePortName */
export function validatePortName(name: string): Outcome {
  return require(isDns1123Label(name), `invalid port name: ${name}`);
}

/** Istio: agent.ValidateIPAddress */
export function validateIPAddress(address: string): Outcome {
  return require(isIPAddress(address), `${address} is not a valid IP`);
}

/** Istio: agent.ValidateIPSubnet: an address, or an address with a prefix length */
export function validateIPSubnet(subnet: string): Outcome {
  if (subnet.split('/').length !== 2) return validateIPAddress(subnet);
  return require(isIPPrefix(subnet), `${subnet} is not a valid CIDR block`);
}

/** Istio: ValidateUnixAddress, of what follows `unix://` */
export function validateUnixAddress(address: string): Outcome {
  if (address === '') return refuse('unix address must not be empty');
  if (address.startsWith('@')) return FINE;
  const isFile = address.startsWith('/') && !address.endsWith('/');
  return require(isFile, `${address} is not an absolute path to a file`);
}
