import { describe, expect, it } from 'vitest';
import { readMeshConfig } from '../../src/istio/mesh-config.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';

function read(text: string): ReturnType<typeof readMeshConfig> {
  return readMeshConfig(buildManifestSet([parseManifestFile({ path: 'mesh.yaml', content: text })]).objects);
}

function operator(name: string | null, spec: string): string {
  const metadata = name === null ? '' : `metadata: {name: ${name}, namespace: istio-system}\n`;
  return `apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n${metadata}spec: ${spec}\n---\n`;
}

const REGISTRY_ONLY = '{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}';

describe('the mesh configuration of an installation that istioctl makes', () => {
  it('counts without a name', () => {
    const { config, diagnostics } = read(operator(null, `{meshConfig: ${REGISTRY_ONLY}}`));
    expect(config.outboundTrafficPolicy).toBe('REGISTRY_ONLY');
    expect(diagnostics).toEqual([]);
  });

  it('may stand among the values of the chart, where the field of its own wins', () => {
    expect(read(operator('a', `{values: {meshConfig: ${REGISTRY_ONLY}}}`)).config.outboundTrafficPolicy).toBe(
      'REGISTRY_ONLY',
    );
    const both = `{values: {meshConfig: ${REGISTRY_ONLY}}, meshConfig: {outboundTrafficPolicy: {mode: ALLOW_ANY}}}`;
    expect(read(operator('a', both)).config.outboundTrafficPolicy).toBe('ALLOW_ANY');
  });

  it('is not hidden by an installation of gateways alone, and that one is no loss', () => {
    const gateways = operator('gateways', '{profile: empty, components: {ingressGateways: []}}');
    const { config, diagnostics } = read(gateways + operator('install', `{meshConfig: ${REGISTRY_ONLY}}`));
    expect(config.outboundTrafficPolicy).toBe('REGISTRY_ONLY');
    expect(config.source?.metadata.name).toBe('install');
    expect(diagnostics).toEqual([]);
  });

  it('gives way to a second one only with a warning', () => {
    const { config, diagnostics } = read(
      operator('b', '{meshConfig: {}}') +
        operator('c', `{meshConfig: ${REGISTRY_ONLY}}`) +
        operator('a', '{meshConfig: {rootNamespace: mesh}}'),
    );
    expect(config).toMatchObject({ rootNamespace: 'mesh', outboundTrafficPolicy: 'ALLOW_ANY' });
    expect(diagnostics.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
      ['several-mesh-configs', 'IstioOperator istio-system/c is not used'],
    ]);
  });

  it('is named by its place where it has no name', () => {
    const { diagnostics } = read(
      operator(null, '{meshConfig: {rootNamespace: a}}') + operator(null, `{meshConfig: ${REGISTRY_ONLY}}`),
    );
    expect(diagnostics.map(({ message }) => message.split('. ')[0])).toEqual([
      'IstioOperator of mesh.yaml:5 is not used: IstioOperator of mesh.yaml:1 is taken for the mesh configuration',
    ]);
  });
});

describe('the names of the mesh configuration’s fields', () => {
  const config = (mesh: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: '${mesh}'}\n`;

  it('may be those of the definition, as istiod reads them, but for what it looks up by name', () => {
    expect(read(config('outbound_traffic_policy: {mode: REGISTRY_ONLY}')).config.outboundTrafficPolicy).toBe(
      'REGISTRY_ONLY',
    );
    expect(read(config('root_namespace: mesh')).config.rootNamespace).toBe('mesh');
    expect(read(config('default_service_export_to: [.]')).config.defaultServiceExportTo).toEqual(new Set(['.']));
    const both = 'outbound_traffic_policy: {mode: REGISTRY_ONLY}, outboundTrafficPolicy: {mode: ALLOW_ANY}';
    expect(read(config(`{${both}}`)).config.outboundTrafficPolicy).toBe('ALLOW_ANY');
    const { config: alone, diagnostics } = read(config('default_config: {interceptionMode: NONE}'));
    expect(alone.interceptionMode).toBe('REDIRECT');
    expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-field']);
  });

  it('have no effect where they are misspelt, and are named', () => {
    const { config: open, diagnostics } = read(config('{outboundTrafficpolicy: {mode: REGISTRY_ONLY}, colour: red}'));
    expect(open.outboundTrafficPolicy).toBe('ALLOW_ANY');
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'The mesh configuration in ConfigMap istio-system/istio sets outboundTrafficpolicy, which Istio does not know: it has no effect. Did you mean outboundTrafficPolicy?',
      'The mesh configuration in ConfigMap istio-system/istio sets colour, which Istio does not know: it has no effect.',
    ]);
  });
});
