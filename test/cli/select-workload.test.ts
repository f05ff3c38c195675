import { describe, expect, it } from 'vitest';
import { parsePullRequest } from '../../src/cli/pull-request-name.js';
import { selectWorkload } from '../../src/cli/select-workload.js';

const WORKLOADS = [
  { namespace: 'shop', kind: 'CronJob', name: 'web' },
  { namespace: 'shop', kind: 'Deployment', name: 'web' },
  { namespace: 'shop', kind: 'Deployment', name: 'cart' },
  { namespace: 'pay', kind: 'Deployment', name: 'card' },
];

describe('a workload on the command line', () => {
  it('is named by namespace and name, and by its kind', () => {
    expect(selectWorkload('pay/card', WORKLOADS)).toBe(WORKLOADS[3]);
    expect(selectWorkload('shop/Deployment/web', WORKLOADS)).toBe(WORKLOADS[1]);
    expect(selectWorkload('shop/cronjob/web', WORKLOADS)).toBe(WORKLOADS[0]);
  });

  it.each([
    ['shop/web', 'several workloads are called shop/web; name the kind:\n  shop/CronJob/web\n  shop/Deployment/web'],
    ['shop/crat', 'there is no workload shop/crat; there is:\n  shop/Deployment/cart'],
    ['pay/web', 'there is no workload pay/web; there is:\n  shop/CronJob/web\n  shop/Deployment/web'],
    [
      'web',
      'web is not of the form namespace/Kind/name or namespace/name; there is:\n  shop/CronJob/web\n  shop/Deployment/web',
    ],
    ['a/b/c/d', 'a/b/c/d is not of the form'],
    ['shop/', 'shop/ is not of the form'],
  ])('refuses %s, with the candidates', (text, message) => {
    expect(() => selectWorkload(text, WORKLOADS)).toThrow(message);
  });

  it('lists the workloads where no name is close, and says when there are none', () => {
    expect(() => selectWorkload('shop/zzzzzzzz', WORKLOADS)).toThrow('the workloads are:\n  shop/CronJob/web');
    expect(() => selectWorkload('shop/web', [])).toThrow('the manifests hold no workloads');
  });
});

describe('a pull request on the command line', () => {
  it('is named as people name it', () => {
    const expected = { owner: 'octo-org', repo: 'mani.fests', number: 17 };
    expect(parsePullRequest('octo-org/mani.fests#17')).toEqual(expected);
    expect(parsePullRequest('https://github.com/octo-org/mani.fests/pull/17/files')).toEqual(expected);
  });

  it.each(['octo-org/x', 'x#1', 'a/b/c#1', 'a/b#', 'a/b#x', ''])('is not %j', (text) => {
    expect(parsePullRequest(text)).toBeNull();
  });
});
