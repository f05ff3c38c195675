import { describe, expect, it } from 'vitest';
import type { Difference, Verification } from '../../src/verify/verification.js';
import { SEED, dumpOf, dumpText, seedText, verify } from './seed-dumps.js';
import { meshToVerify } from '../../src/verify/verify-workload.js';
import { targetResolver } from '../../src/reachability/destination.js';
import type { EdgeProtocol } from '../../src/reachability/egress-reachability.js';
import { dumpJudge } from '../../src/verify/judge-by-dump.js';
import { parseText } from '../conformance/conformance-case.js';

const EXTRA_SERVICE = `
---
apiVersion: v1
kind: Service
metadata: {name: extra, namespace: istio-system}
spec: {selector: {app: istiod}, ports: [{name: http, port: 8081, targetPort: 8080}]}
`;

function documents(text: string): string[] {
  return text.split(/^---$/m);
}

/** The manifests without the documents that a pattern finds; there is one. */
function without(text: string, pattern: RegExp): string {
  const kept = documents(text).filter((document) => !pattern.test(document));
  expect(kept.length).toBe(documents(text).length - 1);
  return kept.join('---');
}

function causes({ differences }: Verification): string[] {
  return [...new Set(differences.map(({ cause }) => cause))].sort();
}

function subjects({ differences }: Verification, kind: Difference['kind']): string[] {
  return differences.filter((each) => each.kind === kind).map(({ subject }) => subject);
}

describe('the dumps of the seed case', () => {
  it.each(['before', 'after'] as const)('%s: equal to the manifests of its side', (side) => {
    const verification = verify(seedText(side), dumpText(side));
    expect(verification).toMatchObject({ result: 'equal', differences: [], unknown: [], notCompared: [] });
    expect(verification.compared).toEqual(
      side === 'before' ? { clusters: 17, endpoints: 19, edges: 22 } : { clusters: 11, endpoints: 11, edges: 22 },
    );
  });

  it.each(['before', 'after'] as const)('%s: istiod’s record is equal as far as it goes', (side) => {
    const verification = verify(seedText(side), dumpText(side, 'sidecarz'));
    expect(verification).toMatchObject({ result: 'equal', differences: [] });
    expect(verification.notCompared).toEqual([
      'Endpoints: they are not in what was read; config_dump has them with include_eds.',
      'Edges: without listeners and routes nothing can be followed.',
    ]);
  });

  it('does not depend on the version, which makes no difference there', () => {
    for (const version of ['1.28', '1.29', '1.31']) {
      expect(verify(seedText('after'), dumpText('after'), version).result).toBe('equal');
    }
  });
});

