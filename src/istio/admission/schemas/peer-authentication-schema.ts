import { map, object, rule, type EnumSchema } from '../schema.js';
import { field, has, keys, MATCH_LABELS_SELECTOR } from './common-schema.js';

const MODE: EnumSchema = {
  type: 'enum',
  name: 'istio.security.v1beta1.PeerAuthentication.MutualTLS.Mode',
  values: ['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'],
};
const MUTUAL_TLS = object({ mode: MODE });

/** The spec of a PeerAuthentication. */
export const PEER_AUTHENTICATION_SCHEMA = object(
  {
    selector: MATCH_LABELS_SELECTOR,
    mtls: MUTUAL_TLS,
    portLevelMtls: map(MUTUAL_TLS, {
      keys: 'uint32',
      minProperties: 1,
      rules: [
        rule('port must be between 1-65535', (v) =>
          keys(v).every((key) => /^[+-]?\d+$/.test(key) && Number(key) > 0 && Number(key) <= 65535),
        ),
      ],
    }),
  },
  {
    rules: [
      rule(
        'portLevelMtls requires selector',
        (v) => !has(v, 'portLevelMtls') || keys(field(field(v, 'selector'), 'matchLabels')).length > 0,
      ),
    ],
  },
);
