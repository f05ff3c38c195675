import { describe, expect, it } from 'vitest';
import { UnknownExport } from '../../src/evidence/export-file.js';
import { readExports } from '../../src/evidence/read-export.js';
import { tableRows } from '../../src/evidence/table-rows.js';
import { callLabels } from './prometheus-server.js';

const NOW = Date.UTC(2031, 0, 15);
const DAY = 24 * 60 * 60 * 1000;
const REVIEWS = 'reviews.bookinfo.svc.cluster.local';

function read(text: string, window: number | null = null) {
  return readExports([{ name: 'export', text }], { window, clusterDomain: 'cluster.local', now: NOW });
}

function answer(resultType: string, result: readonly object[]): string {
  return JSON.stringify({ status: 'success', data: { resultType, result } });
}

const CALL = { __name__: 'istio_requests_total', ...callLabels('shop/cart', REVIEWS) };
const [T0, MINUTES] = [NOW / 1000 - 3600, 60];

describe('a matrix of counters', () => {
  it('adds up what they have grown by, whatever has reset them and in whichever order the points are', () => {
    const values = [
      [T0 + 40 * MINUTES, '30'],
      [T0, '1000'],
      [T0 + 60 * MINUTES, '30'],
      [T0 + 20 * MINUTES, '1060'],
    ];
    const { calls, callers, from, to, source } = read(answer('matrix', [{ metric: CALL, values }]));
    // 60 up to the reset, 30 after it; nothing in the last twenty minutes.
    expect(calls).toEqual([
      { from: 'shop/cart', host: REVIEWS, port: null, protocol: 'http', via: null, perMinute: 1.5, lastSeen: (T0 + 40 * MINUTES) * 1000 },
    ]); // prettier-ignore
    expect(callers).toEqual([{ workload: 'shop/cart', since: T0 * 1000 }]);
    expect({ from, to, source }).toEqual({ from: T0 * 1000, to: (T0 + 3600) * 1000, source: 'prometheus-file' });
  });

  it('counts from nothing what comes up within its time', () => {
    const old = { metric: { ...CALL, pod: 'a' }, values: [[T0, '5'], [T0 + 3600, '5']] }; // prettier-ignore
    const born = { metric: { ...CALL, pod: 'b' }, values: [[T0 + 1800, '60']] };
    expect(read(answer('matrix', [old, born])).calls[0]).toMatchObject({ perMinute: 1, lastSeen: (T0 + 1800) * 1000 });
  });

  it('is not whole where Prometheus says so', () => {
    const series = [{ metric: CALL, values: [[T0, '0'], [T0 + 3600, '60']] }]; // prettier-ignore
    const warned = (warnings: readonly string[]): string =>
      JSON.stringify({ ...(JSON.parse(answer('matrix', series)) as object), warnings });
    expect(read(warned(['store a is not available'])).parts).toEqual({ asked: 1, failed: 1, empty: 0 });
    expect(read(warned(['PromQL info: metric might not be a counter'])).parts.failed).toBe(0);
  });

  it('takes series that are there twice for one', () => {
    const series = { metric: CALL, values: [[T0, '0'], [T0 + 3600, '60']] }; // prettier-ignore
    const shuffled = { ...series, metric: Object.fromEntries(Object.entries(CALL).reverse()) };
    expect(read(answer('matrix', [series, shuffled])).calls[0]?.perMinute).toBe(1);
  });

  it.each([
    ['NaN', 'NaN'],
    ['+Inf', '+Inf'],
    ['-Inf', '-Inf'],
    ['a negative number', '-1'],
    ['more than there are numbers', '1e999'],
    ['hexadecimal', '0x10'],
    ['nothing', ''],
    ['words', '=HYPERLINK("x")'],
  ])('leaves out %s', (_name, value) => {
    const { calls, leftOut } = read(answer('matrix', [{ metric: CALL, values: [[T0, value]] }]));
    expect({ calls, leftOut }).toEqual({ calls: [], leftOut: 1 });
  });

  it('leaves out a number that no counter reaches', () => {
    const values = [[T0, '0'], [T0 + 60, '1e300']]; // prettier-ignore
    const { calls, leftOut } = read(answer('matrix', [{ metric: CALL, values }]));
    expect({ calls, leftOut }).toEqual({ calls: [], leftOut: 1 });
  });

  it.each([
    ['a host in quotes', { destination_service: 'a"b' }],
    ['a host with a line break', { destination_service: 'a.b\n"edges": []' }],
    ['a workload that climbs', { source_workload: '../cart' }],
    ['a namespace that is none', { source_workload_namespace: 'Shop Two' }],
    ['another reporter', { reporter: 'server' }],
    ['another metric', { __name__: 'istio_request_bytes_count' }],
    ['a prototype', { destination_service: '__proto__{}' }],
  ])('leaves out %s', (_name, over) => {
    const values = [[T0, '0'], [T0 + 60, '10']]; // prettier-ignore
    const { calls, leftOut } = read(answer('matrix', [{ metric: { ...CALL, ...over }, values }]));
    expect({ calls, leftOut }).toEqual({ calls: [], leftOut: 1 });
  });

  it.each([[[]], [[null]], [[{ metric: 1 }]], [[{ metric: {}, values: 'x' }]], [[{ metric: CALL, values: [[1], null, ['x', 'y']] }]]])('survives %j', (result) => {
    expect(read(answer('matrix', result as object[])).calls).toEqual([]);
  }); // prettier-ignore
});

