import { describe, expect, it } from 'vitest';
import { followRequest, type DumpCall, type DumpPath } from '../../src/envoy/follow-request.js';
import { dumpOf } from '../verify/seed-dumps.js';

type Json = Readonly<Record<string, unknown>>;

const TYPE = 'type.googleapis.com/envoy.extensions.filters.network';

function tcp(cluster: string, more: Json = {}): Json {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: { '@type': `${TYPE}.tcp_proxy.v3.TcpProxy`, cluster, ...more },
  };
}

function http(routes: string, filters: readonly string[] = ['envoy.filters.http.router']): Json {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${TYPE}.http_connection_manager.v3.HttpConnectionManager`,
      rds: { route_config_name: routes },
      http_filters: filters.map((name) => ({ name })),
    },
  };
}

function chain(filter: Json, match: Json = {}): Json {
  return { filter_chain_match: match, filters: [filter] };
}

function listener(address: string, port: number, chains: readonly Json[], more: Json = {}): Json {
  return {
    name: `${address}_${port}`,
    address: { socket_address: { address, port_value: port } },
    traffic_direction: 'OUTBOUND',
    filter_chains: chains,
    ...more,
  };
}

const INSPECTORS = {
  listener_filters: [
    { name: 'envoy.filters.listener.tls_inspector' },
    { name: 'envoy.filters.listener.http_inspector' },
  ],
};
const CATCH_ALL = listener(
  '0.0.0.0',
  15001,
  [chain(tcp('BlackHoleCluster'), { destination_port: 15001 }), chain(tcp('PassthroughCluster'))],
  { use_original_dst: true },
);

function route(cluster: string, match: Json): Json {
  return { match, route: { cluster } };
}

/** Routes called `80`, of one virtual host for `a.x`, and one for the rest. */
function routesFor(routes: readonly Json[], more: Json = {}): Json {
  return {
    name: '80',
    virtual_hosts: [
      { name: 'a.x:80', domains: ['a.x', 'a.x:80'], routes, ...more },
      { name: 'allow_any', domains: ['*'], routes: [route('PassthroughCluster', { prefix: '/' })] },
    ],
  };
}

function follow(listeners: readonly Json[], call: Partial<DumpCall>, routes: readonly Json[] = []): DumpPath {
  const dump = dumpOf(JSON.stringify([...listeners, CATCH_ALL, ...routes]));
  return followRequest(dump, { host: 'a.x', port: 80, protocol: 'http', address: null, ...call });
}

/** The clusters, or what else becomes of the call. */
function ends(path: DumpPath): readonly string[] | string {
  switch (path.kind) {
    case 'tcp':
      return path.clusters;
    case 'http':
      return path.chosen?.kind === 'clusters' ? path.chosen.clusters : (path.chosen?.kind ?? 'no route');
    case 'refused':
      return 'refused';
    case 'unknown':
      return path.why;
  }
}

describe('which listener takes a call', () => {
  const listeners = [
    listener('10.0.0.1', 80, [chain(tcp('of-address'))]),
    listener('0.0.0.0', 80, [chain(tcp('of-port'))]),
  ];

  it.each([
    ['the one of its address', '10.0.0.1', 80, ['of-address']],
    ['the port’s', '10.0.0.2', 80, ['of-port']],
    ['the port’s, of an address that nobody knows', null, 80, ['of-port']],
    ['what is redirected, of no listener', '10.0.0.1', 81, ['PassthroughCluster']],
    ['the proxy’s own port', '10.0.0.1', 15001, ['BlackHoleCluster']],
    ['an IPv6 address is no 0.0.0.0', 'fd00::1', 80, ['PassthroughCluster']],
  ])('%s', (_what, address, port, clusters) => {
    expect(ends(follow(listeners, { address, port, protocol: 'tcp' }))).toEqual(clusters);
  });
});

describe('which filter chain takes a connection', () => {
  const range = (address: string, bits: number): Json => ({
    prefix_ranges: [{ address_prefix: address, prefix_len: bits }],
  });
  const ranges = [
    listener('0.0.0.0', 80, [
      chain(tcp('wide'), range('10.0.0.0', 8)),
      chain(tcp('narrow'), range('10.1.0.0', 16)),
      chain(tcp('else')),
    ]),
  ];
  const names = [
    listener(
      '0.0.0.0',
      443,
      [
        chain(tcp('exact'), { server_names: ['a.x'] }),
        chain(tcp('under'), { server_names: ['*.x'] }),
        chain(tcp('deeper'), { server_names: ['*.b.x'] }),
        chain(http('80'), { transport_protocol: 'raw_buffer', application_protocols: ['http/1.1', 'h2c'] }),
      ],
      { ...INSPECTORS, default_filter_chain: chain(tcp('default')) },
    ),
  ];

  it.each([
    ['the narrowest range', '10.1.2.3', ['narrow']],
    ['a wider one', '10.2.2.3', ['wide']],
    ['none', '11.2.2.3', ['else']],
    ['of an address that nobody knows', null, ['else']],
  ])('by address: %s', (_what, address, clusters) => {
    expect(ends(follow(ranges, { address, protocol: 'tcp' }))).toEqual(clusters);
  });

  it.each([
    ['a.x', 'tls', ['exact']],
    ['A.X', 'tls', ['exact']],
    ['c.x', 'tls', ['under']],
    ['c.b.x', 'tls', ['deeper']],
    ['x', 'tls', ['default']],
    ['y.z', 'tls', ['default']],
    ['a.x', 'tcp', ['default']],
  ] as const)('by name: %s, %s', (host, protocol, clusters) => {
    expect(ends(follow(names, { host, port: 443, protocol }))).toEqual(clusters);
  });

  it('sees neither names nor HTTP where nobody inspects', () => {
    const blind = { ...names[0]!, listener_filters: [] };
    expect(ends(follow([blind], { port: 443, protocol: 'tls' }))).toEqual(['default']);
    expect(ends(follow([blind], { port: 443, protocol: 'http' }))).toEqual(['default']);
  });

  it('refuses what no chain takes, and bytes that are no HTTP', () => {
    const strict = [listener('0.0.0.0', 80, [chain(http('80'), { application_protocols: ['h2c', 'http/1.1'] })])];
    expect(ends(follow(strict, { protocol: 'tcp' }))).toBe('refused');
    expect(ends(follow([listener('0.0.0.0', 80, [chain(http('80'))])], { protocol: 'tls' }))).toBe('refused');
  });
});

describe('which virtual host and route take a request', () => {
  const web = [listener('0.0.0.0', 80, [chain(http('80'))])];
  const of = (routes: readonly Json[], more: Json = {}): DumpPath => follow(web, {}, [routesFor(routes, more)]);
  const rest = route('rest', { prefix: '/' });

  it.each([
    ['a.x', 'whole'],
    ['c.a.x', 'suffix'],
    ['d.c.a.x', 'longer suffix'],
    ['a.y', 'prefix'],
    ['b.z', 'any'],
  ])('by domain: %s', (host, cluster) => {
    const virtualHost = (name: string, domain: string): Json => ({
      name,
      domains: [domain],
      routes: [route(name, { prefix: '/' })],
    });
    const routes = {
      name: '80',
      virtual_hosts: [
        virtualHost('any', '*'),
        virtualHost('prefix', 'a.*'),
        virtualHost('suffix', '*.x'),
        virtualHost('longer suffix', '*.c.a.x'),
        virtualHost('whole', 'a.x'),
      ],
    };
    expect(ends(follow(web, { host }, [routes]))).toEqual([cluster]);
  });

  it('holds the port against domains unless it is to be ignored', () => {
    const listeners = [listener('0.0.0.0', 8080, [chain(http('80'))])];
    const routes = routesFor([rest]);
    expect(ends(follow(listeners, { port: 8080 }, [routes]))).toEqual(['PassthroughCluster']);
    const ignoring = { ...routes, ignore_port_in_host_matching: true };
    expect(ends(follow(listeners, { port: 8080 }, [ignoring]))).toEqual(['rest']);
  });

  it.each([
    ['a longer prefix', { prefix: '/v2' }, 'rest'],
    ['a prefix of segments', { path_separated_prefix: '/v2' }, 'rest'],
    ['the path', { path: '/' }, 'own'],
    ['a pattern', { safe_regex: { regex: '/(v[12])?' } }, 'own'],
    ['another pattern', { safe_regex: { regex: '/v[12]' } }, 'rest'],
    ['a query', { prefix: '/', query_parameters: [{ name: 'a' }] }, 'rest'],
    ['a token’s claim', { prefix: '/', dynamic_metadata: [{ filter: 'istio_authn' }] }, 'rest'],
    ['no such claim', { prefix: '/', dynamic_metadata: [{ filter: 'istio_authn', invert: true }] }, 'own'],
    ['CONNECT', { connect_matcher: {} }, 'rest'],
  ])('by %s', (_what, match, cluster) => {
    expect(ends(of([route('own', match), rest]))).toEqual([cluster]);
  });

  it.each([
    ['a header that is not there', { name: 'x-v', string_match: { exact: 'b' } }, false],
    ['another value of one that is not there', { name: 'x-v', exact_match: 'b', invert_match: true }, false],
    [
      'another value, where none counts as empty',
      { name: 'x-v', string_match: { exact: 'b' }, invert_match: true, treat_missing_header_as_empty: true },
      true,
    ],
    ['presence', { name: 'x-v', present_match: true }, false],
    ['absence', { name: 'x-v', present_match: true, invert_match: true }, true],
    ['the method', { name: ':method', string_match: { exact: 'GET' } }, true],
    ['another method', { name: ':method', string_match: { exact: 'GET' }, invert_match: true }, false],
    ['the authority', { name: ':authority', string_match: { prefix: 'A.', ignore_case: true } }, true],
    ['the authority’s end', { name: ':authority', suffix_match: '.y' }, false],
    ['the scheme', { name: ':scheme', string_match: { contains: 'tp' } }, true],
  ])('by header: %s', (_what, header, takes) => {
    expect(ends(of([route('own', { prefix: '/', headers: [header] }), rest]))).toEqual([takes ? 'own' : 'rest']);
  });

  it('shares by weight, and leaves out what has none', () => {
    const clusters = [
      { name: 'v1', weight: 90 },
      { name: 'v2', weight: 10 },
      { name: 'v3', weight: 0 },
    ];
    const action = { match: { prefix: '/' }, route: { weighted_clusters: { clusters } } };
    expect(ends(of([action]))).toEqual(['v1', 'v2']);
  });

  it.each([
    ['a response of its own', { direct_response: { status: 200 } }],
    ['a redirect', { redirect: { host_redirect: 'b.x' } }],
  ])('answers: %s', (_what, action) => {
    expect(ends(of([{ match: { prefix: '/' }, ...action }]))).toBe('answered');
  });

  it('has no route for some', () => {
    expect(ends(of([route('own', { prefix: '/v2' })]))).toBe('no route');
  });
});

describe('what is not understood makes the call undetermined', () => {
  const web = (filters?: readonly string[]): Json => listener('0.0.0.0', 80, [chain(http('80', filters))]);
  const routes = routesFor([route('own', { prefix: '/' })]);
  const withRoute = (first: Json): DumpPath => follow([web()], {}, [routesFor([first, route('own', { prefix: '/' })])]);

  it.each([
    ['an HTTP filter', () => follow([web(['envoy.filters.http.lua'])], {}, [routes]), 'envoy.filters.http.lua'],
    ['routes that are not there', () => follow([web()], {}), 'the routes 80 are not in the dump'],
    [
      'a network filter',
      () => follow([listener('0.0.0.0', 80, [{ filters: [{ name: 'strange' }, tcp('a')] }])], {}),
      'the filter strange (listener 0.0.0.0_80)',
    ],
    [
      'a listener filter',
      () => follow([listener('0.0.0.0', 80, [chain(tcp('a'))], { listener_filters: [{ name: 'strange' }] })], {}),
      'the listener filter strange',
    ],
    [
      'a filter chain match',
      () => follow([listener('0.0.0.0', 80, [chain(tcp('a'), { source_type: 'EXTERNAL' }), chain(tcp('b'))])], {}),
      'the filter chain match source_type',
    ],
    [
      'a matcher in the place of matches',
      () => follow([listener('0.0.0.0', 80, [chain(tcp('a'))], { filter_chain_matcher: {} })], {}),
      'a matcher in the place of filter chain matches',
    ],
    ['a tunnel', () => follow([listener('0.0.0.0', 80, [chain(tcp('a', { tunneling_config: {} }))])], {}), 'tunnel'],
    ['a route match', () => withRoute(route('a', { prefix: '/', filter_state: [{}] })), 'the match filter_state'],
    [
      'a header match',
      () => withRoute(route('a', { prefix: '/', headers: [{ name: 'a', range_match: {} }] })),
      'range',
    ],
    ['a pattern', () => withRoute(route('a', { safe_regex: { regex: '(?P<a>/)' } })), 'JavaScript does not read'],
    [
      'a route’s own filter',
      () => withRoute({ ...route('a', { prefix: '/' }), typed_per_filter_config: { 'envoy.filters.http.lua': {} } }),
      'unknown',
    ],
    [
      'a virtual host with a matcher',
      () => follow([web()], {}, [routesFor([], { matcher: {} })]),
      'a matcher in the place of routes (virtual host a.x:80)',
    ],
  ])('%s', (_what, followed, why) => {
    expect(ends(followed())).toContain(why);
  });

  it('but not where a condition that is understood fails already', () => {
    expect(ends(withRoute(route('a', { prefix: '/v2', filter_state: [{}] })))).toEqual(['own']);
  });

  it('nor by a pattern that would take for ever', () => {
    const header = { name: ':authority', string_match: { safe_regex: { regex: '(a+)+b' } } };
    const host = `${'a'.repeat(60)}.x`;
    const path = follow([web()], { host }, [
      {
        name: '80',
        virtual_hosts: [{ name: 'a', domains: ['*'], routes: [route('a', { prefix: '/', headers: [header] })] }],
      },
    ]);
    expect(ends(path)).toContain('a regular expression that may take too long');
  });
});
