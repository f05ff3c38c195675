import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { DestinationRule, Subset } from './destination-rule.js';
import { isWildcarded, mostSpecificHostMatch, type HostName } from './host-name.js';
import { compareByCreationTime, type IstioObject } from './istio-object.js';
import type { Service } from './service.js';
import { PRIVATE, PUBLIC, type ExportTo } from './visibility.js';

/** Rules of one namespace for one host, merged. Istio: model.ConsolidatedDestRule */
export interface ConsolidatedDestinationRule {
  readonly exportTo: ExportTo;
  readonly namespace: string;
  readonly rule: DestinationRule;
  /** The objects it was merged from. */
  readonly from: readonly IstioObject<DestinationRule>[];
}

/** Istio: model.consolidatedDestRules */
interface RulesByHost {
  readonly specific: Map<HostName, ConsolidatedDestinationRule[]>;
  readonly wildcard: Map<HostName, ConsolidatedDestinationRule[]>;
}

/** Istio: model.destinationRuleIndex */
export interface DestinationRuleIndex {
  readonly rootNamespace: string;
  readonly namespaceLocal: ReadonlyMap<string, RulesByHost>;
  readonly exportedByNamespace: ReadonlyMap<string, RulesByHost>;
  readonly rootNamespaceLocal: RulesByHost;
}

/** Istio: PushContext.setDestinationRules */
export function buildDestinationRuleIndex(
  rules: readonly IstioObject<DestinationRule>[],
  rootNamespace: string,
  meshDefault: ExportTo,
): DestinationRuleIndex {
  const namespaceLocal = new Map<string, RulesByHost>();
  const exportedByNamespace = new Map<string, RulesByHost>();
  const rootNamespaceLocal = emptyRules();
  for (const rule of [...rules].sort(compareBySelectorAndCreationTime)) {
    const { namespace } = rule;
    // A rule for selected workloads stays in its namespace, whatever it says.
    const exportTo: ExportTo = new Set(rule.spec.matchLabels === null ? rule.spec.exportTo : [PRIVATE]);
    if (exportTo.size === 0 || exportTo.has(PUBLIC) || exportTo.has(PRIVATE) || exportTo.has(namespace)) {
      mergeDestinationRule(rulesOf(namespaceLocal, namespace), rule, exportTo);
    }
    const privateOnly =
      exportTo.size === 0
        ? meshDefault.has(PRIVATE)
        : exportTo.size === 1 && (exportTo.has(PRIVATE) || exportTo.has(namespace));
    if (!privateOnly) mergeDestinationRule(rulesOf(exportedByNamespace, namespace), rule, exportTo);
    else if (namespace === rootNamespace) mergeDestinationRule(rootNamespaceLocal, rule, exportTo);
  }
  return { rootNamespace, namespaceLocal, exportedByNamespace, rootNamespaceLocal };
}

/** Istio: sortConfigBySelectorAndCreationTime */
function compareBySelectorAndCreationTime(a: IstioObject<DestinationRule>, b: IstioObject<DestinationRule>): number {
  const selected = (rule: IstioObject<DestinationRule>): number => (rule.spec.matchLabels === null ? 1 : 0);
  return selected(a) - selected(b) || compareByCreationTime(a, b);
}

function emptyRules(): RulesByHost {
  return { specific: new Map(), wildcard: new Map() };
}

function rulesOf(index: Map<string, RulesByHost>, namespace: string): RulesByHost {
  let rules = index.get(namespace);
  if (!rules) index.set(namespace, (rules = emptyRules()));
  return rules;
}

/**
 * Adds a rule to those for its host: merged into one of equal visibility and selector (subsets are joined, the older traffic
 * policy stays), else beside them. Istio: PushContext.mergeDestinationRule
 */
function mergeDestinationRule(rules: RulesByHost, incoming: IstioObject<DestinationRule>, exportTo: ExportTo): void {
  const { host, matchLabels } = incoming.spec;
  const byHost = isWildcarded(host) ? rules.wildcard : rules.specific;
  const separate: ConsolidatedDestinationRule = {
    exportTo,
    namespace: incoming.namespace,
    rule: incoming.spec,
    from: [incoming],
  };
  const list = byHost.get(host);
  if (!list) {
    byHost.set(host, [separate]);
    return;
  }
  let appendSeparately = true;
  for (const [index, existing] of list.entries()) {
    if (equalSets(exportTo, existing.exportTo)) {
      appendSeparately = false;
    } else {
      appendSeparately = true;
      if (!(existing.exportTo.size > 0 && isSuperset(exportTo, existing.exportTo))) continue;
    }
    const existingLabels = existing.rule.matchLabels;
    const bothSelect = existingLabels !== null && matchLabels !== null;
    const sameSelector = equalLabels(existingLabels ?? {}, matchLabels ?? {});
    if (bothSelect && !sameSelector) {
      appendSeparately = true;
      continue;
    }
    if ((existingLabels === null && matchLabels === null) || (bothSelect && sameSelector)) appendSeparately = false;
    list[index] = { ...existing, rule: mergeSpecs(existing.rule, incoming.spec), from: [...existing.from, incoming] };
  }
  if (appendSeparately) list.push(separate);
}

