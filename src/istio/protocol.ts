/** What a port carries, as Istio tells them apart. `unsupported` means: not declared, to be detected. Istio: protocol.Instance */
export type Protocol =
  | 'grpc'
  | 'grpc-web'
  | 'http'
  | 'http_proxy'
  | 'http2'
  | 'https'
  | 'tcp'
  | 'tls'
  | 'udp'
  | 'mongo'
  | 'redis'
  | 'mysql'
  | 'unsupported';

const DECLARED: ReadonlySet<string> = new Set<Protocol>([
  'grpc',
  'grpc-web',
  'http',
  'http_proxy',
  'http2',
  'https',
  'tcp',
  'tls',
  'udp',
  'mongo',
  'redis',
  'mysql',
]);

const HTTP: ReadonlySet<Protocol> = new Set<Protocol>(['http', 'http2', 'http_proxy', 'grpc', 'grpc-web']);
const TCP: ReadonlySet<Protocol> = new Set<Protocol>(['tcp', 'https', 'tls', 'mongo', 'redis', 'mysql']);

/** Server-first protocols live on these: without a declaration they are TCP, never detected. */
const WELL_KNOWN_TCP_PORTS: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

/** Istio: protocol.Parse */
export function parseProtocol(text: string): Protocol {
  const lower = text.toLowerCase();
  return DECLARED.has(lower) ? (lower as Protocol) : 'unsupported';
}

export function isHttp(protocol: Protocol): boolean {
  return HTTP.has(protocol);
}

export function isHttpOrSniffed(protocol: Protocol): boolean {
  return HTTP.has(protocol) || protocol === 'unsupported';
}

export function isTcp(protocol: Protocol): boolean {
  return TCP.has(protocol);
}

export function isTls(protocol: Protocol): boolean {
  return protocol === 'https' || protocol === 'tls';
}

/**
 * The protocol of a Kubernetes Service's port: `appProtocol`, else the prefix of the port's name, else by number, else detected.
 * Istio: kube.ConvertProtocol
 */
export function convertProtocol(
  port: number,
  portName: string,
  transport: string,
  appProtocol: string | undefined,
): Protocol {
  if (transport === 'UDP') return 'udp';
  // Kubernetes reserves these names for appProtocol alone.
  if (appProtocol === 'kubernetes.io/h2c') return 'http2';
  if (appProtocol === 'kubernetes.io/ws') return 'http';
  if (appProtocol === 'kubernetes.io/wss') return 'https';
  const name = (appProtocol ?? portName).toLowerCase();
  if (name.startsWith('grpc-web')) return 'grpc-web';
  const protocol = parseProtocol(name.split('-', 1)[0] ?? '');
  return protocol === 'unsupported' && WELL_KNOWN_TCP_PORTS.has(port) ? 'tcp' : protocol;
}
