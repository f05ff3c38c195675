import { describe, expect, it } from 'vitest';
import { distinctPlaces } from '../../src/reachability/references.js';
import {
  destinations,
  referencesInYaml,
  referencesOf,
  referencesOfContainer,
  referencesOfEnv,
  referencesOfFile,
  shownText,
} from './references/reference-mesh.js';

/** Value of a variable → destinations. */
const VALUES: readonly (readonly [name: string, value: string, expected: readonly string[]])[] = [
  // short names
  ['CART', 'cart', ['cart.shop:7070/*']],
  ['CART_ADDR', 'cart:7070', ['cart.shop:7070/*']],
  ['CART_ADDR', 'CART:7070', ['cart.shop:7070/*']],
  ['CART_ADDR', 'cart.shop', ['cart.shop:7070/*']],
  ['REVIEWS', 'reviews.bookinfo', ['reviews.bookinfo:9080/*']],
  ['REVIEWS', 'reviews.bookinfo.svc', ['reviews.bookinfo:9080/*']],
  ['REVIEWS', 'reviews.bookinfo.svc.cluster.local', ['reviews.bookinfo:9080/*']],
  ['REVIEWS', 'reviews.bookinfo.svc.cluster.local.:9080', ['reviews.bookinfo:9080/*']],
  ['REVIEWS', 'reviews', []],
  ['CART', 'cart.', []],
  ['DB_HOST', 'web-0.web', ['web.shop:8080/*']],
  ['DB_HOST', 'web-1.web.shop.svc.cluster.local:8080', ['web.shop:8080/*']],
  ['DB_HOST', 'web-0.prod', ['web-0.prod:80/*']],
  ['DB_HOST', 'x.cart', []],
  ['SRV', '_http._tcp.multi', ['multi.shop:80/*']],
  ['SRV', '_http._udp.multi', []],
  // lists
  ['BROKERS', 'kafka.data:9092,db:5432', ['db.shop:5432/*', 'kafka.data:9092/*']],
  ['BROKERS', 'cart,db', ['cart.shop:7070/*', 'db.shop:5432/*']],
  ['PEERS', ' cart:7070 ', ['cart.shop:7070/*']],
  // bare words that are no hosts
  ['LOG_LEVEL', 'cart', []],
  ['DB_USER', 'redis', []],
  ['DB_NAME', 'db', []],
  ['OTEL_SERVICE_NAME', 'cart', []],
  ['GREETING', 'ask cart or db', []],
  ['IMAGE', 'cart:latest', []],
  ['APP', 'cart:v1.2', []],
  // URLs
  ['CART_URL', 'http://cart:7070/api?x=1', ['cart.shop:7070/http']],
  ['MULTI', 'http://multi', ['multi.shop:80/http']],
  ['MULTI', 'https://multi/', ['multi.shop:443/tls']],
  ['MULTI', 'ws://multi/socket', ['multi.shop:80/http']],
  ['MULTI', 'wss://multi/socket', ['multi.shop:443/tls']],
  ['MULTI', 'multi', ['multi.shop:443/*', 'multi.shop:80/*', 'multi.shop:9000/*']],
  ['MULTI', 'multi:admin', ['multi.shop:9000/*']],
  ['MULTI', 'http://multi:https/', ['multi.shop:443/*']],
  ['CACHE', 'redis://redis/0', ['redis.shop:6379/tcp']],
  ['CACHE', 'redis://:s3cret@redis/0', ['redis.shop:6379/tcp']],
  ['CACHE', 'https://redis:6379', ['redis.shop:6379/tcp']],
  ['DB', 'postgres://shop:pa%24s@db/orders?sslmode=disable', ['db.shop:5432/tcp']],
  ['DB', 'postgresql+asyncpg://db/orders', ['db.shop:5432/tcp']],
  ['DB', 'http://db:5432', ['db.shop:5432/*']],
  ['DB', 'jdbc:postgresql://db:5432/orders', ['db.shop:5432/tcp']],
  ['DB', 'jdbc:oracle:thin:@db:5432:sid', ['db.shop:5432/*']],
  ['DB', 'jdbc:oracle:thin:@//db:5432/sid', ['db.shop:5432/*']],
  ['DB', 'jdbc:sqlserver://db:5432;databaseName=x;user=a@b', ['db.shop:5432/tcp']],
  ['DB', 'user:3306@tcp(db:5432)/orders', ['db.shop:5432/*']],
  ['DB', 'host=db port=5432 user=redis password=cart', ['db.shop:5432/*']],
  ['DB', 'Server=db,5432;Database=cart', ['db.shop:5432/*']],
  ['DB', 'Server=db;Port=5432;Uid=redis', ['db.shop:5432/*']],
  ['MONGO', 'mongodb://u:p@db:5432,redis:6379/x', ['db.shop:5432/tcp', 'redis.shop:6379/tcp']],
  ['NATS', 'nats://cart:7070,nats://kafka.data:9092', ['cart.shop:7070/*', 'kafka.data:9092/tcp']],
  ['TARGET', 'dns:///cart:7070', ['cart.shop:7070/*']],
  ['GRPC', 'grpc://cart', ['cart.shop:7070/http']],
  ['JSON', '{"cart":"http://cart:7070","db":"db:5432"}', ['cart.shop:7070/http', 'db.shop:5432/*']],
  ['JAVA_OPTS', '-Xmx1g -Ddb.host=db -Ddb.port=5432', ['db.shop:5432/*']],
  // outside the mesh
  ['API', 'https://api.example.com/v1', ['api.example.com:443/tls']],
  ['API', 'http://API.example.com:8080', ['api.example.com:8080/http']],
  ['API', 'api.example.com:8443', ['api.example.com:8443/*']],
  ['API', 'https://api.payments.example/charge', ['api.payments.example:443/tls']],
  ['API', 'amqps://mq.example.com', ['mq.example.com:5671/tls']],
  ['API', 'foo://api.example.com', []],
  ['API', 'api.example.com', []],
  ['API', 'http://gone', []],
  ['API', 'http://gone.bookinfo.svc.cluster.local:80', ['gone.bookinfo:80/http']],
  ['API', 'http://gone.bookinfo.svc', ['gone.bookinfo:80/http']],
  ['FILE', 's3://cart/object', []],
  ['FILE', 'file:///etc/cart:7070', []],
  ['SRV', 'mongodb+srv://cluster0.example.com/x', []],
  ['VERSION', '1.2.3', []],
  // addresses
  ['IP', '10.96.0.7:7070', ['cart.shop:7070/*']],
  ['IP', 'http://[fd00::7]:7070/', ['cart.shop:7070/http']],
  ['IP', 'http://[fd00::8]:7070/', []],
  ['IP', '10.1.2.3:5432', ['10.1.2.3:5432/*']],
  ['IP', '10.1.2.3', []],
  ['IP', '300.1.2.3:80', []],
  ['IP', '169.254.169.254:80', []],
  // itself, the local host, templates, ports alone
  ['SELF', 'http://front', []],
  ['SELF', 'front.shop.svc.cluster.local:80', []],
  ['LOCAL', 'http://localhost:8080', []],
  ['LOCAL', '127.0.0.1:5432,[::1]:80,0.0.0.0:80', []],
  ['LOCAL', 'http://metadata.google.internal/', []],
  ['PORT', '7070', []],
  ['LISTEN', ':7070', []],
  ['URL', 'http://${HOST}:7070', []],
  ['URL', 'http://${HOST}.svc.cluster.local:80', []],
  ['URL', 'http://cart:${PORT}/', []],
  ['URL', 'http://{{ .host }}:80', []],
  ['URL', 'http://$(UNKNOWN):80/', []],
  ['URL', '${CART:cart:7070}', []],
  ['NO_PROXY', 'cart,db,.svc,api.example.com:443', []],
  ['HTTP_PROXY', 'http://proxy.example.com:3128', ['proxy.example.com:3128/http']],
];

