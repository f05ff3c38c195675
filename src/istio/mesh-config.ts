import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { asArray, asObject, asString, asStrings, isObject } from '../kubernetes/json.js';
import { parseLabelSelector, type LabelSelector } from '../kubernetes/label-selector.js';
import type { JsonObject, KubernetesObject } from '../kubernetes/manifest.js';
import { readYaml } from '../kubernetes/read-yaml.js';
import { meshConfigField, unknownMeshConfigFields } from './mesh-config-fields.js';
import { defaultTelemetry, parseTelemetryProviders, type TelemetryProvider } from './telemetry-providers.js';
import type { ExportTo } from './visibility.js';

export type OutboundTrafficPolicyMode = 'ALLOW_ANY' | 'REGISTRY_ONLY';

/** The part of Istio's MeshConfig that decides egress. Istio: mesh.DefaultMeshConfig, mesh.ApplyMeshConfigDefaults */
export interface MeshConfig {
  readonly outboundTrafficPolicy: OutboundTrafficPolicyMode;
  readonly rootNamespace: string;
  readonly defaultServiceExportTo: ExportTo;
  readonly defaultVirtualServiceExportTo: ExportTo;
  readonly defaultDestinationRuleExportTo: ExportTo;
  readonly enableAutoMtls: boolean;
  /** Empty: every namespace is looked at. */
  readonly discoverySelectors: readonly LabelSelector[];
  readonly proxyListenPort: number;
  readonly proxyInboundListenPort: number;
  /** DNS capture with automatically allocated addresses, mesh-wide. */
  readonly dnsCapture: boolean;
  /** `NONE` sends no traffic through iptables. */
  readonly interceptionMode: string;
  /** Where proxies can send telemetry, by the provider's name. */
  readonly telemetryProviders: readonly TelemetryProvider[];
  /** The providers that all proxies use where no Telemetry says otherwise. */
  readonly defaultTelemetry: readonly string[];
  /** The object it was read from; null for Istio's defaults. */
  readonly source: KubernetesObject | null;
  /** False where istiod would refuse the text, and go on with what it had. */
  readonly isUnderstood: boolean;
}

const EVERYWHERE: ExportTo = new Set(['*']);

export const DEFAULT_MESH_CONFIG: MeshConfig = {
  outboundTrafficPolicy: 'ALLOW_ANY',
  rootNamespace: 'istio-system',
  defaultServiceExportTo: EVERYWHERE,
  defaultVirtualServiceExportTo: EVERYWHERE,
  defaultDestinationRuleExportTo: EVERYWHERE,
  enableAutoMtls: true,
  discoverySelectors: [],
  proxyListenPort: 15001,
  proxyInboundListenPort: 15006,
  dnsCapture: false,
  interceptionMode: 'REDIRECT',
  telemetryProviders: [],
  defaultTelemetry: [],
  source: null,
  isUnderstood: true,
};

interface Candidate {
  readonly object: KubernetesObject;
  readonly mesh: JsonObject | null;
  readonly rootNamespace: string;
}

/**
 * The mesh configuration that the objects give: the ConfigMap istiod reads (`istio`, or `istio-<revision>`), else what an
 * installer's object would make of it (IstioOperator, the Sail operator's Istio), else Istio's defaults.
 */
export function readMeshConfig(objects: readonly KubernetesObject[]): {
  config: MeshConfig;
  diagnostics: Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const candidates = objects.flatMap((object) => candidateOf(object) ?? []).sort(compareCandidates);
  const chosen = candidates[0];
  if (chosen === undefined) return { config: DEFAULT_MESH_CONFIG, diagnostics };
  for (const other of candidates.slice(1)) {
    // An installer's object for gateways alone says nothing of the mesh: nothing is lost with it.
    if (saysNothing(other)) continue;
    diagnostics.push(
      diagnostic(
        'several-mesh-configs',
        `${describe(other.object)} is not used: ${describe(chosen.object)} is taken for the mesh configuration. Analyse one mesh at a time.`,
        other.object.origin,
      ),
    );
  }
  if (chosen.mesh === null) {
    diagnostics.push(
      diagnostic(
        'mesh-config-unreadable',
        `The mesh configuration in ${describe(chosen.object)} is not valid YAML; Istio's defaults are assumed.`,
        chosen.object.locate(['data', 'mesh']),
      ),
    );
    return { config: { ...DEFAULT_MESH_CONFIG, source: chosen.object, isUnderstood: false }, diagnostics };
  }
  diagnostics.push(...findUnknownFields(chosen.mesh, chosen.object));
  return { config: parseMeshConfig(chosen.mesh, chosen, diagnostics), diagnostics };
}

/** Whether nothing but what becomes of unmatched traffic is otherwise in the one than in the other, wherever it is written. */
export function isOtherPolicyAlone(a: MeshConfig, b: MeshConfig): boolean {
  const [one, other] = [a, b].map((config) =>
    JSON.stringify({ ...config, outboundTrafficPolicy: '', source: null }, (_key, value: unknown) =>
      value instanceof Set ? [...value] : value,
    ),
  );
  return one === other;
}

/** istiod passes over what it does not know: a setting that is misspelt is none. */
function findUnknownFields(mesh: JsonObject, source: KubernetesObject): Diagnostic[] {
  return unknownMeshConfigFields(mesh).map(({ key, meant }) => {
    const hint = meant === null ? '' : ` Did you mean ${meant}?`;
    const message = `The mesh configuration in ${describe(source)} sets ${key}, which Istio does not know: it has no effect.${hint}`;
    return diagnostic('unknown-field', message, source.locate(['data', 'mesh']));
  });
}

