import type { EdgeProtocol } from '../egress-reachability.js';

/** What a URL's scheme tells of the call. */
export interface UrlScheme {
  /** The port of a URL that names none; null where the scheme has no usual one. */
  readonly port: number | null;
  readonly protocol: EdgeProtocol;
}

/** `tls` stands for schemes whose first byte on the wire is a TLS handshake; those that upgrade later are `tcp`. */
const SCHEMES: ReadonlyMap<string, UrlScheme> = new Map<string, UrlScheme>([
  ['http', { port: 80, protocol: 'http' }],
  ['ws', { port: 80, protocol: 'http' }],
  ['h2c', { port: 80, protocol: 'http' }],
  ['grpc', { port: null, protocol: 'http' }],
  ['https', { port: 443, protocol: 'tls' }],
  ['wss', { port: 443, protocol: 'tls' }],
  ['oci', { port: 443, protocol: 'tls' }],
  ['grpcs', { port: 443, protocol: 'tls' }],
  ['tls', { port: null, protocol: 'tls' }],
  ['ssl', { port: null, protocol: 'tls' }],
  ['redis', { port: 6379, protocol: 'tcp' }],
  ['rediss', { port: 6379, protocol: 'tls' }],
  ['postgres', { port: 5432, protocol: 'tcp' }],
  ['postgresql', { port: 5432, protocol: 'tcp' }],
  ['mysql', { port: 3306, protocol: 'tcp' }],
  ['mariadb', { port: 3306, protocol: 'tcp' }],
  ['sqlserver', { port: 1433, protocol: 'tcp' }],
  ['mssql', { port: 1433, protocol: 'tcp' }],
  ['oracle', { port: 1521, protocol: 'tcp' }],
  ['mongodb', { port: 27017, protocol: 'tcp' }],
  ['cassandra', { port: 9042, protocol: 'tcp' }],
  ['clickhouse', { port: 9000, protocol: 'tcp' }],
  ['neo4j', { port: 7687, protocol: 'tcp' }],
  ['bolt', { port: 7687, protocol: 'tcp' }],
  ['memcached', { port: 11211, protocol: 'tcp' }],
  ['zookeeper', { port: 2181, protocol: 'tcp' }],
  ['zk', { port: 2181, protocol: 'tcp' }],
  ['amqp', { port: 5672, protocol: 'tcp' }],
  ['amqps', { port: 5671, protocol: 'tls' }],
  ['kafka', { port: 9092, protocol: 'tcp' }],
  ['nats', { port: 4222, protocol: 'tcp' }],
  ['pulsar', { port: 6650, protocol: 'tcp' }],
  ['mqtt', { port: 1883, protocol: 'tcp' }],
  ['mqtts', { port: 8883, protocol: 'tls' }],
  ['ldap', { port: 389, protocol: 'tcp' }],
  ['ldaps', { port: 636, protocol: 'tls' }],
  ['ftp', { port: 21, protocol: 'tcp' }],
  ['ssh', { port: 22, protocol: 'tcp' }],
  ['sftp', { port: 22, protocol: 'tcp' }],
  ['smtp', { port: 25, protocol: 'tcp' }],
  ['smtps', { port: 465, protocol: 'tls' }],
  ['imap', { port: 143, protocol: 'tcp' }],
  ['imaps', { port: 993, protocol: 'tls' }],
]);

/** What follows these is a file, a bucket, a name or a datagram: no TCP call to the host that seems to stand there. */
const NO_TCP_CALL: ReadonlySet<string> = new Set(
  (
    'file unix udp statsd syslog spiffe s3 s3a gs gcs az abfs wasb jar classpath data urn tag docker docker-pullable ' +
    'vault secretref secretmanager awskms gcpkms azurekms hashivault k8s arn env sqlite mailto srv socket'
  ).split(' '),
);

/** Null where the scheme makes no TCP call to the host in the URL. */
export function urlScheme(written: string): UrlScheme | null {
  const name = written.toLowerCase();
  const plus = name.indexOf('+');
  const driver = plus < 0 ? '' : name.slice(plus + 1);
  // `mongodb+srv://x` asks DNS for other hosts' names; `http+unix://x` opens a file.
  if (NO_TCP_CALL.has(name) || NO_TCP_CALL.has(driver)) return null;
  return (
    SCHEMES.get(name) ??
    // `postgresql+asyncpg`, `git+https`
    (plus < 0 ? undefined : (SCHEMES.get(name.slice(0, plus)) ?? SCHEMES.get(driver))) ?? {
      port: null,
      protocol: 'tcp',
    }
  );
}
