import { describe, expect, it } from 'vitest';
import { analyze, causes, deployment, namespace, service, sidecar, type Tree } from './change-mesh.js';

const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay'), namespace('istio-system', '')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay']),
  card: service('pay/card') + '---\n' + deployment('pay/card', ['http://web.shop']),
};
const REGISTRY_ONLY = '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n';
const WIDE = sidecar('shop/default', ['./*', 'pay/*', 'istio-system/*']);
const HIDDEN = MESH['card']!.replace(
  'namespace: pay}',
  'namespace: pay, annotations: {networking.istio.io/exportTo: "."}}',
);
const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: pay}
spec:
  mtls:
    mode: STRICT
`;
const ofWeb = (analysis: ReturnType<typeof analyze>): string[] =>
  causes(analysis, ({ workloads, severity }) => severity !== 'none' && workloads.some(({ name }) => name === 'web'));

describe('the causes of a change', () => {
  it('are the one object that makes the difference, and no other that changes along', () => {
    const after = {
      ...MESH,
      sidecar: sidecar('shop/default', ['./*']),
      card: MESH['card']!.replace('image: app', 'image: app2'),
      other: namespace('other'),
      settings: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: pay}\ndata: {a: b}\n',
    };
    expect(ofWeb(analyze(MESH, after))).toEqual([
      'after sidecar.yaml:7 Sidecar shop/default now governs this workload; nothing it lists matches card.pay.svc.cluster.local.',
    ]);
  });

  it('are two objects where both are needed', () => {
    const mesh = (mode: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    accessLogFile: ""\n    outboundTrafficPolicy:\n      mode: ${mode}\n`;
    const before = { ...MESH, mesh: mesh('ALLOW_ANY'), sidecar: WIDE };
    const after = { ...MESH, mesh: mesh('REGISTRY_ONLY'), sidecar: sidecar('shop/default', ['./*']) };
    expect(ofWeb(analyze(before, after))).toEqual([
      'after mesh.yaml:8 ConfigMap istio-system/istio changes outboundTrafficPolicy.mode from "ALLOW_ANY" to "REGISTRY_ONLY" in the mesh configuration; what a Sidecar does not list is blocked now, and nothing that Sidecar shop/default (sidecar.yaml:7) lists matches card.pay.svc.cluster.local.',
      'after sidecar.yaml:7 Sidecar shop/default no longer lists "pay/*"; nothing else it lists matches card.pay.svc.cluster.local.',
    ]);
  });

  it('are two objects where each of them is enough', () => {
    const before = {
      ...MESH,
      sidecar: sidecar('shop/default', ['./*', 'pay/*'], REGISTRY_ONLY),
      extra: service('shop/extra'),
    };
    const after = {
      ...before,
      sidecar: sidecar('shop/default', ['./*'], REGISTRY_ONLY),
      card: HIDDEN,
      extra: service('shop/extra', 81),
    };
    const toCard = causes(
      analyze(before, after),
      ({ destinations, workloads }) =>
        workloads.some(({ name }) => name === 'web') && destinations.some(({ host }) => host.startsWith('card')),
    );
    expect(toCard).toEqual([
      'after card.yaml:3 Service pay/card sets the annotation networking.istio.io/exportTo to "."; namespace shop no longer sees it.',
      'after sidecar.yaml:8 Sidecar shop/default no longer lists "pay/*"; nothing else it lists matches card.pay.svc.cluster.local.',
    ]);
  });

  it('are found among many changed objects', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`s${i}`, service(`pay/s${i}`)]));
    const moved = Object.fromEntries(
      Object.entries(many).map(([name, text]) => [name, text.replace('port: 80', 'port: 81')]),
    );
    const found = causes(analyze({ ...MESH, ...many }, { ...MESH, ...moved, card: HIDDEN }), ({ destinations }) =>
      destinations.some(({ host }) => host.startsWith('card')),
    );
    expect(found).toEqual([
      'after card.yaml:3 Service pay/card sets the annotation networking.istio.io/exportTo to "."; namespace shop no longer sees it.',
    ]);
  });

  it('stand in the before tree where the object is gone', () => {
    const before = { ...MESH, root: sidecar('istio-system/default', ['./*']), first: `# the shop's own\n${WIDE}` };
    const { first, ...after } = before;
    expect(first).toContain('pay/*');
    expect(ofWeb(analyze(before, after))).toEqual([
      'before first.yaml:2 Sidecar shop/default, which listed "pay/*", is gone; Sidecar istio-system/default (root.yaml:6) governs now, and nothing it lists matches card.pay.svc.cluster.local.',
    ]);
  });

  it.each([
    [
      'a mode that is set',
      WIDE,
      WIDE + REGISTRY_ONLY,
      'api.example.com',
      'after sidecar.yaml:10 Sidecar shop/default sets outboundTrafficPolicy to REGISTRY_ONLY.',
    ],
    [
      'a policy without a mode',
      WIDE,
      `${WIDE}  outboundTrafficPolicy: {}\n`,
      'api.example.com',
      'after sidecar.yaml:10 Sidecar shop/default sets outboundTrafficPolicy to REGISTRY_ONLY (no mode is given).',
    ],
    [
      'another selector',
      sidecar('shop/default', ['./*'], '  workloadSelector: {labels: {app: none}}\n'),
      sidecar('shop/default', ['./*'], '  workloadSelector: {labels: {app: web}}\n'),
      'card.pay',
      'after sidecar.yaml:5 Sidecar shop/default now governs the pods with app=web (before: the pods with app=none); nothing it lists matches card.pay.svc.cluster.local.',
    ],
    [
      'a line that takes another’s place',
      WIDE,
      WIDE.replace('pay/*', 'card/*'),
      'card.pay',
      'after sidecar.yaml:8 Sidecar shop/default no longer lists "pay/*"; nothing else it lists matches card.pay.svc.cluster.local.',
    ],
    [
      'the last line that goes',
      sidecar('shop/default', ['./*', 'pay/*']),
      sidecar('shop/default', ['./*']),
      'card.pay',
      'after sidecar.yaml:7 Sidecar shop/default no longer lists "pay/*"; nothing else it lists matches card.pay.svc.cluster.local.',
    ],
    [
      'a listener for one port',
      WIDE,
      WIDE.replace('  - hosts:', '  - port: {number: 81, protocol: HTTP, name: http}\n    hosts:'),
      'card.pay',
      'after sidecar.yaml:6 Sidecar shop/default makes a listener one for port 81 only, and not for 80.',
    ],
  ])('of a Sidecar: %s', (_, old, now, host, expected) => {
    const web = { web: service('shop/web') + '---\n' + deployment('shop/web', [`http://${host}`]) };
    expect(ofWeb(analyze({ ...MESH, ...web, sidecar: old }, { ...MESH, ...web, sidecar: now }))).toEqual([expected]);
  });

  it('name a STRICT policy, and whom it is for', () => {
    const before = { ...MESH, sidecar: sidecar('shop/default', ['./*']) };
    expect(ofWeb(analyze(before, { ...before, policy: STRICT }))).toEqual([
      'after policy.yaml:1 PeerAuthentication pay/default is new: it sets mutual TLS to STRICT for every workload of namespace pay.',
    ]);
    const permissive = { ...before, policy: STRICT.replace('STRICT', 'PERMISSIVE') };
    expect(ofWeb(analyze(permissive, { ...before, policy: STRICT }))).toEqual([
      'after policy.yaml:6 PeerAuthentication pay/default changes mtls.mode from "PERMISSIVE" to "STRICT" for every workload of namespace pay.',
    ]);
  });

  it('name a DestinationRule and its TLS mode', () => {
    const rule = (mode: string): string => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: card, namespace: pay}
spec:
  host: card.pay.svc.cluster.local
  trafficPolicy:
    tls:
      mode: ${mode}
`;
    const before = { ...MESH, policy: STRICT };
    expect(ofWeb(analyze(before, { ...before, rule: rule('DISABLE') }))).toEqual([
      'after rule.yaml:1 DestinationRule pay/card is new: it sets the TLS mode DISABLE for card.pay.svc.cluster.local.',
    ]);
    expect(ofWeb(analyze({ ...before, rule: rule('ISTIO_MUTUAL') }, { ...before, rule: rule('DISABLE') }))).toEqual([
      'after rule.yaml:8 DestinationRule pay/card changes trafficPolicy.tls.mode from "ISTIO_MUTUAL" to "DISABLE".',
    ]);
  });

  it('name what a Service changes', () => {
    const selects = { ...MESH, card: MESH['card']!.replace('selector: {app: card}', 'selector: {app: cards}') };
    expect(ofWeb(analyze(MESH, selects))).toEqual([
      'after card.yaml:4 Service pay/card changes selector.app from "card" to "cards"; no running pod has these labels.',
    ]);
    const gone = { ...MESH, card: deployment('pay/card', ['http://web.shop']) };
    expect(ofWeb(analyze(MESH, gone))).toEqual([
      'before card.yaml:1 Service pay/card, which serves card.pay.svc.cluster.local, is gone.',
    ]);
  });

  it('name the label that a namespace loses', () => {
    const after = { ...MESH, namespaces: MESH['namespaces']!.replace('istio-injection: enabled', 'team: shop') };
    expect(ofWeb(analyze(MESH, after))).toEqual([
      'after namespaces.yaml:5 Namespace shop sets the label team to "shop" and loses the label istio-injection, which was "enabled"; its pods get no sidecar.',
    ]);
  });

  it('name a newer Istio', () => {
    const istiod = (tag: string): string =>
      deployment('istio-system/istiod').replace('image: app', `image: docker.io/istio/pilot:${tag}`);
    const lines = sidecar('shop/default', ['*/*', '~/card.pay.svc.cluster.local']);
    const before = { ...MESH, lines, istiod: istiod('1.30.2') };
    expect(ofWeb(analyze(before, { ...before, istiod: istiod('1.31.0') }))).toEqual([
      'after istiod.yaml:11 Deployment istio-system/istiod moves Istio from 1.30 to 1.31, which takes a host line with "~" for an exclusion: "~/card.pay.svc.cluster.local" of Sidecar shop/default (lines.yaml:8).',
    ]);
  });

  it('name the manifest that names what cannot be reached', () => {
    const narrow = { ...MESH, sidecar: sidecar('shop/default', ['./*']) };
    const added = { ...narrow, api: deployment('shop/api', ['http://card.pay']) };
    expect(causes(analyze(narrow, added))).toEqual([
      'after api.yaml:13 Deployment shop/api newly names card.pay.svc.cluster.local (env URL_0 of container app); nothing that Sidecar shop/default lists matches it.',
    ]);
  });

  it('name the ConfigMap in which a workload newly names a destination', () => {
    const reader = deployment('shop/api').replace(
      'image: app\n',
      'image: app\n          envFrom: [{configMapRef: {name: api}}]\n',
    );
    const config = (url: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api, namespace: shop}\ndata:\n  PAY_URL: ${url}\n`;
    const before = { ...MESH, sidecar: sidecar('shop/default', ['./*']), api: reader, config: config('http://web') };
    const found = causes(analyze(before, { ...before, config: config('http://card.pay') }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^after config\.yaml:5 ConfigMap shop\/api newly names card\.pay\.svc\.cluster\.local/);
  });
});