describe('a vector', () => {
  const metric = callLabels('shop/cart', REVIEWS);

  it('is what was counted over the time that is given', () => {
    const { calls, from } = read(answer('vector', [{ metric, value: [NOW / 1000, '14400'] }]), 10 * DAY);
    expect(calls[0]).toMatchObject({ perMinute: 1, lastSeen: NOW });
    expect(from).toBe(NOW - 10 * DAY);
    expect(() => read(answer('vector', [{ metric, value: [NOW / 1000, '1'] }]))).toThrow(UnknownExport);
  });

  it('of counters themselves tells that there were calls, and neither how many nor since when', () => {
    const { calls, from, to } = read(answer('vector', [{ metric: CALL, value: [NOW / 1000, '14400'] }]), 10 * DAY);
    expect(calls[0]).toMatchObject({ perMinute: null });
    expect(from).toBe(to);
  });

  it('prefers what the caller has counted, edge by edge', () => {
    const value = (count: number) => [NOW / 1000, String(count)];
    const { calls, callers } = read(
      answer('vector', [
        { metric, value: value(1440) },
        { metric: { ...metric, reporter: 'destination' }, value: value(1000) },
        { metric: { ...callLabels('shop/mute', REVIEWS), reporter: 'destination' }, value: value(2880) },
      ]),
      DAY,
    );
    expect(calls.map(({ from, perMinute }) => [from, perMinute])).toEqual([['shop/cart', 1], ['shop/mute', 2]]); // prettier-ignore
    expect(callers.map(({ workload }) => workload)).toEqual(['shop/cart']);
  });

  it('has a port where somebody has Telemetry add it, and a host for a service that is named', () => {
    const { calls } = read(
      answer('vector', [
        { metric: { ...metric, destination_port: '9080' }, value: [1, '1'] },
        { metric: { ...metric, destination_service: 'unknown' }, value: [1, '1'] },
      ]),
      DAY,
    );
    expect(calls.map(({ host, port }) => [host, port])).toEqual([[REVIEWS, null], [REVIEWS, 9080]]); // prettier-ignore
  });
});