function mergeSpecs(older: DestinationRule, newer: DestinationRule): DestinationRule {
  const known = new Set(older.subsets.map((subset) => subset.name));
  return {
    ...older,
    subsets: [...older.subsets, ...newer.subsets.filter((subset) => !known.has(subset.name))],
    trafficPolicy: older.trafficPolicy ?? newer.trafficPolicy,
  };
}

function equalSets(a: ExportTo, b: ExportTo): boolean {
  return a.size === b.size && isSuperset(a, b);
}

function isSuperset(a: ExportTo, b: ExportTo): boolean {
  for (const item of b) if (!a.has(item)) return false;
  return true;
}

function equalLabels(a: Labels, b: Labels): boolean {
  return isSubset(a, b) && isSubset(b, a);
}

/**
 * The rules that may apply to a client namespace's calls to a service: the client's own, the service's, then the root
 * namespace's. Istio: PushContext.destinationRule
 */
export function destinationRulesFor(
  index: DestinationRuleIndex,
  clientNamespace: string,
  service: Service,
): readonly ConsolidatedDestinationRule[] {
  const local = ownDestinationRules(index, clientNamespace);
  const own = local && mostSpecificHostMatch(service.hostname, local.specific, local.wildcard);
  if (own) return own;
  const exported = exportedFrom(index, service.namespace, service.hostname, clientNamespace);
  return exported.length > 0 ? exported : exportedFrom(index, index.rootNamespace, service.hostname, clientNamespace);
}

/**
 * Whether a service's rules are the same for all client namespaces that have none of their own for it: then what follows from
 * them need be worked out only once.
 */
export function hasPublicRulesOnly(index: DestinationRuleIndex, service: Service): boolean {
  return [service.namespace, index.rootNamespace].every((owner) => {
    const rules = index.exportedByNamespace.get(owner);
    const found = rules && mostSpecificHostMatch(service.hostname, rules.specific, rules.wildcard);
    return (found ?? []).every(({ exportTo }) => exportTo.size === 0 || exportTo.has(PUBLIC));
  });
}

/** Of services by their hosts, those for which a client namespace has rules of its own. */
export function servicesWithOwnRules(
  index: DestinationRuleIndex,
  clientNamespace: string,
  services: ReadonlyMap<HostName, Service>,
): readonly Service[] {
  const local = ownDestinationRules(index, clientNamespace);
  if (!local) return [];
  const { specific, wildcard } = local;
  if (wildcard.size === 0) return [...specific.keys()].flatMap((host) => services.get(host) ?? []);
  return [...services.values()].filter(
    ({ hostname }) => mostSpecificHostMatch(hostname, specific, wildcard) !== undefined,
  );
}

/** The rules of a client namespace that outrank all others for its calls. */
export function ownDestinationRules(index: DestinationRuleIndex, clientNamespace: string): RulesByHost | undefined {
  return clientNamespace === index.rootNamespace ? index.rootNamespaceLocal : index.namespaceLocal.get(clientNamespace);
}

const NO_RULES: readonly ConsolidatedDestinationRule[] = [];

/** Istio: PushContext.getExportedDestinationRuleFromNamespace */
function exportedFrom(
  index: DestinationRuleIndex,
  owner: string,
  host: HostName,
  clientNamespace: string,
): readonly ConsolidatedDestinationRule[] {
  const rules = index.exportedByNamespace.get(owner);
  const found = rules && mostSpecificHostMatch(host, rules.specific, rules.wildcard);
  if (!found) return NO_RULES;
  return found.filter(({ exportTo }) => exportTo.size === 0 || exportTo.has(PUBLIC) || exportTo.has(clientNamespace));
}

/** The rule for one proxy: one that selects it, else the last that selects nobody. Istio: SidecarScope.DestinationRule */
export function selectDestinationRule(
  rules: readonly ConsolidatedDestinationRule[],
  clientNamespace: string,
  clientLabels: Labels,
): ConsolidatedDestinationRule | null {
  let catchAll: ConsolidatedDestinationRule | null = null;
  for (const candidate of rules) {
    const { matchLabels } = candidate.rule;
    if (matchLabels === null) catchAll = candidate;
    else if (candidate.namespace === clientNamespace && isSubset(matchLabels, clientLabels)) return candidate;
  }
  return catchAll;
}

/** Istio: SidecarScope's destination rule subset of a name. */
export function subsetByName(rule: DestinationRule, name: string): Subset | undefined {
  return rule.subsets.find((subset) => subset.name === name);
}
