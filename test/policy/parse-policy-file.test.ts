import { describe, expect, it } from 'vitest';
import { parseDestination, parseProbe } from '../../src/policy/parse-destination.js';
import { EVERY_MANIFEST } from '../../src/layout/manifest-scope.js';
import { DEFAULT_CONFIGURATION, parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';

const problems = (text: string) =>
  parsePolicyFile('p.yml', text).problems.map(({ line, message }) => `${line}: ${message}`);

const waiver = (expires: string) =>
  `waivers: [{scope: {workload: a/b, host: c}, reason: x, owner: y, expires: ${expires}}]`;

describe('the configuration file', () => {
  it('may be empty', () => {
    for (const text of ['', '# nothing\n', '{}', '---\n']) {
      expect(parsePolicyFile('p.yml', text)).toEqual(DEFAULT_CONFIGURATION);
    }
  });

  it('says once a line what is wrong with the YAML, in words for people', () => {
    expect(problems('['.repeat(100_000))).toEqual(['1: Nested too deeply']);
    expect(problems('post: review\n---\npost: review\n')).toEqual([
      '2: A second document begins here; a configuration is one',
    ]);
    expect(problems('ignores: [a\nmeshes: "x\n').map((line) => line.slice(0, 3))).toEqual(['2: ', '3: ']);
  });

  it('sets the mesh and the gate', () => {
    const {
      mesh,
      policy,
      problems: found,
    } = parsePolicyFile(
      'p.yml',
      `istioVersion: 1.30
clusterDomain: corp.example
injectionDefault: false
probes: [api.example.com:443/tls]
failOn: warning
severities:
  outside: {unknown: warning}
`,
    );
    expect(found).toEqual([]);
    expect(mesh).toEqual({
      istioVersion: '1.30',
      clusterDomain: 'corp.example',
      injectionDefault: false,
      probes: [{ host: 'api.example.com', port: 443, protocol: 'tls' }],
    });
    expect(policy.failOn).toBe('warning');
    expect(policy.severities.outside).toEqual({ ...DEFAULT_POLICY.severities.outside, unknown: 'warning' });
    expect(policy.severities.broken).toEqual(DEFAULT_POLICY.severities.broken);
  });

  it('says what is judged, what is posted, who may accept, and what is waived', () => {
    const file = parsePolicyFile(
      'p.yml',
      `meshes: [{name: prod, paths: [clusters/prod], rootNamespace: mesh-root, defaultNamespace: shop}]
ignores: ["**/tests"]
post: check-only
accept: {permission: admin}
waivers:
  - scope: {workload: shop/*, host: "*.example.com:443"}
    reason: agreed
    owner: team-shop
    expires: 2031-12-31
`,
    );
    expect(file.problems).toEqual([]);
    expect(file.mesh).toEqual({ rootNamespace: 'mesh-root' });
    const read = { paths: ['clusters/prod'], ignores: ['**/tests'], defaultNamespace: 'shop' };
    expect(file.scope).toEqual({ ...EVERY_MANIFEST, ...read });
    expect(file.post).toBe('check-only');
    expect(file.accept).toEqual({ permission: 'admin', codeowners: false, requireReason: false });
    expect(file.policy.waivers).toEqual([
      {
        scope: { workload: 'shop/*', host: '*.example.com:443' },
        reason: 'agreed',
        owner: 'team-shop',
        expires: '2031-12-31',
      },
    ]);
  });

  it('says what is applied in which mesh, and what rendering may do', () => {
    const {
      problems: found,
      scope,
      allow,
      mesh,
    } = parsePolicyFile(
      'p.yml',
      `meshes:
  - name: prod
    rootNamespace: mesh-root
    roots:
      - path: ./charts/shop/
        kind: helm
        releaseName: shop
        namespace: web
        valuesFiles: [charts/shop/values-prod.yaml]
        parameters: ["image.tag=v2=x", "replicas="]
      - path: .
  - name: staging
    paths: [clusters/staging]
    defaultNamespace: web
allow:
  remotes: [https://github.com/acme/bases, "oci://ghcr.io:443/acme/"]
  lookups: [charts/shop/]
`,
    );
    expect(found).toEqual([]);
    const at = (line: number): object => ({ path: 'p.yml', line });
    const root = { kind: null, namespace: null, releaseName: null, valuesFiles: [], parameters: [] };
    const parameters = [
      { name: 'image.tag', value: 'v2=x', forceString: false, origin: at(10) },
      { name: 'replicas', value: '', forceString: false, origin: at(10) },
    ];
    const valuesFiles = ['charts/shop/values-prod.yaml'];
    const shop = {
      path: 'charts/shop',
      kind: 'chart',
      releaseName: 'shop',
      namespace: 'web',
      valuesFiles,
      parameters,
      origin: at(5),
    };
    expect(scope).toEqual({
      ...EVERY_MANIFEST,
      meshes: [
        {
          name: 'prod',
          paths: [],
          roots: [shop, { ...root, path: '', origin: at(11) }],
          rootNamespace: 'mesh-root',
          defaultNamespace: null,
          origin: at(2),
        },
        {
          name: 'staging',
          paths: ['clusters/staging'],
          roots: [],
          rootNamespace: null,
          defaultNamespace: 'web',
          origin: at(12),
        },
      ],
    });
    expect(mesh).toEqual({});
    expect(allow).toEqual({
      remotes: ['https://github.com/acme/bases', 'oci://ghcr.io:443/acme/'],
      lookups: ['charts/shop'],
    });
  });

  it.each([
    ['each mesh has paths', 'meshes: [{name: a, paths: [a]}, {name: b, paths: [b]}]', false],
    ['one has none', 'meshes: [{name: a, paths: [a]}, {name: b, roots: [{path: b}]}]', true],
    ['it says so', 'discover: true\nmeshes: [{name: a, paths: [a]}]', true],
    ['it says not to', 'discover: false\nmeshes: [{name: a, roots: [{path: a}]}]', false],
  ])('has the rest looked for, or not, where %s', (_when, text, expected) => {
    expect(problems(text)).toEqual([]);
    expect(parsePolicyFile('p.yml', text).scope.findsRest).toBe(expected);
  });

  it('holds for nothing where anything is wrong', () => {
    expect(parsePolicyFile('p.yml', 'failOn: warning\nposts: review\n').policy).toEqual(DEFAULT_POLICY);
  });

  it.each([
    ['an unknown key', 'failOn: failure\nfailon: x\n', '2: Unknown key "failon"'],
    ['an unknown class', 'severities:\n  outside: {}\n  worse: {}\n', '3: Unknown key "worse"'],
    ['an unknown need', 'severities:\n  outside:\n    wanted: none\n', '3: Unknown key "wanted"'],
    ['an unknown severity', 'severities:\n  outside:\n    unknown: fatal\n', '3: unknown must be one of'],
    ['an unknown limit', 'failOn: never\n', '1: failOn must be one of failure, warning'],
    ['a version in words', 'istioVersion: newest\n', '1: istioVersion must be a version'],
    ['text for a truth value', 'injectionDefault: "no"\n', '1: injectionDefault must be true or false'],
    ['a probe without a protocol', 'probes:\n  - a.b:1/http\n  - a.b:1\n', '3: a probe must be HOST:PORT/PROTOCOL'],
    ['a probe on its own', 'probes: a.b:1/http\n', '1: probes must be a list'],
    ['a list', '- a\n', '1: Expected a mapping'],
    ['a mapping left empty', 'severities:\n', '1: Expected a mapping'],
    [
      'a misspelt key, with what was meant',
      'severties: {}\n',
      '1: Unknown key "severties"; did you mean "severities"?',
    ],
    [
      'a misspelt choice, with what was meant',
      'post: check_only\n',
      '1: post must be one of review, check-only; did you mean "check-only"?',
    ],
    [
      'yes for true, with what was meant',
      'accept:\n  codeowners: yes\n',
      '2: codeowners must be true or false; did you mean true?',
    ],
    [
      'a day that there is none of',
      waiver('2031-02-29'),
      '1: expires must be a date such as 2031-12-31, not "2031-02-29"',
    ],
    [
      'a waiver that nobody owns',
      'waivers:\n  - scope: {workload: a/b, host: c}\n    reason: x\n    expires: 2031-01-01\n',
      '2: a waiver needs "owner"; add it',
    ],
    [
      'a waiver for a workload without namespace',
      'waivers: [{scope: {workload: b, host: c}, reason: x, owner: y, expires: 2031-01-01}]',
      '1: workload must be namespace/name',
    ],
    ['two meshes of one name', 'failOn: failure\nmeshes: [{name: a}, {name: a}]\n', '2: Two meshes are called a'],
    ['nothing to judge', 'discover: false\n', '1: discover: false leaves nothing to judge'],
    ['a name for nothing', 'meshes: [{name: "*", paths: [a/**]}]', '1: The mesh * has a * in its name, and none'],
    ['a * of no name', 'meshes: [{name: a, roots: [{path: b/*}]}]', '1: The root b/* of the mesh a has a *'],
    [
      'a misspelt key of a root, with what was meant',
      'meshes:\n  - name: a\n    roots:\n      - path: b\n        valueFiles: [c]\n',
      '5: Unknown key "valueFiles"; did you mean "valuesFiles"?',
    ],
    [
      'a misspelt key of a mesh, with what was meant',
      'meshes: [{name: a, root: []}]',
      '1: Unknown key "root"; did you mean "roots"?',
    ],
    [
      'a misspelt permission, with what was meant',
      'allow:\n  remote: []\n',
      '2: Unknown key "remote"; did you mean "remotes"?',
    ],
    ['a misspelt allow, with what was meant', 'allows: {}\n', '1: Unknown key "allows"; did you mean "allow"?'],
    [
      'a misspelt kind, with what was meant',
      'meshes: [{name: a, roots: [{path: b, kind: kustomise}]}]',
      '1: kind must be one of kustomize, helm, plain; did you mean "kustomize"?',
    ],
    ['a root out of the tree', 'meshes: [{name: a, roots: [{path: ../b}]}]', '1: path must be a folder'],
    [
      'an option for a parameter',
      'meshes: [{name: a, roots: [{path: b, parameters: [--set]}]}]',
      '1: a parameter must',
    ],
    ['a folder for an address', 'allow: {remotes: ["file:///srv"]}', '1: an address must be an address such'],
    ['an address with a name', 'allow: {remotes: ["https://me@example.com"]}', '1: an address must be an address such'],
    ['any address', 'allow: {remotes: ["https://"]}', '1: an address must be an address such'],
    ['a pattern of addresses', 'allow: {remotes: ["https://*.example.com"]}', '1: an address must be an address such'],
    ['an alias', 'failOn: &x failure\npost: *x\n', '2: post must be one of review'],
    ['a file of another kind', 'a'.repeat(300_000), '1: The file is longer than 256 KiB'],
    ['broken YAML', 'a: [\n', '2: '],
    ['a key twice', 'failOn: failure\nfailOn: warning\n', '2: Map keys must be unique'],
  ])('refuses %s, with the line', (_what, text, expected) => {
    const [first, ...rest] = problems(text);
    expect(first?.slice(0, expected.length)).toBe(expected);
    expect(rest).toEqual([]);
  });
});

describe('destinations as people write them', () => {
  it.each([
    ['reviews.bookinfo:9080', { host: 'reviews.bookinfo', port: 9080 }],
    ['API.example.com.:443/TLS', { host: 'api.example.com', port: 443, protocol: 'tls' }],
    ['10.0.0.1:53/tcp', { host: '10.0.0.1', port: 53, protocol: 'tcp' }],
    ['[2001:db8::1]:80/http', { host: '2001:db8::1', port: 80, protocol: 'http' }],
  ])('takes %s', (text, expected) => {
    expect(parseDestination(text)).toEqual(expected);
  });

  it.each([
    'a.b',
    'a.b:',
    'a.b:0',
    'a.b:65536',
    'a.b:80/udp',
    'http://a.b:80',
    '*.b:80',
    'a b:80',
    '-a:80',
    ':80',
    'a..b:80',
    '::1:80',
  ])('does not take %s', (text) => {
    expect(parseDestination(text)).toBeNull();
  });

  it('asks a probe for its protocol', () => {
    expect(parseProbe('a.b:80')).toBeNull();
    expect(parseProbe('a.b:80/http')).toEqual({ host: 'a.b', port: 80, protocol: 'http' });
  });
});
