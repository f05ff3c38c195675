import { describe, expect, it } from 'vitest';
import { isMadeBy, type RunningPod } from '../../src/source/fetch-proxy-dump.js';

function pod(name: string, owner?: string, templateHash = ''): RunningPod {
  const [kind = '', ownerName = ''] = owner?.split('/') ?? [];
  return { namespace: 'shop', name, hasProxy: true, owners: owner ? [{ kind, name: ownerName }] : [], templateHash };
}

describe('whose a pod is', () => {
  it.each([
    ['Deployment', 'cart', pod('cart-5d9c-a', 'ReplicaSet/cart-5d9c', '5d9c'), true],
    ['Deployment', 'cart', pod('cart-api-5d9c-a', 'ReplicaSet/cart-api-5d9c', '5d9c'), false],
    ['Deployment', 'cart', pod('cart-5d9c-a', 'ReplicaSet/cart-5d9c', 'other'), false],
    ['Rollout', 'cart', pod('cart-5d9c-a', 'ReplicaSet/cart-5d9c', '5d9c'), true],
    ['StatefulSet', 'db', pod('db-0', 'StatefulSet/db'), true],
    ['StatefulSet', 'db', pod('db-0', 'DaemonSet/db'), false],
    ['DaemonSet', 'log', pod('log-x', 'DaemonSet/log'), true],
    ['Job', 'once', pod('once-x', 'Job/once'), true],
    ['CronJob', 'nightly', pod('nightly-28000-x', 'Job/nightly-28000'), true],
    ['CronJob', 'nightly', pod('nightly-2-28000-x', 'Job/nightly-2-28000'), false],
    ['CronJob', 'nightly', pod('nightly-x', 'Job/nightly'), false],
    ['Pod', 'shell', pod('shell'), true],
    ['Pod', 'cart', pod('cart-5d9c-a', 'ReplicaSet/cart-5d9c', '5d9c'), false],
  ])('%s %s: %o is %s', (kind, name, each, is) => {
    expect(isMadeBy(each, { kind, name })).toBe(is);
  });
});
