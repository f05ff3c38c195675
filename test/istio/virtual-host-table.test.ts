import { describe, expect, it } from 'vitest';
import { VirtualHostTable, type VirtualHost } from '../../src/istio/virtual-host-table.js';

const host = (name: string, ...domains: string[]): VirtualHost => ({ name, domains, routes: [], service: null });

const TABLE = new VirtualHostTable();
for (const virtualHost of [
  host('any example', '*.example'),
  host('cdn', '*.cdn.example', 'cdn.example'),
  host('late', 'cdn.example'),
  host('upper', 'WWW.Vendor.Example'),
  host('odd', '*-x.cdn.example'),
])
  TABLE.add(virtualHost);

describe('the virtual host of a Host header', () => {
  const table: readonly (readonly [string, string | null])[] = [
    ['cdn.example', 'cdn'],
    ['CDN.example', 'cdn'],
    ['img.cdn.example', 'cdn'],
    ['img-x.cdn.example', 'odd'],
    ['a.b.example', 'any example'],
    ['www.vendor.example', 'upper'],
    ['.example', null],
    ['example', null],
    ['example.org', null],
  ];
  for (const [header, wanted] of table) {
    it(`"${header}" is answered by ${wanted ?? 'nobody'}`, () => {
      expect(TABLE.find(header)?.name ?? null).toBe(wanted);
    });
  }
});
