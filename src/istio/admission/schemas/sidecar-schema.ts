import { list, networkingEnum, object, since, nullable, BOOLEAN, STRING, STRINGS, UINT32 } from '../schema.js';
import { CONNECTION_POOL, DESTINATION, LABELS_SELECTOR, onlyOneOf } from './common-schema.js';

const CAPTURE_MODE = networkingEnum('CaptureMode', 'DEFAULT', 'IPTABLES', 'NONE');
const TLS_VERSIONS = ['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3'];
const TLS_VERSION = networkingEnum('ServerTLSSettings.TLSProtocol', ...TLS_VERSIONS);
const PORT = object({ name: STRING, number: UINT32, protocol: STRING, targetPort: UINT32 });
const CERTIFICATE = object({ caCertificates: STRING, privateKey: STRING, serverCertificate: STRING });

const SERVER_TLS = object(
  {
    mode: networkingEnum(
      'ServerTLSSettings.TLSmode',
      'PASSTHROUGH',
      'SIMPLE',
      'MUTUAL',
      'AUTO_PASSTHROUGH',
      'ISTIO_MUTUAL',
      'OPTIONAL_MUTUAL',
    ),
    caCertCredentialName: STRING,
    caCertificates: STRING,
    caCrl: STRING,
    cipherSuites: STRINGS,
    credentialName: STRING,
    credentialNames: list(STRING, { minItems: 1, maxItems: 2 }),
    httpsRedirect: BOOLEAN,
    insecureSkipVerify: since('1.31', nullable(BOOLEAN)),
    maxProtocolVersion: TLS_VERSION,
    minProtocolVersion: TLS_VERSION,
    privateKey: STRING,
    serverCertificate: STRING,
    subjectAltNames: STRINGS,
    tlsCertificates: list(CERTIFICATE, { minItems: 1, maxItems: 2 }),
    verifyCertificateHash: STRINGS,
    verifyCertificateSpki: STRINGS,
  },
  {
    rules: [
      onlyOneOf('only one of credentialNames or tlsCertificates can be set', 'tlsCertificates', 'credentialNames'),
      onlyOneOf('only one of credentialName or credentialNames can be set', 'credentialName', 'credentialNames'),
    ],
  },
);

const OUTBOUND_TRAFFIC_POLICY = object({
  egressProxy: DESTINATION,
  mode: networkingEnum('OutboundTrafficPolicy.Mode', 'REGISTRY_ONLY', 'ALLOW_ANY'),
});

/** The spec of a Sidecar. */
export const SIDECAR_SCHEMA = object({
  workloadSelector: LABELS_SELECTOR,
  ingress: list(
    object(
      {
        port: PORT,
        bind: STRING,
        captureMode: CAPTURE_MODE,
        connectionPool: CONNECTION_POOL,
        defaultEndpoint: STRING,
        tls: SERVER_TLS,
      },
      { required: ['port'] },
    ),
  ),
  egress: list(
    object({ port: PORT, bind: STRING, captureMode: CAPTURE_MODE, hosts: STRINGS }, { required: ['hosts'] }),
  ),
  inboundConnectionPool: CONNECTION_POOL,
  outboundTrafficPolicy: OUTBOUND_TRAFFIC_POLICY,
});
