import { describe, expect, it } from 'vitest';
import { analyzeChange } from '../src/analyze-change.js';
import { auditMesh, auditMeshes, type AuditInput } from '../src/audit-meshes.js';
import { ownersOfFile, parseCodeOwners } from '../src/policy/code-owners.js';
import { parsePolicyFile } from '../src/policy/parse-policy-file.js';
import { DEFAULT_POLICY, type Policy } from '../src/policy/policy.js';
import type { Audit } from '../src/reachability/audit.js';
import { holdsTrouble } from '../src/report/audit-rows.js';
import { deployment, namespace, service, sidecar, tree, type Tree } from './reachability/change-mesh.js';

const NARROW = sidecar('shop/default', ['./*', 'istio-system/*']);
const CLOSED = sidecar('shop/default', ['./*', 'istio-system/*'], '  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n');
const MESH: Tree = {
  namespaces: [namespace('shop'), namespace('pay')].join('---\n'),
  web: service('shop/web') + '---\n' + deployment('shop/web', ['http://card.pay', 'http://cart']),
  cart: service('shop/cart') + '---\n' + deployment('shop/cart', ['http://web']),
  card: service('pay/card') + '---\n' + deployment('pay/card', ['http://cart.shop']),
};

function audit(files: Tree, more: Partial<AuditInput> = {}): Audit {
  return auditMesh({ manifests: tree(files), mesh: {}, policy: DEFAULT_POLICY, today: '2030-01-01', ...more });
}

/** `web → card.pay:80/http [branch]: unmeshed (warning), because …` */
function findings({ found }: Audit): string[] {
  return found.flatMap(({ workload, findings: all }) =>
    all.map(({ destination, branch, verdict, severity, why, exemption }) => {
      const to = `${destination.host.replace('.svc.cluster.local', '')}:${destination.port}/${destination.protocol}`;
      const weight = exemption === undefined ? severity : exemption.kind;
      return `${workload.name} → ${to}${branch === undefined ? '' : ` [${branch}]`}: ${verdict} (${weight}), ${why.title}`;
    }),
  );
}

function policy(text: string): Policy {
  const { policy: read, problems } = parsePolicyFile('c.yml', text);
  expect(problems).toEqual([]);
  return read;
}

const peerAuthentication = (mode: string) => `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: pay}
spec: {mtls: {mode: ${mode}}}
`;
const virtualService = (routes: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: card, namespace: pay}
spec: {hosts: [card.pay.svc.cluster.local], http: ${routes}}
`;

const PLAIN_RULE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: card, namespace: pay}
spec: {host: card.pay.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
`;

