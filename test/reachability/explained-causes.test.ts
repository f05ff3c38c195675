import { describe, expect, it } from 'vitest';
import { analyze, causes, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

/** A sentence for every kind of object that can be a cause, and for every way in which an edit of it can decide. */

const mesh = (text: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    accessLogFile: ""\n${text}`;
const istio = (kind: string, at: string, spec: string): string => {
  const [space, name] = at.split('/');
  const group = kind === 'PeerAuthentication' ? 'security' : 'networking';
  return `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: ${name!}, namespace: ${space!}}\nspec:\n${spec}`;
};
const entry = (hosts: string, rest = '  resolution: DNS\n'): string =>
  istio('ServiceEntry', 'out/bank', `  hosts: [${hosts}]\n  ports: [{number: 443, name: tls, protocol: TLS}]\n${rest}`);

const BASE: Tree = {
  shop: namespace('shop'),
  pay: namespace('pay'),
  out: namespace('out'),
  system: namespace('istio-system', ''),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay', 'https://bank.example.com']),
  card: service('pay/card'),
  cards: deployment('pay/card', [], 'version: v1'),
  bank: entry('bank.example.com'),
  mesh: mesh('    outboundTrafficPolicy: {mode: ALLOW_ANY}\n'),
};
const CARD = 'card.pay';
const BANK = 'bank.example.com';

/** What a file of the tree is made into; null takes it away. */
type Edit = Readonly<Record<string, string | null | ((text: string) => string)>>;

function edited(tree: Tree, edit: Edit): Tree {
  const names = [...new Set([...Object.keys(tree), ...Object.keys(edit)])];
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const change = edit[name];
      if (change === null) return [];
      const text = typeof change === 'function' ? change(tree[name]!) : (change ?? tree[name]!);
      return [[name, text]];
    }),
  );
}

/** The sentences about the calls of shop/web, or of whoever calls, to a host. */
function sentences(before: Edit, after: Edit, host: string): string[] {
  const old = edited(BASE, before);
  return causes(analyze(old, edited(old, after)), ({ destinations, workloads }) => {
    const isOfWeb = workloads.some(({ name }) => name === 'web');
    return isOfWeb && destinations.some((each) => each.host.startsWith(host));
  });
}

const swap =
  (old: string, now: string) =>
  (text: string): string => {
    if (!text.includes(old)) throw new Error(`${old} is not in ${text}`);
    return text.replace(old, now);
  };
const routed = (rest: string): string =>
  istio(
    'VirtualService',
    'pay/card',
    `  hosts: [card]\n  http:\n    - route:\n        - destination: {host: card${rest}}\n`,
  );
const rule = (subset: string, version = 'v1'): string =>
  istio(
    'DestinationRule',
    'pay/card',
    `  host: card\n  subsets:\n    - name: ${subset}\n      labels: {version: ${version}}\n`,
  );
const STRICT = istio('PeerAuthentication', 'pay/default', '  mtls: {mode: STRICT}\n');
const WIDE = sidecar('shop/default', ['./*', 'pay/*', 'out/*']);
const NARROW = sidecar('shop/default', ['./*']);
const ALIAS =
  'apiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: shop}\n' +
  'spec: {type: ExternalName, externalName: card.pay.svc.cluster.local, ports: [{name: http, port: 80}]}\n';
const ONE_PORT = sidecar('shop/default', ['./*', 'pay/*', 'out/*']).replace(
  '  - hosts:',
  '  - port: {number: 80, protocol: HTTP, name: http}\n    hosts:',
);
const SHADOW = (host: string): string =>
  istio(
    'ServiceEntry',
    'shop/card',
    `  hosts: [${host}]\n  ports: [{number: 8443, name: tls, protocol: TLS}]\n  resolution: DNS\n`,
  );
const istiod = (version: string): string =>
  deployment('istio-system/istiod').replace('image: app', `image: istio/pilot:${version}.0`);
const cacheCaller = swap('card.pay', 'cache.istio-system');

describe('a cause says the fact that decides', () => {
  it.each<readonly [string, Edit, Edit, string, readonly string[]]>([
    [
      'a Sidecar that is new, in place of another',
      { a: WIDE },
      { b: sidecar('shop/web', ['./*'], '  workloadSelector: {labels: {app: web}}\n') },
      CARD,
      [
        'after b.yaml:8 Sidecar shop/web now governs this workload in place of Sidecar shop/default; nothing it lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      'a Sidecar that is new where there was none',
      {},
      { a: NARROW },
      CARD,
      [
        'after a.yaml:7 Sidecar shop/default now governs this workload; nothing it lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      'a Sidecar without hosts that escapes the root one',
      { root: sidecar('istio-system/default', ['./*']) },
      { a: sidecar('shop/default', [], '  outboundTrafficPolicy: {mode: ALLOW_ANY}\n') },
      CARD,
      [
        'after a.yaml:5 Sidecar shop/default now governs this workload in place of Sidecar istio-system/default; it sets outboundTrafficPolicy to ALLOW_ANY.',
      ],
    ],
    [
      'a Sidecar that is gone',
      { root: sidecar('istio-system/default', ['./*']), a: WIDE },
      { a: null },
      CARD,
      [
        'before a.yaml:1 Sidecar shop/default, which listed "pay/*", is gone; Sidecar istio-system/default (root.yaml:6) governs now, and nothing it lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      "a root namespace's Sidecar whose dot is taken for its own namespace",
      { system: namespace('istio-system', '') + '---\n' + service('istio-system/cache'), web: cacheCaller },
      { root: sidecar('istio-system/default', ['./*', 'pay/*']) },
      'cache.istio-system',
      [
        'after root.yaml:7 Sidecar istio-system/default now governs this workload; nothing it lists matches cache.istio-system.svc.cluster.local: "./*" stands for the namespace of whoever calls.',
      ],
    ],
    [
      'a Sidecar that lists an alias, and not what it stands for',
      { alias: ALIAS, web: swap('card.pay', 'alias') },
      { a: sidecar('shop/default', ['./*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n') },
      'alias.shop',
      [
        'after a.yaml:8 Sidecar shop/default now governs this workload; it sets outboundTrafficPolicy to REGISTRY_ONLY, and nothing it lists matches card.pay.svc.cluster.local, which alias.shop.svc.cluster.local stands for.',
      ],
    ],
    [
      'a Sidecar that is gone, with its mode',
      { a: sidecar('shop/default', ['*/*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n'), bank: null },
      { a: null },
      BANK,
      [
        'before a.yaml:1 Sidecar shop/default, which set outboundTrafficPolicy to REGISTRY_ONLY, is gone; no Sidecar governs it now.',
      ],
    ],
    [
      'a host line that is gone',
      { a: WIDE },
      { a: NARROW },
      CARD,
      [
        'after a.yaml:7 Sidecar shop/default no longer lists "pay/*"; nothing else it lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      'a listener for one port',
      { a: WIDE },
      { a: swap('  - hosts:', '  - port: {number: 81, protocol: HTTP, name: http}\n    hosts:') },
      CARD,
      ['after a.yaml:6 Sidecar shop/default makes a listener one for port 81 only, and not for 80.'],
    ],
    [
      'a listener for a port that the destination does not have',
      { a: ONE_PORT },
      { a: swap('number: 80,', 'number: 8080,') },
      CARD,
      [
        'after a.yaml:6 Sidecar shop/default changes egress[0].port.number from 80 to 8080; card.pay.svc.cluster.local has no port 8080 (it has 80).',
      ],
    ],
    [
      'a listener that captures nothing',
      { a: ONE_PORT },
      { a: swap('    hosts:', '    captureMode: NONE\n    hosts:') },
      CARD,
      [
        'after a.yaml:7 Sidecar shop/default sets egress[0].captureMode to "NONE"; it takes calls to 127.0.0.1:80 alone now.',
      ],
    ],
    [
      'a selector',
      { a: WIDE, b: sidecar('shop/z', ['./*'], '  workloadSelector: {labels: {app: none}}\n') },
      { b: swap('app: none', 'app: web') },
      CARD,
      [
        'after b.yaml:5 Sidecar shop/z now governs the pods with app=web (before: the pods with app=none); nothing it lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      'exportTo of a Service',
      {},
      { card: swap('namespace: pay}', 'namespace: pay, annotations: {networking.istio.io/exportTo: "."}}') },
      CARD,
      [
        'after card.yaml:3 Service pay/card sets the annotation networking.istio.io/exportTo to "."; namespace shop no longer sees it.',
      ],
    ],
    [
      'exportTo of a ServiceEntry',
      {},
      { bank: entry('bank.example.com', '  resolution: DNS\n  exportTo: ["."]\n') },
      BANK,
      ['after bank.yaml:8 ServiceEntry out/bank sets exportTo to ["."]; namespace shop no longer sees it.'],
    ],
    [
      'exportTo of a VirtualService',
      { route: routed(', port: {number: 81}') },
      { route: (text) => `${text}  exportTo: ["."]\n` },
      CARD,
      ['after route.yaml:9 VirtualService pay/card sets exportTo to ["."]; namespace shop no longer sees it.'],
    ],
    [
      'exportTo of a DestinationRule',
      { route: routed(', subset: v1'), rule: rule('v1') },
      { rule: (text) => `${text}  exportTo: ["."]\n` },
      CARD,
      ['after rule.yaml:9 DestinationRule pay/card sets exportTo to ["."]; namespace shop no longer sees it.'],
    ],
    [
      "the mesh's default for Services",
      {},
      { mesh: mesh('    defaultServiceExportTo: ["."]\n') },
      CARD,
      [
        'after mesh.yaml:7 ConfigMap istio-system/istio sets defaultServiceExportTo to ["."] in the mesh configuration; namespace shop no longer sees the Services without exportTo of namespace pay.',
      ],
    ],
    [
      "the mesh's default for DestinationRules",
      { route: routed(', subset: v1'), rule: rule('v1') },
      { mesh: mesh('    defaultDestinationRuleExportTo: ["."]\n') },
      CARD,
      [
        'after mesh.yaml:7 ConfigMap istio-system/istio sets defaultDestinationRuleExportTo to ["."] in the mesh configuration; namespace shop no longer sees the DestinationRules without exportTo of namespace pay.',
      ],
    ],
    [
      'a version that excludes hosts',
      { istiod: istiod('1.30'), a: sidecar('shop/default', ['*/*', '~/card.pay.svc.cluster.local']) },
      { istiod: istiod('1.31') },
      CARD,
      [
        'after istiod.yaml:11 Deployment istio-system/istiod moves Istio from 1.30 to 1.31, which takes a host line with "~" for an exclusion: "~/card.pay.svc.cluster.local" of Sidecar shop/default (a.yaml:8).',
      ],
    ],
    [
      'a version that does not exclude hosts',
      { istiod: istiod('1.31'), a: sidecar('shop/default', ['*/*', '~/card.pay.svc.cluster.local']) },
      { istiod: istiod('1.30') },
      CARD,
      [
        'after istiod.yaml:11 Deployment istio-system/istiod moves Istio from 1.31 to 1.30, which does not take a host line with "~" for an exclusion: "~/card.pay.svc.cluster.local" of Sidecar shop/default (a.yaml:8).',
      ],
    ],
    [
      'a version that lets another namespace serve a destination',
      {
        istiod: istiod('1.29'),
        cards: null,
        other: istio(
          'ServiceEntry',
          'aws/card',
          '  hosts: [card.pay.svc.cluster.local]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n  resolution: STATIC\n  endpoints: [{address: 10.1.1.1}]\n',
        ),
        old: istio(
          'ServiceEntry',
          'shop/old',
          '  hosts: [bank.example.com]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n  resolution: DNS\n',
        ),
        bank: null,
        web: swap('https://bank', 'http://bank'),
        route: istio(
          'VirtualService',
          'shop/old',
          '  hosts: [bank.example.com]\n  http:\n    - route:\n        - destination: {host: card.pay.svc.cluster.local}\n',
        ),
        a: NARROW,
      },
      { istiod: istiod('1.30') },
      BANK,
      [
        'after istiod.yaml:11 Deployment istio-system/istiod moves Istio from 1.29 to 1.30, which gives a destination of a VirtualService that several namespaces have to a Kubernetes Service, then to the oldest: card.pay.svc.cluster.local is that of Service pay/card (card.yaml:1) now, and was that of ServiceEntry aws/card.',
      ],
    ],
    [
      'a version that honours namespaces in a default',
      { istiod: istiod('1.30'), mesh: mesh('    defaultServiceExportTo: ["shop"]\n') },
      { istiod: istiod('1.29') },
      CARD,
      [
        'after istiod.yaml:11 Deployment istio-system/istiod moves Istio from 1.30 to 1.29, which hides from everybody what the mesh’s defaults for exportTo export to namespaces (ConfigMap istio-system/istio).',
      ],
    ],
    [
      "the mesh's mode",
      { bank: null },
      { mesh: mesh('    outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n') },
      BANK,
      [
        'after mesh.yaml:7 ConfigMap istio-system/istio changes outboundTrafficPolicy.mode from "ALLOW_ANY" to "REGISTRY_ONLY" in the mesh configuration; what nobody registered is blocked now.',
      ],
    ],
    [
      "the mesh's mode, for what a Sidecar does not list",
      { a: NARROW },
      { mesh: mesh('    outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n') },
      CARD,
      [
        'after mesh.yaml:7 ConfigMap istio-system/istio changes outboundTrafficPolicy.mode from "ALLOW_ANY" to "REGISTRY_ONLY" in the mesh configuration; what a Sidecar does not list is blocked now, and nothing that Sidecar shop/default (a.yaml:7) lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      'discoverySelectors',
      {},
      {
        mesh: mesh(
          '    discoverySelectors: [{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [pay]}]}]\n',
        ),
      },
      CARD,
      [
        'after mesh.yaml:7 ConfigMap istio-system/istio adds discoverySelectors in the mesh configuration; istiod no longer looks at namespace pay.',
      ],
    ],
    [
      'a label that discoverySelectors ask for',
      { mesh: mesh('    discoverySelectors: [{matchLabels: {istio-injection: enabled}}]\n') },
      { pay: namespace('pay', 'team: pay') },
      CARD,
      [
        'after pay.yaml:5 Namespace pay sets the label team to "pay" and loses the label istio-injection, which was "enabled"; istiod no longer looks at what is in it; its pods get no sidecar.',
      ],
    ],
    [
      'a VirtualService to a subset that nobody defines',
      {},
      { route: routed(', subset: v2') },
      CARD,
      [
        'after route.yaml:1 VirtualService pay/card is new: it sends calls to "card" on to "card.pay.svc.cluster.local subset v2"; no DestinationRule that namespace shop sees defines the subset "v2" of card.pay.svc.cluster.local.',
      ],
    ],
    [
      'a route that comes to lead to a host that nobody registers',
      { route: routed('') },
      { route: swap('{host: card}', '{host: cards.pay.svc.cluster.local}') },
      CARD,
      [
        'after route.yaml:8 VirtualService pay/card changes http[0].route[0].destination.host from "card" to "cards.pay.svc.cluster.local"; nobody registers cards.pay.svc.cluster.local.',
      ],
    ],
    [
      'a route for some requests alone',
      {},
      {
        route: istio(
          'VirtualService',
          'pay/card',
          '  hosts: [card]\n  http:\n    - match: [{uri: {prefix: /v1}}]\n      route:\n        - destination: {host: card}\n',
        ),
      },
      CARD,
      [
        'after route.yaml:1 VirtualService pay/card is new: it routes calls to "card"; it has no route for every request.',
      ],
    ],
    [
      'a VirtualService that is gone',
      {
        route: istio(
          'VirtualService',
          'pay/card',
          '  hosts: [card]\n  http:\n    - route:\n        - destination: {host: web.shop.svc.cluster.local}\n',
        ),
      },
      { route: null },
      CARD,
      [
        'before route.yaml:1 VirtualService pay/card, which sends calls to "card" on to "web.shop.svc.cluster.local", is gone.',
      ],
    ],
    [
      'a VirtualService that becomes one for gateways',
      { route: routed(', subset: v9') },
      { route: (text) => `${text}  gateways: [pay/gate]\n` },
      CARD,
      [
        'after route.yaml:9 VirtualService pay/card sets gateways to ["pay/gate"]; without "mesh" among its gateways it no longer holds for calls inside of the mesh.',
      ],
    ],
    [
      'a subset that is renamed',
      { route: routed(', subset: v1'), rule: rule('v1') },
      { rule: rule('v2') },
      CARD,
      [
        'after rule.yaml:7 DestinationRule pay/card no longer defines the subset "v1", and now defines the subset "v2".',
      ],
    ],
    [
      'the labels of a subset',
      { route: routed(', subset: v1'), rule: rule('v1') },
      { rule: rule('v1', 'v7') },
      CARD,
      [
        'after rule.yaml:8 DestinationRule pay/card changes subsets[0].labels.version from "v1" to "v7"; no running pod behind the host has these labels.',
      ],
    ],
    [
      'the host of a DestinationRule',
      { route: routed(', subset: v1'), rule: rule('v1') },
      { rule: swap('host: card', 'host: cards') },
      CARD,
      [
        'after rule.yaml:5 DestinationRule pay/card is for cards.pay.svc.cluster.local now, and no longer for card.pay.svc.cluster.local.',
      ],
    ],
    [
      'the TLS of a DestinationRule',
      { strict: STRICT },
      { rule: istio('DestinationRule', 'pay/card', '  host: card\n  trafficPolicy: {tls: {mode: DISABLE}}\n') },
      CARD,
      ['after rule.yaml:1 DestinationRule pay/card is new: it sets the TLS mode DISABLE for card.'],
    ],
    [
      'a PeerAuthentication',
      { a: NARROW },
      { strict: STRICT },
      CARD,
      [
        'after strict.yaml:1 PeerAuthentication pay/default is new: it sets mutual TLS to STRICT for every workload of namespace pay.',
      ],
    ],
    [
      'a namespace that loses its injection',
      {},
      { shop: namespace('shop', 'team: shop') },
      CARD,
      [
        'after shop.yaml:5 Namespace shop sets the label team to "shop" and loses the label istio-injection, which was "enabled"; its pods get no sidecar.',
      ],
    ],
    [
      'a namespace that moves to ambient mode',
      {},
      { shop: namespace('shop', 'istio.io/dataplane-mode: ambient') },
      CARD,
      [
        'after shop.yaml:5 Namespace shop sets the label istio.io/dataplane-mode to "ambient" and loses the label istio-injection, which was "enabled"; its pods get no sidecar; ambient mode takes their calls instead, which is not modelled.',
      ],
    ],
    [
      "a server's namespace that loses its injection, under a rule for mutual TLS",
      { rule: istio('DestinationRule', 'pay/card', '  host: card\n  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}\n') },
      { pay: namespace('pay', 'team: pay') },
      CARD,
      [
        'after pay.yaml:5 Namespace pay sets the label team to "pay" and loses the label istio-injection, which was "enabled"; its pods get no sidecar.',
      ],
    ],
    [
      'a pod that opts out',
      {},
      { web: swap('{app: web}}\n    spec', '{app: web, sidecar.istio.io/inject: "false"}}\n    spec') },
      CARD,
      [
        'after web.yaml:12 Deployment shop/web sets the pods’ label sidecar.istio.io/inject to "false"; its pods get no sidecar.',
      ],
    ],
    [
      'a traffic annotation',
      {},
      {
        web: swap(
          'labels: {app: web}}\n    spec',
          'labels: {app: web}, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "80"}}\n    spec',
        ),
      },
      CARD,
      [
        'after web.yaml:12 Deployment shop/web sets the pods’ annotation traffic.sidecar.istio.io/excludeOutboundPorts to "80"; the calls go past its sidecar.',
      ],
    ],
    [
      "a caller's label that its Sidecar selected",
      {
        a: NARROW,
        b: sidecar('shop/web', ['*/*'], '  workloadSelector: {labels: {tier: front}}\n'),
        web: swap('{app: web}}\n    spec', '{app: web, tier: front}}\n    spec'),
      },
      { web: swap('tier: front', 'tier: back') },
      CARD,
      [
        'after web.yaml:12 Deployment shop/web changes the pods’ label tier from "front" to "back"; Sidecar shop/web governed it, Sidecar shop/default does now, and nothing it lists matches card.pay.svc.cluster.local.',
      ],
    ],
    [
      "a server's label that its Service selected",
      {},
      { cards: (text) => text.replaceAll('app: card', 'app: cards') },
      CARD,
      [
        'after cards.yaml:7 Deployment pay/card changes the pods’ label app from "card" to "cards"; Service pay/card no longer selects its pods.',
      ],
    ],
    [
      "a server's label that a subset selected",
      { route: routed(', subset: v1'), rule: rule('v1') },
      { cards: swap('version: v1', 'version: v2') },
      CARD,
      [
        'after cards.yaml:7 Deployment pay/card changes the pods’ label version from "v1" to "v2"; its pods are no longer of the subset "v1".',
      ],
    ],
    [
      'a server that is scaled to nothing',
      {},
      { cards: swap('spec:\n', 'spec:\n  replicas: 0\n') },
      CARD,
      ['after cards.yaml:5 Deployment pay/card sets replicas to 0; none of its pods runs.'],
    ],
    [
      'a server that is gone',
      {},
      { cards: null },
      CARD,
      ['before cards.yaml:1 Deployment pay/card, which runs pods of card.pay.svc.cluster.local, is gone.'],
    ],
    [
      'a Service that is gone',
      {},
      { card: null },
      CARD,
      ['before card.yaml:1 Service pay/card, which serves card.pay.svc.cluster.local, is gone.'],
    ],
    [
      'a Service whose port is another',
      {},
      { card: swap('port: 80', 'port: 81') },
      CARD,
      [
        'after card.yaml:4 Service pay/card no longer has port 80 (it has 81).',
        'after card.yaml:4 Service pay/card now has port 81 (it had 80).',
      ],
    ],
    [
      'a Service whose port is renamed',
      {},
      { card: swap('name: http', 'name: tcp') },
      CARD,
      [
        'after card.yaml:4 Service pay/card changes ports[0].name from "http" to "tcp"; port 80 is TCP now (before: HTTP).',
      ],
    ],
    [
      'a Service whose protocol is declared',
      {},
      { card: swap('port: 80', 'port: 80, appProtocol: tcp') },
      CARD,
      ['after card.yaml:4 Service pay/card sets ports[0].appProtocol to "tcp"; port 80 is TCP now (before: HTTP).'],
    ],
    [
      'a Service that becomes headless',
      { a: sidecar('shop/default', ['*/*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n'), cards: null },
      { card: swap('selector:', 'clusterIP: None, selector:') },
      CARD,
      [
        'after card.yaml:4 Service pay/card sets clusterIP to "None"; its name now stands for the addresses of its pods.',
      ],
    ],
    [
      'a Service that selects nothing',
      {},
      { card: swap('selector: {app: card}', 'selector: {app: cart}') },
      CARD,
      [
        'after card.yaml:4 Service pay/card changes selector.app from "card" to "cart"; no running pod has these labels.',
      ],
    ],
    [
      'a ServiceEntry that is gone',
      {},
      { bank: null },
      BANK,
      ['before bank.yaml:1 ServiceEntry out/bank, which registers "bank.example.com", is gone.'],
    ],
    [
      'a ServiceEntry with another host',
      {},
      { bank: entry('banks.example.com') },
      BANK,
      ['after bank.yaml:5 ServiceEntry out/bank no longer registers bank.example.com.'],
    ],
    [
      'a ServiceEntry with another port',
      {},
      { bank: swap('number: 443', 'number: 8443') },
      BANK,
      [
        'after bank.yaml:6 ServiceEntry out/bank no longer has port 443 (it has 8443).',
        'after bank.yaml:6 ServiceEntry out/bank now has port 8443 (it had 443).',
      ],
    ],
    [
      'a ServiceEntry without endpoints',
      { bank: entry('bank.example.com', '  resolution: STATIC\n  endpoints: [{address: 10.1.1.1}]\n') },
      { bank: entry('bank.example.com', '  resolution: STATIC\n') },
      BANK,
      ['after bank.yaml:5 ServiceEntry out/bank loses endpoints; nothing is behind it now.'],
    ],
    [
      'a ServiceEntry with another resolution',
      { bank: entry('bank.example.com', '  resolution: DNS\n') },
      { bank: entry('bank.example.com', '  resolution: STATIC\n') },
      BANK,
      ['after bank.yaml:7 ServiceEntry out/bank changes resolution from "DNS" to "STATIC"; nothing is behind it now.'],
    ],
    [
      'a ServiceEntry that takes the place of a Service',
      { a: sidecar('shop/default', ['*/*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n') },
      { taken: SHADOW('card.pay.svc.cluster.local') },
      'card.pay',
      [
        'after taken.yaml:1 ServiceEntry shop/card is new: it registers "card.pay.svc.cluster.local" and takes the place of Service pay/card (card.yaml:1) in namespace shop, without its port 80.',
        'after taken.yaml:1 ServiceEntry shop/card is new: it registers "card.pay.svc.cluster.local" and takes the place of Service pay/card (card.yaml:1) in namespace shop.',
      ],
    ],
    [
      'a ServiceEntry that comes to take the place of a Service',
      {
        a: sidecar('shop/default', ['*/*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n'),
        taken: SHADOW('cards.pay.svc.cluster.local'),
      },
      { taken: SHADOW('card.pay.svc.cluster.local') },
      'card.pay',
      [
        'after taken.yaml:5 ServiceEntry shop/card now registers card.pay.svc.cluster.local and takes the place of Service pay/card (card.yaml:1) in namespace shop, without its port 80.',
        'after taken.yaml:5 ServiceEntry shop/card now registers card.pay.svc.cluster.local and takes the place of Service pay/card (card.yaml:1) in namespace shop.',
      ],
    ],
    [
      'a ServiceEntry without an address, which takes the port',
      { bank: null },
      {
        db: istio(
          'ServiceEntry',
          'out/db',
          '  hosts: [db.example.com]\n  ports: [{number: 443, name: tcp, protocol: TCP}]\n  resolution: DNS\n',
        ),
      },
      BANK,
      [
        'after db.yaml:1 ServiceEntry out/db is new: it registers "db.example.com", and without an address it takes every call to port 443.',
      ],
    ],
    [
      'a WorkloadEntry that is gone',
      {
        bank: entry('bank.example.com', '  resolution: STATIC\n  workloadSelector: {labels: {app: bank}}\n'),
        machine: istio('WorkloadEntry', 'out/vm', '  address: 10.1.1.1\n  labels: {app: bank}\n'),
      },
      { machine: null },
      BANK,
      ['before machine.yaml:1 WorkloadEntry out/vm, which is an endpoint of bank.example.com, is gone.'],
    ],
  ])('%s', (_, before, after, host, expected) => {
    expect(sentences(before, after, host)).toEqual(expected);
  });
});
