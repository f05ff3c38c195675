import type { DiagnosticCode } from '../../diagnostic/catalogue.js';
import type { JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { asObject, isObject } from '../../kubernetes/json.js';
import { admissionRules } from './admission-rules.js';
import { checkSchema } from './check-schema.js';
import { decodeSpec } from './decode-spec.js';
import { quote } from './go-text.js';
import { ISTIO_KINDS, type IstioKind } from './istio-kinds.js';
import { checkMetadata } from './metadata.js';
import { NATIVE_KINDS, type NativeKind } from './native-kinds.js';
import { at, FINE, refuse, renderErrors, type Finding, type Outcome, type Path } from './outcome.js';
import type { ObjectSchema } from './schema.js';
import { findUnknownFields, pruneUnknownFields } from './unknown-fields.js';

export interface AdmissionWarning {
  readonly message: string;
  readonly path: Path;
  readonly code: DiagnosticCode;
}

/** What a cluster answers to an object. */
export interface Admission {
  /** Why the cluster refuses the object, in its own words; null where it admits it. */
  readonly rejected: string | null;
  /** The way from the object's body to what is refused; empty where it is admitted, or refused as a whole. */
  readonly rejectedPath: Path;
  readonly warnings: readonly AdmissionWarning[];
}

/** Annotations that keep an object out, whatever it says. */
const INTERNAL_ANNOTATIONS = ['internal.istio.io/parents', 'internal.istio.io/parent-namespace'] as const;
const ALWAYS_REJECT = 'internal.istio.io/webhook-always-reject';
const DRY_RUN = 'istio.io/dry-run';

/** Groups of which every kind is known: a misspelt one is none of somebody else. */
const CLOSED_GROUPS: ReadonlySet<string> = new Set(['networking.istio.io', 'security.istio.io']);
/** Their kinds that are admitted unread. */
const UNREAD_KINDS: ReadonlySet<string> = new Set([
  'EnvoyFilter',
  'Gateway',
  'ProxyConfig',
  'AuthorizationPolicy',
  'RequestAuthentication',
]);

/**
 * Whether a cluster that runs this version of Istio takes an object: the API server by its own rules and by the schema of
 * the CustomResourceDefinition, and istiod's validating webhook. Where both refuse, the webhook's words are given, which
 * say more. Kinds that decide nothing about egress are admitted unread.
 *
 * @param version `1.30`
 */
export function admit(object: KubernetesObject, version: string): Admission {
  const key = `${object.group}/${object.kind}`;
  const [istio, native] = [ISTIO_KINDS[key], NATIVE_KINDS[key]];
  if (istio !== undefined) return isServed(object, istio) ? admitIstio(object, istio, version) : unserved(object);
  if (native !== undefined) return isServed(object, native) ? admitNative(object, native, version) : unserved(object);
  if (CLOSED_GROUPS.has(object.group) && !UNREAD_KINDS.has(object.kind)) return unserved(object);
  return { rejected: null, rejectedPath: [], warnings: [] };
}

function isServed(object: KubernetesObject, { versions }: { readonly versions: readonly string[] }): boolean {
  const slash = object.apiVersion.indexOf('/');
  return versions.includes(object.apiVersion.slice(slash + 1));
}

function unserved({ kind, apiVersion }: KubernetesObject): Admission {
  const rejected = `no matches for kind ${quote(kind)} in version ${quote(apiVersion)}`;
  return { rejected, rejectedPath: ['apiVersion'], warnings: [] };
}

const SPEC_NO_OBJECT: Finding = { message: 'spec: Invalid value: must be of type object', path: ['spec'] };

function admitNative(object: KubernetesObject, { schema, check, warn }: NativeKind, version: string): Admission {
  const spec = object.body['spec'];
  const unknown = schema === undefined ? [] : findUnknownFields(spec, schema, version, ['spec']);
  const findings = [
    ...checkMetadata(object),
    ...(schema === undefined && spec !== undefined && spec !== null && !isObject(spec) ? [SPEC_NO_OBJECT] : []),
    ...(check?.(object) ?? []),
    ...(schema === undefined ? [] : checkSpec(object, schema, true, version)),
  ];
  const mismatches = (warn?.(object) ?? []).map((finding) => ({ ...finding, code: 'selector-mismatch' as const }));
  return serverAnswer(object, findings, [...unknown.map(unknownField), ...mismatches]);
}

/** What the schema says of the spec, which may be left out unless it is required. */
function checkSpec(object: KubernetesObject, schema: ObjectSchema, required: boolean, version: string): Finding[] {
  const spec = object.body['spec'];
  if (spec !== undefined) return checkSchema(spec, schema, version, ['spec']);
  return required ? [{ message: 'spec: Required value', path: ['spec'] }] : [];
}

function admitIstio(object: KubernetesObject, kind: IstioKind, version: string): Admission {
  const rules = admissionRules(version);
  const unknown = findUnknownFields(object.body['spec'], kind.schema, rules.version, ['spec']).map(unknownField);
  const decoded = decodeSpec(object.body['spec'], kind.schema, rules.version, ['spec']);
  if (decoded.errors.length > 0) {
    return rejection(`cannot parse proto message for ${object.metadata.name}: `, decoded, unknown);
  }
  const spec = asObject(unknown.length > 0 ? prunedSpec(object, kind.schema, rules.version) : object.body['spec']);
  const internal = checkAnnotations(object);
  const outcome = internal.errors.length > 0 ? internal : at(['spec'], kind.validate(spec, object, rules));
  const warnings = [...unknown, ...outcome.warnings.map(istioWarning)];
  if (outcome.errors.length > 0) return rejection('configuration is invalid: ', outcome, warnings);
  const findings = [...checkMetadata(object), ...checkSpec(object, kind.schema, kind.specRequired, rules.version)];
  return serverAnswer(object, findings, warnings);
}

/** The spec as the API server hands it on: without what it does not know. */
function prunedSpec(object: KubernetesObject, schema: ObjectSchema, version: string): JsonValue {
  return pruneUnknownFields(object.body['spec'] ?? null, schema, version);
}

/** Istio: validateMetadata */
function checkAnnotations({ metadata }: KubernetesObject): Outcome {
  const { annotations, namespace, name } = metadata;
  const path = (annotation: string): Path => ['metadata', 'annotations', annotation];
  if (Object.hasOwn(annotations, DRY_RUN)) {
    const message = `${namespace}/${name} has unsupported annotation ${DRY_RUN}, please remove the annotation`;
    return refuse(message, ...path(DRY_RUN));
  }
  if (Object.hasOwn(annotations, ALWAYS_REJECT)) {
    return refuse(`${quote(ALWAYS_REJECT)} annotation found, rejecting`, ...path(ALWAYS_REJECT));
  }
  const internal = INTERNAL_ANNOTATIONS.find((annotation) => Object.hasOwn(annotations, annotation));
  if (internal === undefined) return FINE;
  return refuse(`${quote(internal)} annotation found, this may not be set by users`, ...path(internal));
}

function rejection(prefix: string, outcome: Outcome, warnings: readonly AdmissionWarning[]): Admission {
  return { rejected: `${prefix}${renderErrors(outcome)}`, rejectedPath: outcome.errors[0]!.path, warnings };
}

/** As the API server words its own refusals. */
function serverAnswer(
  object: KubernetesObject,
  findings: readonly Finding[],
  warnings: readonly AdmissionWarning[],
): Admission {
  const [first] = findings;
  if (first === undefined) return { rejected: null, rejectedPath: [], warnings };
  const kind = object.group === '' ? object.kind : `${object.kind}.${object.group}`;
  const messages = findings.map((finding) => finding.message);
  const text = messages.length === 1 ? first.message : `[${messages.join(', ')}]`;
  return { rejected: `${kind} ${quote(object.metadata.name)} is invalid: ${text}`, rejectedPath: first.path, warnings };
}

function unknownField({ message, path }: Finding): AdmissionWarning {
  return { message, path, code: 'unknown-field' };
}

function istioWarning({ message, path }: Finding): AdmissionWarning {
  return { message, path, code: 'admission-warning' };
}
