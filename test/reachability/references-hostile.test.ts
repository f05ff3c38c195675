import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesInValue } from '../../src/reachability/references/address-in-value.js';
import { addressesInConfigFile } from '../../src/reachability/references/config-text.js';
import { expandVariables } from '../../src/reachability/references/expand-variables.js';
import { resolveHost } from '../../src/reachability/references/resolve-host.js';
import {
  destinations,
  referencesInYaml,
  referencesOf,
  referencesOfContainer,
  referencesOfEnv,
  referencesOfFile,
  shownText,
} from './references/reference-mesh.js';

const MEGABYTE = 1_000_000;

function repeated(unit: string, end = ''): string {
  return unit.repeat(Math.ceil(MEGABYTE / unit.length)).slice(0, MEGABYTE) + end;
}

/** Strings on which a careless pattern takes a time that grows with the square of the length. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['letters', repeated('a')],
  ['dots', repeated('.')],
  ['labels', repeated('a.')],
  ['spaces', repeated(' ', 'x')],
  ['a key and spaces', `key${repeated(' ', 'x')}`],
  ['an item and spaces', `- ${repeated(' ')}`],
  ['scheme marks', repeated('://')],
  ['short URLs', repeated('a://')],
  ['an endless authority', `http://${repeated('a')}`],
  ['an endless user', `http://${repeated('u:', '@cart:7070')}`],
  ['at signs', `http://${repeated('@')}`],
  ['commas', `http://${repeated('a,')}`],
  ['closing brackets', `http://${repeated(')', 'x')}`],
  ['opening brackets', `http://${repeated('[')}`],
  ['colons', repeated(':')],
  ['hosts and ports', repeated('a:1 ')],
  ['hosts and numbers', repeated('a 1 ')],
  ['keys', repeated('host=')],
  ['hosts, no ports', repeated('host=a ')],
  ['quotes', repeated('"')],
  ['dollars', repeated('$(')],
  ['dollars and words', repeated('$(a')],
  ['templates', repeated('${')],
  ['minus signs', repeated('-')],
  ['slashes', repeated('/')],
  ['line ends', repeated('\n')],
  ['lists', repeated('- a:1\n')],
  ['hash signs', repeated(' #x')],
  ['underscores', repeated('_a._tcp.')],
];

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: front, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: app, volumeMounts: [{ name: v }] }]
      volumes: [{ name: v, configMap: { name: settings } }]
`;

/** No longer than a DNS name may be. */
function isShort(host: string): boolean {
  return host.length <= 253;
}

// Nothing is timed: work that grows with the square of the length does not end within the limit every test has.
describe('hostile text is read to its end', () => {
  it.each(HOSTILE)('%s, as a file', (_title, text) => {
    expect(addressesInConfigFile('x', text).every((address) => isShort(address.host))).toBe(true);
  });

  it.each(HOSTILE)('%s, as a value', (_title, text) => {
    expect(addressesInValue('DB_HOST', text).every((address) => isShort(address.host))).toBe(true);
  });

  it.each(HOSTILE)('%s, as an argument and a variable', (_title, text) => {
    const part = text.slice(-MEGABYTE / 4);
    const container = { args: [part], env: [{ name: 'A', value: part }] };
    expect(referencesOfContainer(container).named.every(({ host }) => isShort(host))).toBe(true);
  });

  it('variables that double each other stop growing', () => {
    const env: Record<string, string> = { V0: 'xxxxxxxxxx' };
    for (let index = 1; index < 60; index++) env[`V${index}`] = `$(V${index - 1})$(V${index - 1})`;
    expect(referencesOfEnv(env).named).toEqual([]);
    expect(expandVariables('$(A)'.repeat(1000), () => 'x'.repeat(10_000)).length).toBeLessThanOrEqual(65_536);
  });

  it('more destinations than anybody calls are cut, said so, and need anything', () => {
    const text = Array.from({ length: 5000 }, (_, index) => `http://h${index}.example.com/`).join('\n');
    const references = referencesOfFile('hosts', text);
    expect(references.named).toHaveLength(2000);
    expect(references.needUnknown).toBe(true);
    expect(references.diagnostics.map((d) => d.code)).toEqual(['too-many-references']);
  });

  it('one destination in many places keeps a few of them', () => {
    const map = `---\nkind: ConfigMap\napiVersion: v1\nmetadata: { name: settings, namespace: shop }\ndata:\n  hosts: |\n`;
    const references = referencesInYaml(`${DEPLOYMENT}${map}${'    http://cart:7070/\n'.repeat(5000)}`);
    expect(references.named.map((n) => n.reference.line)).toEqual([15, 16, 17, 18, 19, 20, 21, 22]);
    expect(references.needUnknown).toBe(false);
  });
});

