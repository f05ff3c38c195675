import { describe, expect, it } from 'vitest';
import { parseDestination, parseProbe } from '../../src/policy/parse-destination.js';
import { parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';

const problems = (text: string) =>
  parsePolicyFile('p.yml', text).problems.map(({ line, message }) => `${line}: ${message}`);

describe('the configuration file', () => {
  it('may be empty', () => {
    for (const text of ['', '# nothing\n', '{}', '---\n']) {
      expect(parsePolicyFile('p.yml', text)).toEqual({ policy: DEFAULT_POLICY, mesh: {}, problems: [] });
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