describe("a graph of Kiali's", () => {
  const node = (id: string, over: object) => ({ data: { id, nodeType: 'workload', namespace: 'shop', ...over } });
  const edge = (source: string, target: string, traffic: object) => ({
    data: { id: source + target, source, target, traffic },
  });
  const http = (rate: string, hosts: Readonly<Record<string, string>> = {}) => ({
    protocol: 'http',
    rates: { http: rate, httpPercentReq: '100.0' },
    responses: { '200': { flags: { '-': '100.0' }, hosts } },
  });
  const graph = (nodes: readonly object[], edges: readonly object[]): string =>
    JSON.stringify({ timestamp: NOW / 1000, duration: 86_400, graphType: 'workload', elements: { nodes, edges } });
  const NODES = [
    node('cart', { workload: 'cart', app: 'cart' }),
    node('reviews', { workload: 'reviews-v1', namespace: 'bookinfo', destServices: [{ cluster: 'Kubernetes', namespace: 'bookinfo', name: 'reviews' }] }),
    node('svc', { nodeType: 'service', service: 'stock', namespace: 'shop' }),
    node('out', { workload: 'elsewhere', namespace: 'other', isOutside: true }),
    node('unknown', { nodeType: 'unknown', workload: 'unknown', namespace: 'unknown' }),
    node('pass', { nodeType: 'service', service: 'PassthroughCluster', namespace: 'unknown' }),
  ]; // prettier-ignore

  it('has requests a second, by the host that was asked for, else by the service behind the edge', () => {
    const { calls, callers, unattributed, from } = read(
      graph(NODES, [
        edge('cart', 'reviews', http('20.00')),
        edge('cart', 'svc', http('0.50', { 'stock.shop.svc.cluster.local:8080': '100.0' })),
        edge('svc', 'reviews', http('9.00')),
        edge('cart', 'pass', { protocol: 'tcp', rates: { tcp: '100.00' } }),
        edge('out', 'reviews', http('1.00')),
        edge('unknown', 'reviews', http('2.00')),
      ]),
    );
    expect(calls.map(({ from: caller, host, port, via, perMinute }) => [caller, host, port, via, perMinute])).toEqual([
      ['other/elsewhere', REVIEWS, null, null, 60],
      ['shop/cart', REVIEWS, null, null, 1200],
      ['shop/cart', 'stock.shop.svc.cluster.local', 8080, null, 30],
      ['shop/cart', null, null, 'PassthroughCluster', null],
    ]);
    // What another namespace calls is only in the graph where it calls into those that were asked for.
    expect(callers.map(({ workload }) => workload)).toEqual(['shop/cart']);
    expect({ unattributed, from }).toEqual({ unattributed: 120, from: NOW - DAY });
  });

  it.each([
    ['no elements', JSON.stringify({ elements: {} })],
    ['edges to nowhere', graph(NODES, [edge('cart', 'x', http('1')), edge('y', 'cart', http('1'))])],
    ['rates that are none', graph(NODES, [edge('unknown', 'reviews', http('NaN'))])],
    ['elements that are none', JSON.stringify({ elements: { nodes: [1, null], edges: [{ data: 3 }, 'x'] } })],
  ])('survives %s', (_name, text) => {
    expect(read(text).calls).toEqual([]);
  });
});