describe('the value of a variable', () => {
  it.each(VALUES)('%s=%s names %j', (name, value, expected) => {
    expect(destinations(referencesOfEnv({ [name]: value }))).toEqual([...expected].sort());
  });
});

describe('variables that belong together', () => {
  it.each([
    [{ DB_HOST: 'multi', DB_PORT: '9000' }, ['multi.shop:9000/*']],
    [{ DB_HOST: 'multi', DB_PORT: 'admin' }, ['multi.shop:9000/*']],
    [{ DBHOST: 'multi', DBPORT: '9000' }, ['multi.shop:9000/*']],
    [{ MULTI: 'multi', MULTI_PORT: '443' }, ['multi.shop:443/*']],
    [{ DB_HOST: 'db.example.com', DB_PORT: '5432' }, ['db.example.com:5432/*']],
    [{ DB_HOST: '10.1.2.3', DB_PORT: '5432' }, ['10.1.2.3:5432/*']],
    [{ CART_URL: 'http://cart', CART_PORT: '7070' }, ['cart.shop:7070/http']],
    // The lone PORT is what the container listens on.
    [{ HOST: 'cart', PORT: '8080' }, ['cart.shop:7070/*']],
    [{ HOST: 'multi', PORT: '443' }, ['multi.shop:443/*']],
    [{ NAME: 'cart', ADDR: '$(NAME):7070' }, ['cart.shop:7070/*']],
    [{ A: 'ca', B: '$(A)rt', U: 'http://$(B):7070' }, ['cart.shop:7070/*', 'cart.shop:7070/http']],
    // Only what was defined before is expanded; `$$` is a plain dollar sign.
    [{ ADDR: '$(NAME):7070', NAME: 'x' }, []],
    [{ NAME: 'gone', ADDR: '$$(NAME).cart:7070' }, []],
    [{ ADDR: '$(CART_SERVICE_HOST):$(CART_SERVICE_PORT)' }, ['cart.shop:7070/*']],
    [{ ADDR: '$(MULTI_SERVICE_HOST):$(MULTI_SERVICE_PORT_ADMIN)' }, ['multi.shop:9000/*']],
  ] as const)('%j names %j', (env, expected) => {
    expect(destinations(referencesOfEnv(env))).toEqual([...expected].sort());
  });

  it('the last of several variables of one name counts', () => {
    const env = [
      { name: 'ADDR', value: 'cart:7070' },
      { name: 'ADDR', value: 'db:5432' },
    ];
    expect(destinations(referencesOfContainer({ env }))).toEqual(['db.shop:5432/*']);
  });

  it("fields of the pod are known where the template tells: its namespace, its labels, its service account's name", () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const env = [
      field('NS', 'metadata.namespace'),
      field('TIER', "metadata.labels['tier']"),
      field('POD', 'metadata.name'),
      { name: 'URL', value: 'http://$(TIER).$(NS):7070' },
      { name: 'OTHER', value: 'http://$(POD).$(NS):7070' },
    ];
    expect(destinations(referencesOfContainer({ env }))).toEqual(['cart.shop:7070/*', 'cart.shop:7070/http']);
  });

  it('no service variables where the pod turns them off', () => {
    const env = [{ name: 'ADDR', value: '$(CART_SERVICE_HOST):7070' }];
    expect(referencesOf({ enableServiceLinks: false, containers: [{ name: 'app', env }] }).named).toEqual([]);
  });
});

