import { describe, expect, it } from 'vitest';
import { isOutboundCaptured, readTrafficCapture } from '../../src/istio/traffic-annotations.js';

const PREFIX = 'traffic.sidecar.istio.io/';

function captured(annotations: Record<string, string>, address: string, port = 80, inCluster = false): boolean {
  const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]));
  return isOutboundCaptured(readTrafficCapture(prefixed, 'REDIRECT'), address, port, inCluster);
}

const UNKNOWN = 'unknown:www.example';

describe('a call from a pod with traffic annotations', () => {
  const table: readonly (readonly [string, Record<string, string>, string, boolean])[] = [
    ['goes through the sidecar without annotations', {}, '198.18.0.1', true],
    ['goes past it to an excluded port', { excludeOutboundPorts: '80, 81' }, '198.18.0.1', false],
    ['goes past it to an excluded range', { excludeOutboundIPRanges: '198.18.0.0/16' }, '198.18.7.1', false],
    ['goes through it outside an excluded range', { excludeOutboundIPRanges: '198.18.0.0/16' }, '198.19.0.1', true],
    ['goes past it outside the included ranges', { includeOutboundIPRanges: '198.18.0.0/16' }, '198.19.0.1', false],
    ['goes through it to an included port', { includeOutboundIPRanges: '', includeOutboundPorts: '80' }, UNKNOWN, true],
    ['goes past it where no range is included', { includeOutboundIPRanges: '' }, '198.18.0.1', false],
    [
      'to an unknown address is in the range of all addresses',
      { excludeOutboundIPRanges: '0.0.0.0/0' },
      UNKNOWN,
      false,
    ],
    ['to an unknown address is in no other range', { includeOutboundIPRanges: '198.18.0.0/16' }, UNKNOWN, false],
    ['to an unknown address is in an included range of all', { includeOutboundIPRanges: '0.0.0.0/0' }, UNKNOWN, true],
  ];
  for (const [name, annotations, address, wanted] of table) {
    it(name, () => {
      expect(captured(annotations, address)).toBe(wanted);
    });
  }

  it('to an address of the cluster is taken to be in a private range that is included', () => {
    expect(captured({ includeOutboundIPRanges: '10.0.0.0/8' }, 'clusterip:cart.shop', 80, true)).toBe(true);
    expect(captured({ includeOutboundIPRanges: '198.18.0.0/16' }, 'clusterip:cart.shop', 80, true)).toBe(false);
    expect(captured({ includeOutboundIPRanges: '10.0.0.0/8' }, 'clusterip:cart.shop', 80, false)).toBe(false);
  });

  it('to an address of the cluster is not taken to be in a range that is excluded', () => {
    expect(captured({ excludeOutboundIPRanges: '10.0.0.0/8' }, 'clusterip:cart.shop', 80, true)).toBe(true);
  });
});