describe('a table', () => {
  it('has a row for each edge, with the columns in any order', () => {
    const { calls, source, leftOut } = read(
      [
        '\uFEFFrequests_per_minute,source_workload,source_namespace,destination_host,destination_port,protocol,last_seen,comment',
        `1200,cart,shop,${REVIEWS},9080,http,2031-01-14T00:00:00Z,"says ""hello"", twice\nand more"`,
        '"3",cart,shop,redis.shop.svc.cluster.local,6379,TCP,,',
        '',
      ].join('\r\n'),
      10 * DAY,
    );
    expect(calls).toEqual([
      { from: 'shop/cart', host: 'redis.shop.svc.cluster.local', port: 6379, protocol: 'tcp', via: null, perMinute: 3, lastSeen: null },
      { from: 'shop/cart', host: REVIEWS, port: 9080, protocol: 'http', via: null, perMinute: 1200, lastSeen: NOW - DAY },
    ]); // prettier-ignore
    expect({ source, leftOut }).toEqual({ source: 'csv', leftOut: 0 });
  });

  it('adds up counts over the time that is given', () => {
    const text = `source_namespace,source_workload,destination_host,count\nshop,cart,${REVIEWS},1440\nshop,cart,${REVIEWS},1440\n`;
    expect(read(text, DAY).calls).toMatchObject([{ perMinute: 2 }]);
    expect(() => read(text)).toThrow('--window');
  });

  it.each([
    ['a formula for a host', 'shop,cart,=HYPERLINK("http://x"),1'],
    ['a formula for a workload', 'shop,@SUM(A1),a.b,1'],
    ['a command', "shop,+cmd|' /C calc'!A0,a.b,1"],
    ['a number that is none', 'shop,cart,a.b,NaN'],
    ['a huge number', 'shop,cart,a.b,1e99'],
    ['a negative number', 'shop,cart,a.b,-1'],
    ['too few cells', 'shop,cart,a.b'],
    ['too many cells', 'shop,cart,a.b,1,2'],
    ['an open quote', 'shop,cart,"a.b,1'],
  ])('leaves out %s', (_name, row) => {
    const { calls, leftOut } = read(`source_namespace,source_workload,destination_host,count\n${row}\n`, DAY);
    expect({ calls, leftOut }).toEqual({ calls: [], leftOut: 1 });
  });

  it('says which rows are left out, and whose they are', () => {
    const head = 'reporter,source_namespace,source_workload,destination_host,requests_per_minute,last_seen';
    const rows = [
      `,shop,cart,${REVIEWS},3,2031-01-14T00:00:00Z`,
      `,shop,cart,${REVIEWS},3,2031-01-14`,
      `,shop,cart,${REVIEWS},3,2032-01-14T00:00:00Z`,
      `server,Shop,cart,${REVIEWS},3,`,
      `,,unknown,not a host,3,`,
    ];
    const { callers, leftOut, leftOutOfAnybody, examples } = read([head, ...rows].join('\n'), DAY);
    expect(callers).toEqual([{ workload: 'shop/cart', since: NOW - DAY, leftOut: 2 }]);
    expect({ leftOut, leftOutOfAnybody }).toEqual({ leftOut: 3, leftOutOfAnybody: 1 });
    expect(examples).toEqual([
      'export, row 3: last_seen is not a time such as 2026-01-31T10:00:00Z',
      'export, row 4: last_seen is in the future',
      'export, row 5: reporter is not source or destination',
    ]);
  });

  it('is taken apart as RFC 4180 says', () => {
    expect(tableRows('a,"b ""c"", d",\n\n"x\ny",,z\r\nlast')).toEqual([['a', 'b "c", d', ''], ['x\ny', '', 'z'], ['last']]); // prettier-ignore
  });
});

describe('what is none of these', () => {
  it.each([
    ['nothing', ''],
    ['a text', 'hello\nworld\n'],
    ['another table', 'name,age\nx,3\n'],
    ['other JSON', '{"a": 1}'],
    ['an error of Prometheus', '{"status":"error","errorType":"bad_data","error":"x"}'],
    ['half an answer', '{"status":"success","data":{"resultType":"vector","result":[{"met'],
    ['a scalar', '{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}'],
  ])('%s is refused', (_name, text) => {
    expect(() => read(text)).toThrow(UnknownExport);
  });

  it('is read together only with its like', () => {
    const files = [
      { name: 'a.json', text: answer('matrix', []) },
      { name: 'b.csv', text: 'source_namespace,source_workload,destination_host\n' },
    ];
    expect(() => readExports(files, { window: null, clusterDomain: 'cluster.local', now: NOW })).toThrow('one kind');
  });
});