/** Text made of the pieces that addresses are made of. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'http',
        '://',
        'cart',
        'db',
        ':',
        '7070',
        '.',
        ',',
        '@',
        '/',
        '$(',
        ')',
        '${',
        '}',
        '=',
        ' ',
        '\n',
        '[',
        ']',
      ),
      fc.constantFrom(
        'host',
        'port',
        '-',
        '_',
        '"',
        '#',
        '.svc',
        '.svc.cluster.local',
        '10.96.0.7',
        '::1',
        '\0',
        '\ud800',
        'é',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

describe('whatever is written', () => {
  it('nothing throws, and every destination is well formed', () => {
    fc.assert(
      fc.property(pieces, pieces, pieces, (value, argument, file) => {
        const references = referencesOf(
          {
            containers: [
              {
                name: 'app',
                env: [{ name: 'DB_HOST', value }],
                args: [argument, '--flag', argument],
                volumeMounts: [{ name: 'v', mountPath: '/v' }],
              },
            ],
            volumes: [{ name: 'v', configMap: { name: 'm' } }],
          },
          { m: { 'a.conf': file } },
        );
        for (const { host, port, reference } of references.named) {
          expect(host).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
          expect(port).toBeGreaterThanOrEqual(1);
          expect(port).toBeLessThanOrEqual(65_535);
          expect(reference.text.length).toBeLessThanOrEqual(120);
          expect(host.startsWith('front.')).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('fields of the wrong type are read as nothing', () => {
    const wrong = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant({ name: 1 })) as fc.Arbitrary<never>;
    fc.assert(
      fc.property(wrong, wrong, wrong, (a, b, c) => {
        const probe = { httpGet: a, tcpSocket: b, exec: { command: c } };
        const container = {
          env: a,
          envFrom: b,
          args: c,
          command: a,
          readinessProbe: probe,
          lifecycle: b,
          volumeMounts: c,
        };
        expect(() => referencesOf({ containers: [container, a], initContainers: b, volumes: c })).not.toThrow();
        expect(() =>
          referencesOf({ containers: [{ env: [a], envFrom: [b], volumeMounts: [c] }], volumes: [a] }),
        ).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });

  it('no credential of a URL is shown', () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9!$&*+,=:/?#.-]{8,30}$/).map((s) => `q8Zk${s}`);
    fc.assert(
      fc.property(secret, (password) => {
        const references = referencesOfEnv({ URL: `http://user:${password}@cart:7070/x`, OTHER: 'http://db:5432' });
        expect(shownText(references)).not.toContain('q8Zk');
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    'http://user:swordfish://+a**a@cart:7070/x',
    'http://user:swordfish,a://b@cart:7070/x',
    'http://user:swordfish/b@cart:7070/x',
    'nats://user:swordfish@cart:7070,nats://user:swordfish@db:5432',
  ])('no credential of %s is shown', (url) => {
    const references = referencesOfEnv({ URL: url });
    expect(shownText(references)).not.toContain('swordfish');
    expect(destinations(references).join(' ')).toContain('cart.shop:7070');
  });

  it('the order of variables that do not use each other does not matter', () => {
    const env = { A: 'cart:7070', B: 'http://multi', C: 'db' };
    const turned = { C: 'db', B: 'http://multi', A: 'cart:7070' };
    expect(destinations(referencesOfEnv(env))).toEqual(destinations(referencesOfEnv(turned)));
  });
});

describe('resolving as the DNS of a cluster with another domain', () => {
  const known = new Set(['cart.shop.svc.corp.example', 'a.b.c.d.e.example', 'a.b.c.d.e.example.shop.svc.corp.example']);
  const search = {
    namespace: 'shop',
    clusterDomain: 'corp.example',
    isKnown: (host: string) => known.has(host),
    isHeadless: () => false,
  };

  it.each([
    ['cart', { host: 'cart.shop.svc.corp.example', known: true, unmistakable: true }],
    ['cart.shop.svc', { host: 'cart.shop.svc.corp.example', known: true, unmistakable: true }],
    ['gone.shop.svc', { host: 'gone.shop.svc.corp.example', known: false, unmistakable: true }],
    // Five dots: as it stands before the search list.
    ['a.b.c.d.e.example', { host: 'a.b.c.d.e.example', known: true, unmistakable: true }],
    ['main.py', { host: 'main.py', known: false, unmistakable: false }],
    ['bücher.example', null],
    ['-a.example', null],
    [`${'a'.repeat(64)}.example`, null],
    ['gone', null],
  ] as const)('%s', (written, expected) => {
    expect(resolveHost(written, search)).toEqual(expected);
  });
});

describe('expanding variables', () => {
  const values: Readonly<Record<string, string>> = { A: '1', B: '$(A)' };

  it.each([
    ['$(A)-$(B)', '1-$(A)'],
    ['$(C)', '$(C)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$(A', '$(A'],
    ['$(A$(A)', '$(A$(A)'],
    ['$A ${A} $', '$A ${A} $'],
    ['', ''],
  ])('%s → %s', (text, expected) => {
    expect(expandVariables(text, (name) => values[name])).toBe(expected);
  });
});