describe('a planted difference is found and named', () => {
  it('a Sidecar of the manifests that the cluster does not have', () => {
    const verification = verify(seedText('after'), dumpText('before'));
    expect(verification.result).toBe('different');
    expect(subjects(verification, 'cluster')).toEqual([
      'outbound|53||kube-dns.kube-system.svc.cluster.local',
      'outbound|9080||details.bookinfo.svc.cluster.local',
      'outbound|9080||productpage.bookinfo.svc.cluster.local',
      'outbound|9080||ratings.bookinfo.svc.cluster.local',
      'outbound|9080||reviews.bookinfo.svc.cluster.local',
      'outbound|9153||kube-dns.kube-system.svc.cluster.local',
    ]);
    expect(subjects(verification, 'edge')).toHaveLength(7);
    expect(causes(verification)).toEqual(['sidecar']);
    expect(verification.differences[0]?.reason).toMatch(
      /^The proxy has what it would have without Sidecar default\/default/,
    );
  });

  it('a Sidecar of the cluster that the manifests do not have', () => {
    const verification = verify(seedText('before'), dumpText('after'));
    expect(causes(verification)).toEqual(['sidecar']);
    expect(verification.differences).toHaveLength(13);
    expect(verification.differences[0]).toMatchObject({ manifests: 'there', proxy: null });
    expect(verification.differences[0]?.reason).toBe(
      'The proxy has what a Sidecar with the hosts istio-system/* would give it. The manifests have none for it.',
    );
  });

  it('istiod’s record names the Sidecar', () => {
    const { differences } = verify(seedText('before'), dumpText('after', 'sidecarz'));
    expect(differences[0]).toMatchObject({ kind: 'sidecar', manifests: null, proxy: 'default' });
  });

  it('a Service of the manifests that the cluster does not have', () => {
    const verification = verify(seedText('after') + EXTRA_SERVICE, dumpText('after'));
    expect(causes(verification)).toEqual(['object-differs', 'object-not-in-cluster']);
    expect(verification.differences).toEqual([
      {
        kind: 'cluster',
        subject: 'outbound|8081||extra.istio-system.svc.cluster.local',
        manifests: 'there',
        proxy: null,
        cause: 'object-not-in-cluster',
        reason: expect.stringContaining('The cluster does not have extra.istio-system.svc.cluster.local') as string,
      },
      expect.objectContaining({
        kind: 'edge',
        subject: 'extra.istio-system.svc.cluster.local:8081/http',
        manifests: 'meshed via outbound|8081||extra.istio-system.svc.cluster.local',
        proxy: 'unmeshed via PassthroughCluster',
      }),
    ]);
  });

  it('a Service of the cluster that the manifests do not have', () => {
    const verification = verify(
      without(seedText('before'), /kind: Service\n(?:.*\n)*?.*name: ratings\b/),
      dumpText('before'),
    );
    expect(verification.differences).toEqual([
      {
        kind: 'cluster',
        subject: 'outbound|9080||ratings.bookinfo.svc.cluster.local',
        manifests: null,
        proxy: 'there',
        cause: 'object-not-in-git',
        reason: 'The manifests have no Service or ServiceEntry for ratings.bookinfo.svc.cluster.local.',
      },
    ]);
  });

  it('a workload of the cluster that the manifests do not have', () => {
    const verification = verify(
      without(seedText('before'), /kind: Deployment\n(?:.*\n)*?.*name: reviews-v3\b/),
      dumpText('before'),
    );
    expect(verification.differences).toEqual([
      expect.objectContaining({
        kind: 'endpoint',
        subject: 'outbound|9080||reviews.bookinfo.svc.cluster.local',
        manifests: null,
        proxy: expect.stringMatching(/^10\.244\.0\.\d+:9080 \(deployment-reviews-v3-0\.bookinfo\)$/) as string,
        cause: 'object-not-in-git',
      }),
    ]);
  });

  it.each(['before', 'after'] as const)('another egress mode in the mesh configuration (%s)', (side) => {
    const strict = `${seedText(side)}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}
`;
    const verification = verify(strict, dumpText(side));
    expect(verification.differences[0]).toMatchObject({
      kind: 'egress-mode',
      manifests: 'REGISTRY_ONLY',
      proxy: 'ALLOW_ANY',
    });
    expect(causes(verification)).toEqual(['egress-mode']);
    expect(verification.differences[0]?.reason).toMatch(
      /By the manifests, ConfigMap istio-system\/istio says REGISTRY_ONLY\.$/,
    );
    expect(subjects(verification, 'edge')).toContain('www.example.com:443/tls');
  });

  it('another version, and says which one fits', () => {
    const excluding = seedText('after').replace(
      /hosts:\n(?:\s*- .*\n)+/,
      'hosts: ["*/*", "~bookinfo/*", "~kube-system/*"]\n',
    );
    expect(excluding).not.toBe(seedText('after'));
    expect(verify(excluding, dumpText('after'), '1.31').result).toBe('equal');
    const verification = verify(excluding, dumpText('after'), '1.30');
    expect(verification.result).toBe('different');
    expect(causes(verification)).toEqual(['istio-version']);
    expect(verification.differences[0]?.reason).toContain('what Istio 1.31 would give it');
  });

  it('a pod that by the manifests has no sidecar', () => {
    const bare = seedText('before').replace(
      /(name: my-shell\n)/,
      '$1  annotations: {sidecar.istio.io/inject: "false"}\n',
    );
    expect(bare).not.toBe(seedText('before'));
    const { differences } = verify(bare, dumpText('before'));
    expect(differences).toEqual([
      expect.objectContaining({ kind: 'injection', manifests: 'no sidecar', proxy: 'a sidecar', cause: 'injection' }),
    ]);
  });
});

describe('following the dumps of the seed case', () => {
  it.each(['before', 'after'] as const)('%s: every edge ends as istiod’s own answer has it', (side) => {
    const answer = SEED.expected.find(({ istio }) => istio === '1.30')![side];
    const expected = answer.workloads['default/Pod/my-shell']!.edges!;
    const { tree, judge } = meshToVerify({
      manifests: parseText(seedText(side)),
      mesh: { istioVersion: '1.30', probes: SEED.probes },
    });
    const byDump = dumpJudge(dumpOf(dumpText(side)), judge.configurationOf('default/Pod/my-shell')!);
    const resolve = targetResolver(tree.push);
    const got = Object.keys(expected).map((name) => {
      const [, host = '', port, protocol] = /^(.+):(\d+)\/(.+)$/.exec(name)!;
      const outcome = byDump(resolve({ host, port: Number(port), protocol: protocol as EdgeProtocol }));
      if (outcome.kind === 'unknown') return [name, outcome.why];
      const { verdict, clusters, branches } = outcome;
      expect(branches).toEqual([]);
      const isOwn = clusters.length === 1 && clusters[0] === `outbound|${port}||${host}`;
      return [name, verdict === 'meshed' && !isOwn ? clusters : verdict];
    });
    expect(Object.keys(expected)).toHaveLength(22);
    expect(Object.fromEntries(got)).toEqual(expected);
  });
});