describe('commands and arguments', () => {
  it.each([
    [['--backend=cart:7070'], ['cart.shop:7070/*']],
    [['--backend=cart'], ['cart.shop:7070/*']],
    [['backend=cart'], ['cart.shop:7070/*']],
    [['--log-level=cart'], []],
    [['cart'], []],
    [['server', 'cart.shop'], ['cart.shop:7070/*']],
    [['--verbose', 'cart'], []],
    [['--redis-addr', 'redis'], ['redis.shop:6379/*']],
    [['redis-cli', '-h', 'multi', '-p', '9000'], ['multi.shop:9000/*']],
    [['--db-host=multi', '--db-port=9000'], ['multi.shop:9000/*']],
    [['--db-host', 'multi', '--db-port', '9000'], ['multi.shop:9000/*']],
    [['nc', '-z', 'db', '5432'], ['db.shop:5432/*']],
    [['nc', '-z', 'db.example.com', '5432'], ['db.example.com:5432/*']],
    [['sh', '-c', 'until nc -z db 5432; do sleep 1; done'], ['db.shop:5432/*']],
    [
      ['sh', '-c', '# see http://cart:7070\ncurl -s http://multi/ready\nexec app redis:6379'],
      ['multi.shop:80/http', 'redis.shop:6379/*'],
    ],
    [['sh', '-c', 'curl cart:7070/health && echo done:1'], ['cart.shop:7070/*']],
    [['host=db port=5432'], ['db.shop:5432/*']],
    [['$(TARGET)'], ['cart.shop:7070/*']],
    [['--listen=0.0.0.0:80', '--port=8080'], []],
  ] as const)('%j names %j', (args, expected) => {
    const env = [{ name: 'TARGET', value: 'cart:7070' }];
    const plain = destinations(referencesOfContainer({ args: [...args] }));
    const withTarget = destinations(referencesOfContainer({ args: [...args], env }));
    expect(args[0] === '$(TARGET)' ? withTarget : plain).toEqual([...expected].sort());
  });

  it('flags are read across the command and its arguments', () => {
    const container = { command: ['app', '--db-host', 'multi'], args: ['--db-port=443'] };
    expect(destinations(referencesOfContainer(container))).toEqual(['multi.shop:443/*']);
  });
});

