import { asString } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { quote } from './go-text.js';
import { FINE, join, refuse, require, type Outcome } from './outcome.js';

const CONFIG_MAP_PREFIX = 'configmap://';

/** Istio: agent.ValidateTLS */
export function validateClientTls(tls: JsonObject, namespace: string): Outcome {
  const has = (field: string): boolean => asString(tls[field]) !== '';
  const mode = asString(tls['mode']) || 'DISABLE';
  const checks = join(
    validateConfigMapName(asString(tls['credentialName']), namespace),
    validateInsecureSkipVerify(tls, mode),
  );
  if ((mode === 'SIMPLE' || mode === 'MUTUAL') && has('credentialName')) {
    const files = ['clientCertificate', 'caCertificates', 'privateKey', 'caCrl'].some(has);
    return join(
      checks,
      require(!files, 'cannot specify client certificates or CA certificate or CA CRL If credentialName is set'),
    );
  }
  if (mode !== 'MUTUAL') return checks;
  return join(
    checks,
    require(has('clientCertificate'), 'client certificate required for mutual tls'),
    require(has('privateKey'), 'private key required for mutual tls'),
  );
}

/** Istio: credentials.ParseResourceName, of a ConfigMap */
function validateConfigMapName(name: string, namespace: string): Outcome {
  if (!name.startsWith(CONFIG_MAP_PREFIX)) return FINE;
  const [owner = '', resource] = name.slice(CONFIG_MAP_PREFIX.length).split('/');
  const missing =
    resource === undefined ? 'namespace and name' : owner === '' ? 'namespace' : resource === '' ? 'name' : null;
  const wrong =
    missing === null
      ? `namespace must match the configuration namespace ${quote(namespace)}`
      : `invalid resource name ${quote(name)}. Expected ${missing}`;
  const valid = missing === null && owner === namespace;
  return require(valid, `invalid configmap:// credentialName: ${wrong}`, 'credentialName');
}

function validateInsecureSkipVerify(tls: JsonObject, mode: string): Outcome {
  if (tls['insecureSkipVerify'] !== true) return FINE;
  const authority = asString(tls['caCertificates']) !== '';
  const names = Array.isArray(tls['subjectAltNames']);
  if (mode === 'SIMPLE' && (authority || names || asString(tls['credentialName']) !== '')) {
    return refuse(
      'cannot specify CaCertificates or CredentialName or SubjectAltNames when InsecureSkipVerify is set true',
    );
  }
  return require(mode !== 'MUTUAL' ||
    !(authority || names), 'cannot specify CaCertificates or SubjectAltNames when InsecureSkipVerify is set true');
}