describe('the audit of one tree', () => {
  it('lists nothing where every named call is meshed', () => {
    const clean = audit(MESH);
    expect(clean).toMatchObject({ found: [], breaches: [], undetermined: [], workloads: 3, calls: 4, allowed: 0 });
    expect(holdsTrouble(clean, 'warning')).toBe(false);
  });

  it('says of a refused call both what leaves the server out and what the server demands', () => {
    const { found } = audit({ ...MESH, narrow: NARROW, strict: peerAuthentication('STRICT') });
    expect(found[0]?.findings[0]?.why.detail).toMatch(
      /^Nothing that Sidecar shop\/default lists matches card\.pay\S+ So the call arrives without mutual TLS\. pay\/\S+ accepts only mutual TLS on port/,
    );
  });

  it.each([
    ['goes past the mesh', { narrow: NARROW }, 'web → card.pay:80/http: unmeshed (warning), Import'],
    ['is cut off', { narrow: CLOSED }, 'web → card.pay:80/http: blocked (failure), Import'],
    [
      'is refused',
      { narrow: NARROW, strict: peerAuthentication('STRICT') },
      'web → card.pay:80/http: refused (failure), Import',
    ],
    [
      'is refused by a server that the caller knows',
      { plain: PLAIN_RULE, strict: peerAuthentication('STRICT') },
      'web → card.pay:80/http: refused (failure), Server',
    ],
    [
      'has no route',
      {
        route: virtualService(
          '[{match: [{uri: {exact: /pay}}], route: [{destination: {host: card.pay.svc.cluster.local}}]}]',
        ),
      },
      'web → card.pay:80/http: unroutable (failure), Route',
    ],
    [
      'has a route that leads nowhere',
      {
        route: virtualService(
          '[{match: [{uri: {prefix: /v2}}], route: [{destination: {host: card.pay.svc.cluster.local, subset: v2}}]}, {route: [{destination: {host: card.pay.svc.cluster.local}}]}]',
        ),
      },
      'web → card.pay:80/http [path prefix /v2]: unroutable (failure), Route',
    ],
    [
      'has nothing behind it',
      { card: service('pay/card') },
      'web → card.pay:80/http: no-endpoints (failure), Endpoints',
    ],
    [
      'is led past the sidecar',
      {
        web: MESH['web']!.replace(
          'labels: {app: web}',
          'labels: {app: web}, annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "80"}',
        ),
      },
      'web → card.pay:80/http: bypass (warning), Capture',
    ],
    [
      'lies outside of what anybody registered',
      { web: deployment('shop/web', ['http://api.example.com']) },
      'web → api.example.com:80/http: unmeshed (warning), Address',
    ],
  ])('says of a call what becomes of it and which decision makes it so: it %s', (_what, files, line) => {
    expect(findings(audit({ ...MESH, ...files }))).toContain(line);
  });

  it('says of a workload without a sidecar that all it names goes past the mesh', () => {
    const namespaces = [namespace('shop', 'a: b'), namespace('pay')].join('---\n');
    expect(findings(audit({ ...MESH, namespaces }, { mesh: { injectionDefault: false } }))).toEqual([
      'cart → web.shop:80/http: bypass (warning), Injection',
      'web → card.pay:80/http: bypass (warning), Injection',
      'web → cart.shop:80/http: bypass (warning), Injection',
    ]);
  });

  it('tells where the reference stands, and the line that decides', () => {
    const [found] = audit({ ...MESH, narrow: NARROW }).found;
    expect(found).toMatchObject({ path: 'web.yaml', workload: { name: 'web' } });
    expect(found?.findings[0]?.references).toMatchObject([
      { path: 'web.yaml', where: 'env URL_0 of container app', text: 'http://card.pay' },
    ]);
    expect(found?.findings[0]?.why.origin?.path).toBe('narrow.yaml');
    expect(found).not.toHaveProperty('owners');
  });

  it('tells whose it is, where the tree has CODEOWNERS', () => {
    const ownersOf = ownersOfFile(parseCodeOwners('/web.yaml @acme/web\n'));
    expect(audit({ ...MESH, narrow: NARROW }, { ownersOf }).found.map(({ owners }) => owners)).toEqual([['@acme/web']]);
  });

  it('leaves out what may go past the mesh, and counts it', () => {
    const may = policy('contracts: [{rule: may-pass-through, scope: {workload: shop/web, host: card.*}, reason: r}]');
    expect(audit({ ...MESH, narrow: NARROW }, { policy: may })).toMatchObject({ found: [], allowed: 1 });
    expect(findings(audit({ ...MESH, narrow: CLOSED }, { policy: may }))).toHaveLength(1);
  });

  it('lists what is waived, which is no trouble until its day', () => {
    const waiver = (expires: string) =>
      policy(`waivers: [{scope: {workload: shop/web, host: "*"}, reason: r, owner: o, expires: ${expires}}]`);
    const waived = audit({ ...MESH, narrow: CLOSED }, { policy: waiver('2030-01-01') });
    expect(findings(waived)).toEqual(['web → card.pay:80/http: blocked (waived), Import']);
    expect(holdsTrouble(waived, 'failure')).toBe(false);
    expect(holdsTrouble(audit({ ...MESH, narrow: CLOSED }, { policy: waiver('2029-12-31') }), 'failure')).toBe(true);
  });

  it('tells what is broken from what goes past the mesh', () => {
    expect(holdsTrouble(audit({ ...MESH, narrow: NARROW }), 'failure')).toBe(false);
    expect(holdsTrouble(audit({ ...MESH, narrow: NARROW }), 'warning')).toBe(true);
  });

  it('lists contracts that are broken, and objects that a cluster refuses', () => {
    const must = policy('contracts: [{rule: must-be-meshed, scope: {workload: shop/*, host: card.pay.*}, reason: r}]');
    const found = audit({ ...MESH, narrow: NARROW, bad: sidecar('pay/bad', ['card']) }, { policy: must });
    expect(found.breaches.map(({ isNew, workloads }) => [isNew, workloads.map(({ name }) => name)])).toEqual([
      [false, ['cart', 'web']],
    ]);
    expect(found.rejected).toMatchObject([{ kind: 'Sidecar', name: 'bad' }]);
    expect(holdsTrouble(found, 'failure')).toBe(true);
  });

  it('says what is not known', () => {
    expect(audit({ ...MESH, broken: 'kind: [' }).undetermined).toEqual(['broken.yaml:1 could not be understood.']);
  });

  it('does not depend on the order of files', () => {
    const files = { ...MESH, narrow: NARROW };
    const turned = Object.fromEntries(Object.entries(files).reverse());
    expect(audit(turned).found).toEqual(audit(files).found);
  });
});

describe('the audit of several meshes', () => {
  it('is one answer, in which each finding is once, with its meshes', () => {
    const mesh = (name: string, files: Tree) => ({ name, manifests: tree(files) });
    const narrowed = { ...MESH, narrow: NARROW };
    const meshes = [mesh('east', narrowed), mesh('west', MESH), mesh('south', narrowed)];
    const found = auditMeshes(meshes, { mesh: {}, policy: DEFAULT_POLICY, today: null });
    expect(found.found.map(({ workload, meshes: names }) => [workload.name, names])).toEqual([
      ['web', ['east', 'south']],
    ]);
    expect(found).toMatchObject({ workloads: 9, calls: 12 });
  });
});

it('a pull request is judged on what it makes worse, whatever the audit of its tree lists', () => {
  const bad = { ...MESH, narrow: CLOSED, broken: 'kind: [' };
  expect(audit(bad).found).toHaveLength(1);
  const after = { ...bad, other: namespace('other') };
  const analysis = analyzeChange({ before: tree(bad), after: tree(after), mesh: {}, policy: DEFAULT_POLICY });
  expect(analysis.changes).toEqual([]);
  expect(analysis.verdict).toBe('pass');
});