describe('probes and hooks', () => {
  it.each([
    [{ readinessProbe: { httpGet: { host: 'cart', port: 7070 } } }, ['cart.shop:7070/http']],
    [{ readinessProbe: { httpGet: { host: 'multi', port: 443, scheme: 'HTTPS' } } }, ['multi.shop:443/tls']],
    [{ livenessProbe: { tcpSocket: { host: 'db', port: '5432' } } }, ['db.shop:5432/tcp']],
    [{ livenessProbe: { tcpSocket: { host: 'multi', port: 'admin' } } }, ['multi.shop:9000/tcp']],
    [
      { ports: [{ name: 'admin', containerPort: 80 }], startupProbe: { tcpSocket: { host: 'multi', port: 'admin' } } },
      ['multi.shop:80/*'],
    ],
    [{ readinessProbe: { httpGet: { port: 7070, path: '/cart:7070' } } }, []],
    [{ readinessProbe: { grpc: { port: 7070, service: 'cart' } } }, []],
    [{ readinessProbe: { httpGet: { host: '127.0.0.1', port: 7070 } } }, []],
    [{ readinessProbe: { exec: { command: ['curl', 'http://cart:7070'] } } }, ['cart.shop:7070/http']],
    [{ lifecycle: { preStop: { httpGet: { host: 'cart', port: 7070 } } } }, ['cart.shop:7070/http']],
    [{ lifecycle: { postStart: { exec: { command: ['sh', '-c', 'wget cart:7070'] } } } }, ['cart.shop:7070/*']],
  ] as const)('%j names %j', (container, expected) => {
    expect(destinations(referencesOfContainer(container))).toEqual([...expected]);
  });

  it('variables in the command of a probe are expanded, in that of a hook they are not', () => {
    const exec = { exec: { command: ['curl', 'http://$(NAME).shop:7070'] } };
    const env = [
      { name: 'NAME', value: 'cart.x' },
      { name: 'NAME', value: 'cart' },
    ];
    const probe = referencesOfContainer({ env, readinessProbe: exec });
    const hook = referencesOfContainer({ env, lifecycle: { preStop: exec } });
    expect(destinations(probe)).toContain('cart.shop:7070/http');
    expect(destinations(hook)).not.toContain('cart.shop:7070/http');
  });
});

