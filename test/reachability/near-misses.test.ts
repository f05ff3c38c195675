import { describe, expect, it } from 'vitest';
import { analyze, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

const istio = (kind: string, at: string, spec: string): string => {
  const [space, name] = at.split('/');
  const group = kind === 'PeerAuthentication' ? 'security' : 'networking';
  return `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: ${name!}, namespace: ${space!}}\nspec:\n${spec}`;
};
const MESH: Tree = {
  shop: namespace('shop'),
  pay: namespace('pay'),
  out: namespace('out'),
  calm: namespace('calm', 'istio.io/dataplane-mode: ambient'),
  web: service('shop/web') + '---\n' + deployment('shop/web', [], 'tier: front'),
  card: service('pay/card') + '---\n' + deployment('pay/card'),
  hidden: service('pay/vault').replace(
    'namespace: pay}',
    'namespace: pay, annotations: {networking.istio.io/exportTo: "."}}',
  ),
  bank: istio(
    'ServiceEntry',
    'out/bank',
    '  hosts: [api.bank.example.com]\n  ports: [{number: 443, name: tls, protocol: TLS}]\n  resolution: DNS\n',
  ),
  quiet: deployment('calm/quiet'),
  gate: deployment('shop/gate').replace(
    'labels: {app: gate}}',
    'labels: {app: gate}, annotations: {inject.istio.io/templates: gateway}}',
  ),
  outside: deployment('shop/outside', [], 'sidecar.istio.io/inject: "false"'),
};
const CODES = ['host-matches-nothing', 'selector-matches-nothing', 'sidecar-without-effect'];

/** What is said of a file that is added to the mesh. */
function said(added: string, before: Tree = {}): string[] {
  const old = { ...MESH, ...before };
  const analysis = analyze(old, { ...old, added });
  return analysis.diagnostics
    .filter(({ code }) => CODES.includes(code))
    .map(({ code, path, line, message }) => `${code} ${path}:${line} ${message}`);
}

const lists = (...hosts: string[]): string => sidecar('shop/default', hosts);
const route = (hosts: string, target: string, rest = ''): string =>
  istio(
    'VirtualService',
    'shop/route',
    `  hosts: [${hosts}]\n${rest}  http:\n    - route:\n        - destination: {host: ${target}}\n`,
  );
const selecting = (name: string, labels: string): string =>
  sidecar(`shop/${name}`, ['./*'], `  workloadSelector: {labels: {${labels}}}\n`);

describe('a host that matches nothing', () => {
  const line = 'host-matches-nothing added.yaml:7 Sidecar shop/default lists';

  it.each<readonly [string, string, string]>([
    [
      'a service that was taken for a namespace',
      'card/*',
      `${line} "card/*", which matches nothing: card is a Service of namespace pay, and no namespace; did you mean "pay/card.pay.svc.cluster.local"?`,
    ],
    [
      'a misspelt namespace',
      'pya/*',
      `${line} "pya/*", which matches nothing: there is no namespace pya; did you mean "pay/*"?`,
    ],
    [
      'a ServiceEntry that lives elsewhere',
      'shop/api.bank.example.com',
      `${line} "shop/api.bank.example.com", which matches nothing: ServiceEntry out/bank has this host, in another namespace; did you mean "out/api.bank.example.com"?`,
    ],
    [
      'a short name',
      'pay/card',
      `${line} "pay/card", which matches nothing: nobody registers this host; did you mean "pay/card.pay.svc.cluster.local"?`,
    ],
    [
      'half of a name',
      'pay/card.pay.svc',
      `${line} "pay/card.pay.svc", which matches nothing: nobody registers this host; did you mean "pay/card.pay.svc.cluster.local"?`,
    ],
    [
      'a misspelt service',
      'pay/cart.pay.svc.cluster.local',
      `${line} "pay/cart.pay.svc.cluster.local", which matches nothing: nobody registers this host; did you mean "pay/card.pay.svc.cluster.local"?`,
    ],
    [
      'a service that is not there',
      'pay/ledger.pay.svc.cluster.local',
      `${line} "pay/ledger.pay.svc.cluster.local", which matches nothing: nobody registers this host.`,
    ],
    [
      'the right service in the wrong namespace',
      'shop/card.shop.svc.cluster.local',
      `${line} "shop/card.shop.svc.cluster.local", which matches nothing: nobody registers this host; did you mean "pay/card.pay.svc.cluster.local"?`,
    ],
    [
      'a misspelt host of the outside',
      'out/api.bnak.example.com',
      `${line} "out/api.bnak.example.com", which matches nothing: nobody registers this host; did you mean "out/api.bank.example.com"?`,
    ],
    [
      'a service that is not exported',
      'pay/vault.pay.svc.cluster.local',
      `${line} "pay/vault.pay.svc.cluster.local", which matches nothing: Service pay/vault is not exported to namespace shop.`,
    ],
  ])('in a Sidecar: %s', (_, host, expected) => {
    expect(said(lists(host))).toEqual([expected]);
  });

  it('in a VirtualService, as its host or as where it leads to', () => {
    expect(said(route('card', 'card.pay.svc.cluster.local'))).toEqual([
      'host-matches-nothing added.yaml:5 VirtualService shop/route routes calls to "card", which matches nothing: nobody registers this host (card.shop.svc.cluster.local); did you mean "card.pay.svc.cluster.local"?',
    ]);
    expect(said(route('web', 'wep'))).toEqual([
      'host-matches-nothing added.yaml:8 VirtualService shop/route sends calls on to "wep", which matches nothing: nobody registers this host (wep.shop.svc.cluster.local); did you mean "web.shop.svc.cluster.local"?',
    ]);
  });

  it('in a DestinationRule', () => {
    expect(said(istio('DestinationRule', 'shop/rule', '  host: card.pay\n'))).toEqual([
      'host-matches-nothing added.yaml:5 DestinationRule shop/rule is for "card.pay", which matches nothing: nobody registers this host; did you mean "card.pay.svc.cluster.local"?',
    ]);
  });

  it.each([
    ['of a namespace that the manifests do not have', lists('logging/*', 'istio-system/*')],
    ['of a namespace without services', lists('calm/*')],
    ['of a namespace that is called like another', lists('pay-2/*', 'shop-b/*')],
    ['of the outside, which may be registered elsewhere', lists('istio-system/www.example.org', '*/*.example.net')],
    ['that a VirtualService of the namespace has', lists('shop/shop.example.org')],
    ['that is there', lists('./*', 'pay/*', 'pay/card.pay.svc.cluster.local', 'out/*.example.com', '*/*', '~/*')],
    [
      'that is another name of a service there',
      lists('pay/card.pay.svc.cluster.local', 'pay/money.shop.svc.cluster.local'),
    ],
    ['of a VirtualService for gateways', route('web.example.org, wep', 'web', '  gateways: [shop/gate]\n')],
    ['of the outside, in a VirtualService', route('www.example.org', 'web')],
  ])('is not said of one %s', (_, added) => {
    const before = {
      alias: `apiVersion: v1\nkind: Service\nmetadata: {name: money, namespace: shop}\nspec: {type: ExternalName, externalName: card.pay.svc.cluster.local, ports: [{port: 80, name: http}]}\n`,
      own: istio(
        'VirtualService',
        'shop/own',
        '  hosts: [shop.example.org]\n  http:\n    - route:\n        - destination: {host: web}\n',
      ),
    };
    expect(said(added, before)).toEqual([]);
  });

  it('is said of what the change adds or edits, and of nothing else', () => {
    const old = { ...MESH, sidecar: lists('card/*') };
    const codes = (after: Tree): string[] => analyze(old, after).diagnostics.map(({ code }) => code);
    expect(codes({ ...old, more: service('pay/more') })).not.toContain('host-matches-nothing');
    expect(codes({ ...old, sidecar: lists('card/*', './*') })).toContain('host-matches-nothing');
  });

  it('fails no gate by itself', () => {
    expect(analyze(MESH, { ...MESH, rule: istio('DestinationRule', 'shop/rule', '  host: card.pay\n') }).verdict).toBe(
      'pass',
    );
  });
});

describe('a selector that selects nothing', () => {
  it.each([
    [
      'Sidecar',
      selecting('wep', 'app: wep'),
      'selector-matches-nothing added.yaml:5 Sidecar shop/wep selects app=wep, which no workload of namespace shop has; did you mean app=web?',
    ],
    [
      'PeerAuthentication',
      istio(
        'PeerAuthentication',
        'shop/strict',
        '  selector: {matchLabels: {app: web, tier: back}}\n  mtls: {mode: STRICT}\n',
      ),
      'selector-matches-nothing added.yaml:5 PeerAuthentication shop/strict selects app=web, tier=back, which no workload of namespace shop has.',
    ],
    [
      'DestinationRule',
      istio('DestinationRule', 'shop/rule', '  host: web\n  workloadSelector: {matchLabels: {app: shell}}\n'),
      'selector-matches-nothing added.yaml:6 DestinationRule shop/rule selects app=shell, which no workload of namespace shop has.',
    ],
  ])('of a %s', (_, added, expected) => {
    expect(said(added)).toEqual([expected]);
  });

  it('is not reported where the namespace has no workload in the manifests', () => {
    expect(said(sidecar('out/x', ['./*'], '  workloadSelector: {labels: {app: web}}\n'))).toEqual([]);
  });
});

describe('a Sidecar without effect', () => {
  const first = 'sidecar-without-effect added.yaml';

  it.each<readonly [string, string, Tree, string]>([
    [
      'loses to an older one',
      sidecar('shop/a', ['./*']),
      { old: sidecar('shop/z', ['./*']) },
      `${first}:1 Sidecar shop/a governs no workload: Sidecar shop/z comes before it, as it is older, and Sidecars are not merged.`,
    ],
    [
      'loses some of its pods to another with a selector',
      selecting('front', 'tier: front'),
      { old: selecting('web', 'app: web') },
      `${first}:5 Sidecar shop/front governs no workload: Sidecar shop/web comes before it, as it is older, and Sidecars are not merged.`,
    ],
    [
      'is for a gateway',
      selecting('gate', 'app: gate'),
      {},
      `${first}:5 Sidecar shop/gate has no effect: it selects shop/Deployment/gate alone, and gateways do not look at Sidecars.`,
    ],
    [
      'is in an ambient namespace',
      sidecar('calm/default', ['./*']),
      {},
      `${first}:1 Sidecar calm/default has no effect: namespace calm is in ambient mode, where nobody looks at Sidecars.`,
    ],
    [
      'is for pods without a sidecar',
      selecting('outside', 'app: outside'),
      {},
      `${first}:5 Sidecar shop/outside has no effect: none of the pods that it selects has a sidecar.`,
    ],
  ])('%s', (_, added, before, expected) => {
    expect(said(added, before)).toEqual([expected]);
  });

  it('is not one that some pods are selected away from', () => {
    expect(
      said(sidecar('shop/default', ['./*']), { own: selecting('web', 'app: web'), api: deployment('shop/api') }),
    ).toEqual([]);
  });
});
