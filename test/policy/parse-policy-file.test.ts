import { describe, expect, it } from 'vitest';
import { parseDestination, parseProbe } from '../../src/policy/parse-destination.js';
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
    expect(file.scope).toEqual({ paths: ['clusters/prod'], ignores: ['**/tests'], defaultNamespace: 'shop' });
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
    ['two meshes', 'failOn: failure\nmeshes: [{name: a}, {name: b}]\n', '2: 2 meshes are named'],
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
