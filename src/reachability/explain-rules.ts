import { findDestinationRule } from '../istio/cluster.js';
import { parseClusterName } from '../istio/destination-cluster.js';
import type { ConsolidatedDestinationRule } from '../istio/destination-rule-index.js';
import { subsetByName } from '../istio/destination-rule-index.js';
import { effectiveSettings } from '../istio/destination-rule.js';
import type { ExplainStep } from './egress-reachability.js';
import type { ProxyConfiguration } from './proxy-configuration.js';
import { titleOf } from '../kubernetes/object-title.js';
import { quoteList, writtenPath } from './words.js';

const MOST_CLUSTERS = 5;

/** By which DestinationRules the caller's proxy calls its clusters: the TLS that they set, the subsets that they define. */
export function explainRules(config: ProxyConfiguration, clusters: readonly string[]): ExplainStep[] {
  const steps = clusters.slice(0, MOST_CLUSTERS).flatMap((name) => explainRule(config, name));
  return steps.filter(({ detail }, at) => steps.findIndex((each) => each.detail === detail) === at);
}

function explainRule({ push, scope, proxy }: ProxyConfiguration, name: string): ExplainStep[] {
  const key = parseClusterName(name);
  const service = key && scope.servicesByHostname.get(key.hostname);
  if (!key || !service) return [];
  const step = (detail: string, origin: ExplainStep['origin'] = null): ExplainStep[] => [
    { title: 'DestinationRule', detail, origin },
  ];
  const rule = findDestinationRule(push, scope, proxy, service);
  const byItself = push.meshConfig.enableAutoMtls
    ? 'the sidecar uses mutual TLS where the server takes it'
    : 'calls go in plain text, as automatic mutual TLS is off';
  if (rule === null) {
    const none = `None that namespace ${scope.namespace} sees is for ${key.hostname}`;
    return step(key.subset === '' ? `${none}: ${byItself}.` : `${none}, so there is no subset "${key.subset}".`);
  }
  const { object } = holderOf(rule);
  const title = rule.from.map((from) => titleOf(from.object)).join(' and ');
  const subset = key.subset === '' ? null : subsetByName(rule.rule, key.subset);
  if (subset === undefined) {
    const known = rule.rule.subsets.map((each) => each.name);
    const has = known.length === 0 ? 'defines no subsets' : `defines the subsets ${quoteList(known)} alone`;
    const origin = object.locate(writtenPath(object, ['spec', 'subsets']));
    return step(`${title} ${has}, and not "${key.subset}".`, origin);
  }
  const tls = effectiveSettings(rule.rule, subset, key.port)?.tls ?? null;
  const of = subset === null ? '' : ` for the subset "${subset.name}"`;
  return tls === null
    ? step(`${title} sets no TLS mode${of}: ${byItself}.`, object.origin)
    : step(`${title} sets the TLS mode ${tls}${of}.`, object.locate(writtenPath(object, pathOfTls(rule, key.subset))));
}

/** Of the objects that a rule was merged from the one whose traffic policy holds. */
function holderOf({ from }: ConsolidatedDestinationRule): ConsolidatedDestinationRule['from'][number] {
  return from.find(({ spec }) => spec.trafficPolicy !== null) ?? from[0]!;
}

function pathOfTls(rule: ConsolidatedDestinationRule, subset: string): readonly (string | number)[] {
  const place = holderOf(rule).spec.subsets.findIndex(
    ({ name, trafficPolicy }) => name === subset && trafficPolicy?.tls != null,
  );
  const around = place < 0 ? ['spec'] : ['spec', 'subsets', place];
  return [...around, 'trafficPolicy', 'tls', 'mode'];
}