function describe(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  return name === ''
    ? `${object.kind} of ${object.origin.path}:${object.origin.line}`
    : `${object.kind} ${namespace}/${name}`;
}

function candidateOf(object: KubernetesObject): Candidate | null {
  const { name } = object.metadata;
  if (object.kind === 'ConfigMap' && object.group === '' && (name === 'istio' || name.startsWith('istio-'))) {
    const text = asObject(object.body['data'])['mesh'];
    if (typeof text !== 'string') return null;
    const mesh = text.trim() === '' ? {} : readYaml(text).value;
    return { object, mesh: isObject(mesh) ? mesh : null, rootNamespace: DEFAULT_MESH_CONFIG.rootNamespace };
  }
  const spec = asObject(object.body['spec']);
  if (object.kind === 'IstioOperator') {
    const values = asObject(spec['values']);
    const namespace = asString(asObject(values['global'])['istioNamespace']);
    // istioctl lays the one over the chart's value of the same name.
    const mesh = { ...asObject(values['meshConfig']), ...asObject(spec['meshConfig']) };
    return { object, mesh, rootNamespace: namespace || asString(spec['namespace']) };
  }
  if (object.kind === 'Istio' && object.group === 'sailoperator.io') {
    return {
      object,
      mesh: asObject(asObject(spec['values'])['meshConfig']),
      rootNamespace: asString(spec['namespace']),
    };
  }
  return null;
}

function saysNothing({ object, mesh }: Candidate): boolean {
  return object.kind !== 'ConfigMap' && mesh !== null && Object.keys(mesh).length === 0;
}

/** The ConfigMap before installers' objects, those that say something before the others, the plain name before revisions, then by name. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const key = (candidate: Candidate): string => keyOf(candidate, candidate.object);
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

function keyOf(candidate: Candidate, { kind, metadata }: KubernetesObject): string {
  const rank = `${kind === 'ConfigMap' ? '0' : '1'}${saysNothing(candidate) ? '1' : '0'}${metadata.name === 'istio' ? '0' : '1'}`;
  return `${rank}${metadata.name}/${metadata.namespace}`;
}

function parseMeshConfig(mesh: JsonObject, from: Candidate, diagnostics: Diagnostic[]): MeshConfig {
  const defaults = DEFAULT_MESH_CONFIG;
  const field = (name: string): JsonObject[string] => meshConfigField(mesh, name);
  const proxyMetadata = asObject(asObject(mesh['defaultConfig'])['proxyMetadata']);
  const mode = parseMode(mesh, from.object);
  if (typeof mode !== 'string') diagnostics.push(mode);
  return {
    outboundTrafficPolicy: typeof mode === 'string' ? mode : 'ALLOW_ANY',
    rootNamespace: asString(field('rootNamespace')) || from.rootNamespace || defaults.rootNamespace,
    defaultServiceExportTo: exportTo(mesh, 'defaultServiceExportTo'),
    defaultVirtualServiceExportTo: exportTo(mesh, 'defaultVirtualServiceExportTo'),
    defaultDestinationRuleExportTo: exportTo(mesh, 'defaultDestinationRuleExportTo'),
    enableAutoMtls: field('enableAutoMtls') !== false,
    discoverySelectors: asArray(field('discoverySelectors')).map((selector) => parseLabelSelector(asObject(selector))),
    proxyListenPort: portOr(field('proxyListenPort'), defaults.proxyListenPort),
    proxyInboundListenPort: portOr(field('proxyInboundListenPort'), defaults.proxyInboundListenPort),
    dnsCapture: proxyMetadata['ISTIO_META_DNS_CAPTURE'] === 'true',
    interceptionMode: asString(asObject(mesh['defaultConfig'])['interceptionMode']) || defaults.interceptionMode,
    telemetryProviders: parseTelemetryProviders(field('extensionProviders')),
    defaultTelemetry: defaultTelemetry(field('defaultProviders')),
    source: from.object,
    isUnderstood: typeof mode === 'string',
  };
}

/** An unknown mode makes istiod refuse the whole text and keep what it had: on a fresh mesh, its defaults. */
function parseMode(mesh: JsonObject, source: KubernetesObject): OutboundTrafficPolicyMode | Diagnostic {
  const policy = meshConfigField(mesh, 'outboundTrafficPolicy');
  if (!isObject(policy)) return 'ALLOW_ANY';
  const mode = policy['mode'];
  // The zero value of the mode is REGISTRY_ONLY: a policy without a mode blocks.
  if (mode === undefined || mode === null || mode === 'REGISTRY_ONLY' || mode === 0) return 'REGISTRY_ONLY';
  if (mode === 'ALLOW_ANY' || mode === 1) return 'ALLOW_ANY';
  return diagnostic(
    'mesh-config-mode-unknown',
    `${describe(source)} sets outboundTrafficPolicy.mode to ${JSON.stringify(mode)}, which Istio does not know; ALLOW_ANY is assumed. Use ALLOW_ANY or REGISTRY_ONLY.`,
    source.locate(['data', 'mesh']),
  );
}

function exportTo(mesh: JsonObject, key: string): ExportTo {
  const value = meshConfigField(mesh, key);
  return Array.isArray(value) ? new Set(asStrings(value)) : EVERYWHERE;
}

function portOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}
