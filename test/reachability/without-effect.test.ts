import { describe, expect, it } from 'vitest';
import { analyze, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

const entry = (at: string, host: string, exportTo = '["*"]'): string => {
  const [space, name] = at.split('/');
  return `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: ${name!}, namespace: ${space!}}
spec: {hosts: [${host}], exportTo: ${exportTo}, resolution: DNS, location: MESH_EXTERNAL, ports: [{number: 443, name: tls, protocol: TLS}]}\n`;
};
const meshConfig = (text: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: '${text}'}\n`;

const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('payments'), namespace('platform', 'a: b')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.payments']),
  card: service('payments/card') + '---\n' + deployment('payments/card', ['http://web.shop']),
};

function said(code: string, before: Tree, after: Tree): string[] {
  return analyze(before, after)
    .diagnostics.filter((each) => each.code === code)
    .map(({ message, path, line }) => `${path!}:${String(line)} ${message}`);
}

describe('a Sidecar in a namespace without workloads', () => {
  const told = (own: string, base: Tree = MESH): string[] => said('sidecar-without-workloads', base, { ...base, own });

  it('is told, with the root namespace', () => {
    expect(told(sidecar('platform/default', ['./*']))).toEqual([
      'own.yaml:1 Sidecar platform/default governs nobody: namespace platform has no workload, and the root namespace, whose Sidecar is for all that have none of their own, is istio-system.',
    ]);
  });

  it('is not told where there are some, of the root namespace’s, of a namespace that lives elsewhere, and of an old one', () => {
    expect(told(sidecar('shop/default', ['./*']))).toEqual([]);
    expect(told(sidecar('istio-system/default', ['./*']))).toEqual([]);
    expect(told(sidecar('elsewhere/default', ['./*']))).toEqual([]);
    expect(
      told(sidecar('platform/default', ['./*']), { ...MESH, mesh: meshConfig('rootNamespace: platform') }),
    ).toEqual([]);
    const old = { ...MESH, own: sidecar('platform/default', ['./*']) };
    expect(told(sidecar('platform/default', ['*/*']), old)).toEqual([]);
  });
});

describe('an annotation for the sidecar on what makes pods', () => {
  const onItself = (value: string): Tree => ({
    ...MESH,
    web: `${service('shop/web')}---\n${deployment('shop/web', ['http://card.payments']).replace(
      'namespace: shop}\nspec:\n  selector',
      `namespace: shop, annotations: {sidecar.istio.io/inject: "${value}", team: web}}\nspec:\n  selector`,
    )}`,
  });

  it('is told where the change puts it there', () => {
    expect(said('annotation-without-effect', MESH, onItself('false'))).toEqual([
      'web.yaml:8 Deployment shop/web has the annotation sidecar.istio.io/inject on itself, where it has no effect: it belongs to its pods, at spec.template.metadata.annotations.',
    ]);
    expect(said('annotation-without-effect', onItself('false'), onItself('false'))).toEqual([]);
  });
});

describe('a host name that another namespace serves after a change', () => {
  const base = {
    ...MESH,
    eu: entry('eu/search', 'search.example.com'),
    us: entry('us/search', 'search.example.com'),
  };

  it('is told, as the cluster has the same name', () => {
    const before = { ...base, own: sidecar('shop/default', ['us/*']) };
    const after = { ...base, own: sidecar('shop/default', ['*/*']) };
    expect(analyze(before, after).changes.filter(({ severity }) => severity !== 'none')).toEqual([]);
    expect(said('served-elsewhere', before, after)).toEqual([
      'own.yaml:7 For shop/Deployment/web, search.example.com is that of ServiceEntry eu/search after the change, and was that of ServiceEntry us/search: one name, and other servers.',
    ]);
    expect(said('served-elsewhere', before, { ...before, more: namespace('more') })).toEqual([]);
  });
});

describe('a service for telemetry that a proxy does not know', () => {
  const provider =
    'extensionProviders: [{name: spans, zipkin: {service: zipkin.telemetry.svc.cluster.local, port: 9411}}]';
  const base: Tree = { ...MESH, zipkin: service('telemetry/zipkin', 9411) };
  const telemetry = (at: string, rest = ''): string => {
    const [space, name] = at.split('/');
    return `apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: ${name!}, namespace: ${space!}}\nspec: {${rest}tracing: [{providers: [{name: spans}]}]}\n`;
  };
  const told = (before: Tree, after: Tree): string[] => said('telemetry-not-imported', before, after);
  const narrow = sidecar('shop/default', ['./*', 'payments/*']);
  const SENTENCE =
    'own.yaml:7 The proxy of shop/Deployment/web does not know zipkin.telemetry.svc.cluster.local:9411, to which the provider spans of the mesh configuration has it send telemetry: that is lost, and Envoy may refuse listeners that name it, so that a pod that restarts does not get ready.';

  it('is told where the mesh configuration, or a Telemetry, names it', () => {
    const all = { ...base, mesh: meshConfig(`{${provider}, defaultProviders: {tracing: [spans]}}`) };
    expect(told(all, { ...all, own: narrow })).toEqual([SENTENCE]);
    const some = { ...base, mesh: meshConfig(`{${provider}}`), spans: telemetry('istio-system/spans') };
    expect(told(some, { ...some, own: narrow })).toEqual([SENTENCE]);
    // What was narrow before, and gets the provider now.
    const { spans, ...without } = { ...some, own: narrow };
    expect(told(without, { ...without, spans })).toEqual([SENTENCE]);
  });

  it('is not told where nobody names it, for others, where it was lost before, and where it is listed', () => {
    const unused = { ...base, mesh: meshConfig(`{${provider}}`) };
    expect(told(unused, { ...unused, own: narrow })).toEqual([]);
    const others = {
      ...unused,
      spans: telemetry('payments/spans'),
      more: telemetry('shop/x', 'selector: {matchLabels: {app: other}}, '),
    };
    expect(told(others, { ...others, own: narrow })).toEqual([]);
    const all = { ...base, mesh: meshConfig(`{${provider}, defaultProviders: {tracing: [spans]}}`) };
    expect(told({ ...all, own: narrow }, { ...all, own: sidecar('shop/default', ['./*']) })).toEqual([]);
    expect(told(all, { ...all, own: sidecar('shop/default', ['./*', 'telemetry/*']) })).toEqual([]);
  });
});
