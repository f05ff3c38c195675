import { destinationRulesFor, selectDestinationRule, subsetByName } from '../istio/destination-rule-index.js';
import type { PushContext } from '../istio/push-context.js';
import { portByNumber } from '../istio/service.js';
import type { RouteDestination, VirtualService } from '../istio/virtual-service.js';
import type { Workload } from '../kubernetes/workload.js';

/** Why a caller's proxy has no cluster for some of a VirtualService's destinations: a clause for each, as `nobody registers cart.shop`. */
export function missingRouteTargets(spec: VirtualService, caller: Workload, push: PushContext): string[] {
  const destinations = [...spec.http, ...spec.tls, ...spec.tcp].flatMap(({ route }) =>
    route.map(({ destination }) => destination),
  );
  return [...new Set(destinations.flatMap((destination) => tellMissing(destination, caller, push)))];
}

function tellMissing({ host, subset, port }: RouteDestination, caller: Workload, push: PushContext): string[] {
  const services = [...(push.services.byHostname.get(host)?.values() ?? [])];
  const service = services[0];
  if (service === undefined) return host === '' ? [] : [`nobody registers ${host}`];
  if (port !== null && services.every((each) => portByNumber(each, port) === undefined))
    return [`${host} has no port ${port}`];
  if (subset === '' || services.some((each) => definesSubset(subset, each, caller, push))) return [];
  return [`no DestinationRule that namespace ${caller.namespace} sees defines the subset "${subset}" of ${host}`];
}

function definesSubset(
  subset: string,
  service: Parameters<typeof destinationRulesFor>[2],
  { namespace, labels }: Workload,
  { destinationRules }: PushContext,
): boolean {
  const rule = selectDestinationRule(destinationRulesFor(destinationRules, namespace, service), namespace, labels);
  return rule !== null && subsetByName(rule.rule, subset) !== undefined;
}
