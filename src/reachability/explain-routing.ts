import { parseDestinationRule } from '../istio/destination-rule.js';
import { subsetOf } from '../istio/host-name.js';
import { MESH_GATEWAY, parseVirtualService, type VirtualService } from '../istio/virtual-service.js';
import { isSubset } from '../kubernetes/label-selector.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValueDifference } from '../kubernetes/object-differences.js';
import { listDecisiveDifferences } from './bearing.js';
import { explainExports } from './explain-exports.js';
import { isAbout, type ExplainContext, type ExplainedDifference, type Fact } from './explained-difference.js';
import { missingRouteTargets } from './missing-route-targets.js';
import { nameHosts, quoteList, tellDifferences } from './words.js';

/** What an edit of a VirtualService does to the calls: whether it is for them, whom it is for, where its routes lead. */
export function explainVirtualService(
  before: KubernetesObject,
  after: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Fact[] {
  const differences = listDecisiveDifferences(before, after);
  const [old, now] = [before, after].map(
    (object) => parseVirtualService(object, context.after.clusterDomain, () => 0).spec,
  ) as [VirtualService, VirtualService];
  const hosts = explainRoutedHosts(old, now, difference);
  if (hosts.length > 0) return hosts;
  const gateways = explainGateways(old, now, after, differences);
  if (gateways.length > 0) return gateways;
  const routes = under(differences, ['http', 'tls', 'tcp']);
  const missing = tellMissingTargets(now, difference, context);
  return [
    ...explainExports(before, after, differences, difference, context),
    ...(routes.length > 0 ? [{ path: routes[0]!.path, text: tellDifferences(after, routes) + missing }] : []),
  ];
}

function explainRoutedHosts(old: VirtualService, now: VirtualService, { destinations }: ExplainedDifference): Fact[] {
  const routes = ({ hosts }: VirtualService, host: string): boolean => hosts.some((each) => subsetOf(host, each));
  const lost = destinations.filter(({ host }) => routes(old, host) && !routes(now, host));
  const gained = destinations.filter(({ host }) => !routes(old, host) && routes(now, host));
  const path = ['spec', 'hosts'];
  return [
    ...(lost.length > 0 ? [{ path, text: `no longer routes calls to ${nameHosts(lost)}` }] : []),
    ...(gained.length > 0 ? [{ path, text: `now routes calls to ${nameHosts(gained)}` }] : []),
  ];
}

/** Without the word `mesh` among its gateways a VirtualService is for gateways alone. */
function explainGateways(
  old: VirtualService,
  now: VirtualService,
  after: KubernetesObject,
  differences: readonly ValueDifference[],
): Fact[] {
  const isOfMesh = ({ gateways }: VirtualService): boolean => gateways.length === 0 || gateways.includes(MESH_GATEWAY);
  const found = under(differences, ['gateways']);
  if (found.length === 0 || isOfMesh(old) === isOfMesh(now)) return [];
  const effect = isOfMesh(now)
    ? 'it holds for calls inside of the mesh now'
    : 'without "mesh" among its gateways it no longer holds for calls inside of the mesh';
  return [{ path: found[0]!.path, text: `${tellDifferences(after, found)}; ${effect}` }];
}

/** Where calls find no way: what of a VirtualService's destinations is not there. Continues what it says; else empty. */
export function tellMissingTargets(
  spec: VirtualService,
  difference: ExplainedDifference,
  { after }: ExplainContext,
): string {
  const caller = difference.workloads[0];
  if (difference.after !== 'unroutable' || caller === undefined) return '';
  const missing = missingRouteTargets(spec, caller, after);
  if (missing.length > 0) return `; ${missing.slice(0, 2).join(', and ')}`;
  const isForAll = spec.http.length === 0 || spec.http.some(({ match }) => match.length === 0);
  return isForAll ? '' : '; it has no route for every request';
}

/** What an edit of a DestinationRule does: which hosts it is for, who sees it, its subsets, the TLS that callers use. */
export function explainDestinationRule(
  before: KubernetesObject,
  after: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Fact[] {
  const differences = listDecisiveDifferences(before, after);
  const { clusterDomain } = context.after;
  const [old, now] = [before, after].map((object) => parseDestinationRule(object, clusterDomain, () => 0).spec) as [
    ReturnType<typeof parseDestinationRule>['spec'],
    ReturnType<typeof parseDestinationRule>['spec'],
  ];
  if (old.host !== now.host) {
    return [{ path: ['spec', 'host'], text: `is for ${now.host} now, and no longer for ${old.host}` }];
  }
  const exports = explainExports(before, after, differences, difference, context);
  const subsets = explainSubsets(old, now, after, differences, context);
  const policies = differences.filter(({ path }) => path.includes('trafficPolicy'));
  const tls = policies.filter(
    ({ path, before: was, after: is }) => path.includes('tls') || holdsTls(was) || holdsTls(is),
  );
  const traffic =
    policies.length === 0
      ? []
      : [{ path: policies[0]!.path, text: tellDifferences(after, tls.length > 0 ? tls : policies) }];
  if (isAbout(difference, ['refused']) && tls.length > 0) return [...exports, ...traffic];
  if (isAbout(difference, ['unroutable', 'no-endpoints']) && exports.length + subsets.length > 0)
    return [...exports, ...subsets];
  return [...exports, ...subsets, ...traffic];
}

function holdsTls(value: ValueDifference['before']): boolean {
  return typeof value === 'object' && value !== null && 'tls' in value;
}

function explainSubsets(
  old: ReturnType<typeof parseDestinationRule>['spec'],
  now: ReturnType<typeof parseDestinationRule>['spec'],
  after: KubernetesObject,
  differences: readonly ValueDifference[],
  { after: mesh }: ExplainContext,
): Fact[] {
  const named = ({ subsets }: typeof old): string[] => subsets.map(({ name }) => name);
  const lost = named(old).filter((name) => !named(now).includes(name));
  const gained = named(now).filter((name) => !named(old).includes(name));
  const path = ['spec', 'subsets'];
  if (lost.length + gained.length > 0) {
    const noun = (names: readonly string[]): string =>
      `the ${names.length === 1 ? 'subset' : 'subsets'} ${quoteList(names)}`;
    return [
      ...(lost.length > 0 ? [{ path, text: `no longer defines ${noun(lost)}` }] : []),
      ...(gained.length > 0 ? [{ path, text: `now defines ${noun(gained)}` }] : []),
    ];
  }
  const labels = under(differences, ['subsets']).filter(({ path: at }) => at.includes('labels'));
  const first = labels[0];
  if (!first) return [];
  const subset = now.subsets[Number(first.path[2])];
  const services = [...(mesh.services.byHostname.get(now.host)?.values() ?? [])];
  const isEmpty =
    subset !== undefined &&
    services.length > 0 &&
    services.every((service) => !mesh.podsBehind(service).some((pod) => isSubset(subset.labels, pod.labels)));
  const effect = isEmpty ? '; no running pod behind the host has these labels' : '';
  return [{ path: first.path, text: tellDifferences(after, labels) + effect }];
}

/** The differences in some fields of the spec. */
function under(differences: readonly ValueDifference[], fields: readonly string[]): ValueDifference[] {
  return differences.filter(({ path }) => fields.includes(String(path[1])));
}
