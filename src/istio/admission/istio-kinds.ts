import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import type { AdmissionRules } from './admission-rules.js';
import type { Outcome } from './outcome.js';
import type { ObjectSchema } from './schema.js';
import { DESTINATION_RULE_SCHEMA } from './schemas/destination-rule-schema.js';
import { PEER_AUTHENTICATION_SCHEMA } from './schemas/peer-authentication-schema.js';
import { SERVICE_ENTRY_SCHEMA } from './schemas/service-entry-schema.js';
import { SIDECAR_SCHEMA } from './schemas/sidecar-schema.js';
import { VIRTUAL_SERVICE_SCHEMA } from './schemas/virtual-service-schema.js';
import { WORKLOAD_ENTRY_SCHEMA, WORKLOAD_GROUP_SCHEMA } from './schemas/workload-schema.js';
import { validateDestinationRule } from './validate-destination-rule.js';
import { validatePeerAuthentication } from './validate-peer-authentication.js';
import { validateServiceEntry } from './validate-service-entry.js';
import { validateSidecar } from './validate-sidecar.js';
import { validateVirtualService } from './validate-virtual-service.js';
import { validateWorkloadEntry, validateWorkloadGroup } from './validate-workload-entry.js';

/** What is known about the admission of a kind of Istio's. */
export interface IstioKind {
  /** The API versions that are served. */
  readonly versions: readonly string[];
  readonly schema: ObjectSchema;
  readonly specRequired: boolean;
  /** What istiod's webhook holds against a spec that has the right types; paths begin at the spec. */
  readonly validate: (spec: JsonObject, object: KubernetesObject, rules: AdmissionRules) => Outcome;
}

const NETWORKING_VERSIONS = ['v1', 'v1beta1', 'v1alpha3'] as const;

/** By group and kind. */
export const ISTIO_KINDS: Readonly<Record<string, IstioKind>> = {
  'networking.istio.io/Sidecar': {
    versions: NETWORKING_VERSIONS,
    schema: SIDECAR_SCHEMA,
    specRequired: false,
    validate: (spec, object, rules) => validateSidecar(spec, object.metadata.namespace, rules),
  },
  'networking.istio.io/ServiceEntry': {
    versions: NETWORKING_VERSIONS,
    schema: SERVICE_ENTRY_SCHEMA,
    specRequired: true,
    validate: validateServiceEntry,
  },
  'networking.istio.io/VirtualService': {
    versions: NETWORKING_VERSIONS,
    schema: VIRTUAL_SERVICE_SCHEMA,
    specRequired: false,
    validate: validateVirtualService,
  },
  'networking.istio.io/DestinationRule': {
    versions: NETWORKING_VERSIONS,
    schema: DESTINATION_RULE_SCHEMA,
    specRequired: false,
    validate: validateDestinationRule,
  },
  'networking.istio.io/WorkloadEntry': {
    versions: NETWORKING_VERSIONS,
    schema: WORKLOAD_ENTRY_SCHEMA,
    specRequired: true,
    validate: (spec) => validateWorkloadEntry(spec, null),
  },
  'networking.istio.io/WorkloadGroup': {
    versions: NETWORKING_VERSIONS,
    schema: WORKLOAD_GROUP_SCHEMA,
    specRequired: true,
    validate: validateWorkloadGroup,
  },
  'security.istio.io/PeerAuthentication': {
    versions: ['v1', 'v1beta1'],
    schema: PEER_AUTHENTICATION_SCHEMA,
    specRequired: false,
    validate: validatePeerAuthentication,
  },
};
