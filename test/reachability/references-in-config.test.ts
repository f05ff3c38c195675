import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/kubernetes/manifest.js';
import { destinations, referencesOf, referencesOfFile } from './references/reference-mesh.js';

describe('a configuration file', () => {
  it.each([
    ['a URL', 'see http://cart:7070/x for more', ['cart.shop:7070/http']],
    ['a URL in brackets', '[cart](http://cart:7070).', ['cart.shop:7070/http']],
    ['a name of the cluster domain', 'ask reviews.bookinfo.svc.cluster.local, please', ['reviews.bookinfo:9080/*']],
    ['a name that ends in svc', 'ask reviews.bookinfo.svc.', ['reviews.bookinfo:9080/*']],
    ['a short name with its namespace and port', 'to reviews.bookinfo:9080', ['reviews.bookinfo:9080/*']],
    ['a port that the host does not serve', 'to reviews.bookinfo:1234', ['reviews.bookinfo:1234/*']],
    ['a word and a served port', 'upstream x { server cart:7070; }', ['cart.shop:7070/*']],
    ['a word and another number', 'weights cart:10 db:20', []],
    ['nginx', 'location / { proxy_pass http://cart:7070; }', ['cart.shop:7070/http']],
    ['bare words', 'cart and db are front’s friends', []],
    ['a short name without a port', 'the cart.shop property', []],
    ['a name with dots that resolves to nothing', 'at main.go:12 and in app.log:80', []],
    ['an outside host with a port', 'peer mq.example.com:5671 is up', ['mq.example.com:5671/*']],
    ['an outside host without one', 'peer mq.example.com is up', []],
    ['an outside URL', 'url: "https://api.example.com/v1"', ['api.example.com:443/tls']],
    ['comments', '# http://cart:7070\n  // db:5432\n; redis:6379\nx: 1 # http://multi/', []],
    ['a fragment is no comment', 'url: http://cart:7070/#/home', ['cart.shop:7070/http']],
    [
      'vocabularies',
      '<beans xmlns="http://www.example.org/x">\n"$schema": "https://x.example.com/s"\nhttp://www.w3.org/a',
      [],
    ],
    ['images', 'image: registry.example.com/cart:7070\nimage: docker.io/cart:7070', []],
    ['times and ratios', 'at 12:30:45, 10:20, 2024-01-01T10:20', []],
    ['templates', 'url: http://${CART:cart}:7070\nx: {{ .Values.cart }}:7070\ny: ${cart:7070}', []],
    // keys
    ['properties', 'spring.redis.host=redis\nspring.redis.port=6379', ['redis.shop:6379/*']],
    [
      'properties that name a port',
      'a.host=multi\na.port=9000\nb.host=multi\nb.port=443',
      ['multi.shop:443/*', 'multi.shop:9000/*'],
    ],
    ['YAML', 'db:\n  host: db\n  user: redis\n  port: 5432', ['db.shop:5432/*']],
    [
      'YAML that lists brokers',
      'brokers:\n  - kafka.data:9092\n  - "redis:6379"',
      ['kafka.data:9092/*', 'redis.shop:6379/*'],
    ],
    ['YAML that names a port the host does not serve', 'addr: cart:9999', ['cart.shop:9999/*']],
    ['JSON', '{\n  "host": "multi",\n  "port": 9000,\n  "user": "db"\n}', ['multi.shop:9000/*']],
    ['JSON on one line', '{"cart":"cart:7070","list":["redis:6379"]}', ['cart.shop:7070/*', 'redis.shop:6379/*']],
    ['TOML', 'server = "multi:443"\nname = "db"', ['multi.shop:443/*']],
    ['an outside host and its port', 'host: mq.example.com\nport: 5672', ['mq.example.com:5672/*']],
    ['XML attributes', '<peer host="db" port="5432"/>', ['db.shop:5432/*']],
    ['keys that name no host', 'name: cart\nlevel: db\nlogger: org.acme', []],
    ['Windows line ends', 'a=1\r\nhost=db\r\nport=5432\r\n', ['db.shop:5432/*']],
  ] as const)('%s', (_title, content, expected) => {
    expect(destinations(referencesOfFile('app.conf', content))).toEqual([...expected].sort());
  });

  it('a file of one value is that value', () => {
    expect(destinations(referencesOfFile('CART_HOST', 'cart\n'))).toEqual(['cart.shop:7070/*']);
    expect(destinations(referencesOfFile('motto', 'cart\n'))).toEqual([]);
  });
});

type Body = Readonly<Record<string, JsonValue>>;

const FILES: Readonly<Record<string, string>> = { 'a.conf': 'http://cart:7070', 'b.conf': 'http://redis:6379' };
const CART = 'cart.shop:7070/http';
const REDIS = 'redis.shop:6379/*';