describe('which containers count', () => {
  it('init containers count, the proxy that a template spells out does not', () => {
    const references = referencesOf({
      initContainers: [{ name: 'wait', args: ['http://cart:7070'] }],
      containers: [{ name: 'istio-proxy', env: [{ name: 'X', value: 'http://multi:80' }] }],
    });
    expect(destinations(references)).toEqual(['cart.shop:7070/http']);
    expect(references.named[0]?.reference.where).toBe('argument 1 of init container wait');
  });

  it('variables of one container are not the other one’s', () => {
    const references = referencesOf({
      containers: [
        { name: 'a', env: [{ name: 'T', value: 'cart:7070' }] },
        { name: 'b', args: ['$(T)', 'redis:6379'] },
      ],
    });
    expect(references.named.map((n) => n.reference.where)).toEqual([
      'env T of container a',
      'argument 2 of container b',
    ]);
  });
});

describe('unknown need', () => {
  const secret = (name: string, key = 'x') => ({ name, valueFrom: { secretKeyRef: { name: 's', key } } });
  const named = { name: 'CART', value: 'cart:7070' };

  it.each([
    ['nothing is named', {}, true],
    ['only itself is named', { env: [{ name: 'A', value: 'http://front' }] }, true],
    ['something is named', { env: [named] }, false],
    ['a whole Secret is in the environment', { env: [named], envFrom: [{ secretRef: { name: 's' } }] }, true],
    ['a password comes from a Secret', { env: [named, secret('DB_PASSWORD')] }, false],
    ['a key to a server comes from a Secret', { env: [named, secret('SERVER_KEY')] }, false],
    ['a URL comes from a Secret', { env: [named, secret('DATABASE_URL')] }, true],
    ['a host comes from a Secret', { env: [named, secret('PGHOST')] }, true],
    ['brokers come from a Secret', { env: [named, secret('KAFKA_BROKERS')] }, true],
    ['a connection comes from a Secret', { env: [named, secret('ConnectionStrings__Default')] }, true],
    ['an endpoint comes from a Secret', { env: [named, secret('endpoint')] }, true],
    ['a DSN comes from a Secret', { env: [named, secret('SENTRY_DSN')] }, true],
    ['Ghost’s password comes from a Secret', { env: [named, secret('GHOST_MAIL')] }, false],
    [
      'a later variable covers the Secret’s',
      { env: [secret('DB_URL'), { name: 'DB_URL', value: 'http://cart' }] },
      false,
    ],
    [
      'a Secret fills the host of a URL',
      { env: [secret('PART'), { name: 'U', value: 'http://$(PART)/x http://cart:7070' }] },
      true,
    ],
    [
      'a Secret fills the user of a URL',
      { env: [secret('PART'), { name: 'U', value: 'redis://$(PART):x@redis' }] },
      false,
    ],
    ['a Secret fills an argument’s host', { env: [named, secret('PART')], args: ['u:p@$(PART):80'] }, true],
    ['a Secret fills a whole address', { env: [named, secret('PART'), { name: 'DB_HOST', value: '$(PART)' }] }, true],
  ] as const)('%s: %j → %s', (_title, container, expected) => {
    expect(referencesOfContainer(container).needUnknown).toBe(expected);
  });

  it('a Secret that is mounted as files does not say anything', () => {
    const references = referencesOf({
      containers: [{ name: 'app', env: [named], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', secret: { secretName: 's' } }],
    });
    expect(references.needUnknown).toBe(false);
  });
});

describe('ports that are not served', () => {
  it.each([
    [
      { CART: 'cart:9999' },
      ['cart.shop:9999/*'],
      'cart.shop.svc.cluster.local:9999, but that host serves only 7070 (grpc)',
    ],
    [{ CART: 'http://cart/' }, ['cart.shop:80/http'], 'cart.shop.svc.cluster.local:80'],
    [{ CART_URL: 'http://cart:web/' }, [], 'cart.shop.svc.cluster.local:web'],
    [{ CART_ADDR: 'cart:web' }, [], 'cart.shop.svc.cluster.local:web'],
    [{ DB_HOST: 'db', DB_PORT: '5433' }, ['db.shop:5433/*'], 'db.shop.svc.cluster.local:5433'],
    [{ SRV: '_web._tcp.multi' }, [], 'multi.shop.svc.cluster.local:web'],
  ] as const)('%j', (env, expected, message) => {
    const references = referencesOfEnv(env);
    expect(destinations(references)).toEqual([...expected]);
    expect(references.diagnostics.map((d) => d.code)).toEqual(['reference-port-not-served']);
    expect(references.diagnostics[0]?.message).toContain(message);
    expect(references.diagnostics[0]).toMatchObject({ severity: 'warning', path: 'shop.yaml', line: 1 });
  });

  it.each([
    ['a port of another transport', 'statsd:8125', []],
    ['a host without ports of its own', 'http://outside:8080', ['outside.shop:8080/http']],
    ['a host outside the mesh', 'http://api.example.com:web', []],
    ['what is an image rather than an address', 'cart:1-2-alpine', []],
  ] as const)('nothing is said about %s', (_title, value, expected) => {
    const references = referencesOfEnv({ X: value });
    expect(references.diagnostics).toEqual([]);
    expect(destinations(references)).toEqual([...expected]);
  });
});

describe('where a reference stands', () => {
  const references = referencesInYaml(`apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: app
              env:
                - name: CART
                  value: http://user:hunter2@cart:7070/x?token=abc
              args:
                - run
                - |
                  set -e
                  curl http://multi/
              envFrom:
                - configMapRef: { name: more }
              volumeMounts:
                - { name: conf, mountPath: /etc/app }
          volumes:
            - { name: conf, configMap: { name: more } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: more, namespace: shop }
data:
  REDIS_ADDR: redis:6379
  app.yaml: |
    # http://front
    db:
      host: db
      port: 5432
`);

  it('names path, line, text and place of each', () => {
    const hosts = [...new Set(references.named.map(({ host }) => host))];
    expect(
      hosts.flatMap((host) => {
        const named = references.named.filter((each) => each.host === host);
        return distinctPlaces(named).map(({ line, where }) => [host.split('.')[0], named[0]?.port, line, where]);
      }),
    ).toEqual([
      ['redis', 6379, 30, 'key REDIS_ADDR of ConfigMap shop/more, env REDIS_ADDR of container app'],
      ['cart', 7070, 13, 'env CART of container app'],
      ['multi', 80, 18, 'argument 2 of container app'],
      ['db', 5432, 34, 'key app.yaml of ConfigMap shop/more'],
    ]);
    expect(references.named.every((n) => n.reference.path === 'shop.yaml')).toBe(true);
  });

  it('shows no credentials and no query', () => {
    expect(references.named[1]?.reference.text).toBe('http://***@cart:7070/x');
    const shown = referencesOfEnv({
      A: 'postgres://u:p/w@cart/x http://cart:7070/x',
      B: 'user:hunter2@tcp(db:5432)/x',
    });
    expect(shownText(shown)).not.toMatch(/hunter2|p\/w/);
  });

  it('cuts what it shows to 120 characters', () => {
    const shown = referencesOfEnv({ A: `http://cart:7070/${'x'.repeat(500)}` });
    expect(shown.named[0]?.reference.text).toHaveLength(120);
  });

  it('a file in quotes on one line keeps its line', () => {
    const named = referencesOfFile('app.properties', 'a=1\nb=2\ncart.url=http://cart:7070\n').named;
    expect(named.map((n) => n.reference.line)).toEqual([3]);
  });
});
