import { describe, expect, it } from 'vitest';
import { analyze, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

const entry = (at: string, host: string, exportTo = '["*"]'): string => {
  const [space, name] = at.split('/');
  return `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: ${name!}, namespace: ${space!}}
spec: {hosts: [${host}], exportTo: ${exportTo}, resolution: DNS, location: MESH_EXTERNAL, ports: [{number: 443, name: tls, protocol: TLS}]}\n`;
};
const route = (at: string, host: string): string => {
  const [space, name] = at.split('/');
  return `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: ${name!}, namespace: ${space!}}
spec: {hosts: [${host}], http: [{route: [{destination: {host: card.payments.svc.cluster.local}}]}]}\n`;
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

describe('a host line that brings nothing', () => {
  const lines = (...hosts: readonly string[]): string[] =>
    said('host-without-effect', MESH, { ...MESH, own: sidecar('shop/default', hosts) }).map((text) =>
      text.replace(/^own\.yaml:\d+ Sidecar shop\/default lists /, ''),
    );

  it.each([
    ['paymens/*', '"paymens/*", and there is no such namespace: did you mean "payments/*"?'],
    [
      'card/*',
      '"card/*", and card is a Service of namespace payments: did you mean "payments/card.payments.svc.cluster.local"?',
    ],
    [
      'shop/card.payments.svc.cluster.local',
      '"shop/card.payments.svc.cluster.local", and that host is of namespace payments: did you mean "payments/card.payments.svc.cluster.local"?',
    ],
    [
      './card.payments.svc.cluster.local',
      '"./card.payments.svc.cluster.local", and that host is of namespace payments: did you mean "payments/card.payments.svc.cluster.local"?',
    ],
    [
      'payments/card.payments',
      '"payments/card.payments", and namespace payments has no such host: did you mean "payments/card.payments.svc.cluster.local"?',
    ],
  ])('%s is told with what was meant', (line, text) => {
    expect(lines(line)).toEqual([text]);
  });

  it.each(['istio-system/*', 'platform/*', '*/*', '~/*', './*', 'payments/*', 'team-b/*', 'shop/*.svc.cluster.local'])(
    '%s is not told: it brings something, or may be about what lives elsewhere',
    (line) => {
      const base = { ...MESH, teams: namespace('team-a') };
      expect(said('host-without-effect', base, { ...base, own: sidecar('shop/default', [line]) })).toEqual([]);
    },
  );

  it('is not told where a VirtualService is what it brings', () => {
    const base = { ...MESH, routes: route('platform/pay', 'pay.example.com') };
    const after = { ...base, own: sidecar('shop/default', ['platform/pay.example.com']) };
    expect(said('host-without-effect', base, after)).toEqual([]);
  });

  it('is told where what it names is not exported', () => {
    const base = { ...MESH, bank: entry('payments/bank', 'api.bank.example.com', '["."]') };
    const after = { ...base, own: sidecar('shop/default', ['payments/api.bank.example.com']) };
    expect(said('host-without-effect', base, after)).toEqual([
      'own.yaml:7 Sidecar shop/default lists "payments/api.bank.example.com", and ServiceEntry payments/bank is not exported to namespace shop.',
    ]);
  });

  it('is told of lines that the change brings, and of no others', () => {
    const before = { ...MESH, own: sidecar('shop/default', ['paymens/*']) };
    const after = { ...MESH, own: sidecar('shop/default', ['paymens/*', 'card/*']) };
    expect(said('host-without-effect', before, after)).toHaveLength(1);
    expect(said('host-without-effect', before, { ...before, web: `${MESH['web']!}# changed\n` })).toEqual([]);
  });

  it('may have a dot in the root namespace, where it stands for many', () => {
    const after = { ...MESH, own: sidecar('istio-system/default', ['./web.shop.svc.cluster.local']) };
    expect(said('host-without-effect', MESH, after)).toEqual([]);
  });
});

describe('a Sidecar that governs nobody', () => {
  const governs = (own: string, base: Tree = MESH): string[] =>
    said('sidecar-without-effect', base, { ...base, own }).map((text) => text.replace(/^own\.yaml:\d+ /, ''));
  const selecting = (labels: string): string => `  workloadSelector: {labels: {${labels}}}\n`;

  it('is told with why', () => {
    expect(governs(sidecar('platform/default', ['./*']))).toEqual([
      'Sidecar platform/default governs nobody: no workload stands in namespace platform, and the root namespace, whose Sidecar is for all others, is istio-system.',
    ]);
    expect(governs(sidecar('shop/x', ['./*'], selecting('app: wep')))).toEqual([
      'Sidecar shop/x governs nobody: its selector (app=wep) fits no workload of namespace shop.',
    ]);
    const base = { ...MESH, first: sidecar('shop/first', ['*/*']) };
    expect(governs(sidecar('shop/second', ['./*']), base)).toEqual([
      'Sidecar shop/second governs nobody: Sidecar shop/first stands above it for all that it selects.',
    ]);
    const plain = { ...MESH, job: deployment('platform/job') };
    expect(governs(sidecar('platform/default', ['./*']), plain)).toEqual([
      'Sidecar platform/default governs nobody: platform/Deployment/job has no sidecar (neither the namespace nor the pod asks for injection).',
    ]);
  });

  it('is not told of one that governs, of the root namespace’s, or of a namespace that lives elsewhere', () => {
    expect(governs(sidecar('shop/default', ['./*']))).toEqual([]);
    expect(governs(sidecar('istio-system/default', ['./*']))).toEqual([]);
    expect(governs(sidecar('elsewhere/default', ['./*']))).toEqual([]);
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