function mounting(volume: Body, mount: Body = {}): Body {
  return {
    containers: [{ name: 'app', volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] }],
    volumes: [{ name: 'v', ...volume }],
  };
}

describe('the ConfigMaps that count', () => {
  const map = { name: 'm' };
  const picked = { name: 'm', items: [{ key: 'b.conf', path: 'sub/x.conf' }] };
  const redis = 'redis.shop:6379/http';

  it.each([
    ['a whole volume', mounting({ configMap: map }), [CART, redis]],
    ['a projected volume', mounting({ projected: { sources: [{ secret: map }, { configMap: map }] } }), [CART, redis]],
    ['the items that are picked', mounting({ configMap: picked }), [redis]],
    ['a file by sub-path', mounting({ configMap: map }, { subPath: 'a.conf' }), [CART]],
    ['a folder by sub-path', mounting({ configMap: picked }, { subPath: 'sub' }), [redis]],
    ['another sub-path', mounting({ configMap: picked }, { subPath: 'other' }), []],
    ['a volume that nobody mounts', mounting({ configMap: map }, { name: 'w' }), []],
    ['another volume', mounting({ emptyDir: {} }), []],
  ] as const)('%s', (_title, podSpec, expected) => {
    expect(destinations(referencesOf(podSpec, { m: FILES }))).toEqual([...expected]);
  });

  it('environment from a whole ConfigMap, with its prefix, and from one key of it', () => {
    const data = { HOST: 'multi', PORT: '443', other: 'redis' };
    const from = (name: string, key: string) => ({ name, valueFrom: { configMapKeyRef: { name: 'm', key } } });
    const whole = { name: 'app', envFrom: [{ prefix: 'X_', configMapRef: { name: 'm' } }] };
    expect(destinations(referencesOf({ containers: [whole] }, { m: data }))).toEqual(['multi.shop:443/*', REDIS]);
    const key = { name: 'app', env: [from('CACHE', 'other')] };
    expect(destinations(referencesOf({ containers: [key] }, { m: data }))).toEqual([REDIS]);
  });

  it('what comes from a ConfigMap is not expanded, but can be used in expansions', () => {
    const env = [
      { name: 'APP_NAME', valueFrom: { configMapKeyRef: { name: 'm', key: 'name' } } },
      { name: 'RAW', valueFrom: { configMapKeyRef: { name: 'm', key: 'raw' } } },
      { name: 'USED', value: 'http://$(APP_NAME):7070' },
    ];
    const data = { name: 'cart', raw: 'tcp://$(APP_NAME):9999' };
    const named = referencesOf({ containers: [{ name: 'app', env }] }, { m: data }).named;
    expect(named.map((n) => n.reference.where)).toEqual(['env USED of container app']);
  });
});

describe('a ConfigMap that the manifests do not have', () => {
  const named = { name: 'CART', value: 'http://cart:7070' };
  const key = (name: string, optional = false) => ({
    name,
    valueFrom: { configMapKeyRef: { name: 'gone', key: 'k', optional } },
  });
  const volume = (configMap: Body): Body => ({
    containers: [{ name: 'app', env: [named], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    volumes: [{ name: 'v', configMap }],
  });
  const container = (body: Body): Body => ({ containers: [{ name: 'app', ...body }] });

  it.each([
    ['as the environment', container({ env: [named], envFrom: [{ configMapRef: { name: 'gone' } }] }), true],
    [
      'as the environment, optional',
      container({ env: [named], envFrom: [{ configMapRef: { name: 'gone', optional: true } }] }),
      false,
    ],
    ['in a variable named like an address', container({ env: [named, key('DB_HOST')] }), true],
    ['the same, optional', container({ env: [named, key('DB_HOST', true)] }), false],
    ['in another variable', container({ env: [named, key('LOG_LEVEL')] }), false],
    ['as files', volume({ name: 'gone' }), true],
    ['as files, optional', volume({ name: 'gone', optional: true }), false],
    ['as certificates', volume({ name: 'gone', items: [{ key: 'ca.crt', path: 'ca.crt' }] }), false],
    ['which Kubernetes puts everywhere', volume({ name: 'kube-root-ca.crt' }), false],
    ['which Istio puts everywhere', volume({ name: 'istio-ca-root-cert' }), false],
  ] as const)('%s', (_title, podSpec, unknown) => {
    const references = referencesOf(podSpec);
    expect(references.needUnknown).toBe(unknown);
    expect(references.diagnostics.map((d) => d.code)).toEqual(unknown ? ['configmap-not-found'] : []);
  });

  it('is reported once, with its name', () => {
    const references = referencesOf({
      containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'gone' } }], env: [key('DB_URL'), key('MQ_URL')] }],
    });
    expect(references.diagnostics.map((d) => d.message)).toEqual([
      'ConfigMap shop/gone of Deployment shop/front is not in the manifests; it may name destinations',
    ]);
  });
});
