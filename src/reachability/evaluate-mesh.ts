import type { IstioObject } from '../istio/istio-object.js';
import type { MeshWorkload, PushContext, Stock } from '../istio/push-context.js';
import { ownDestinationRules } from '../istio/destination-rule-index.js';
import type { Sidecar } from '../istio/sidecar.js';
import { isOutboundCaptured, readTrafficCapture } from '../istio/traffic-annotations.js';
import { once } from '../kubernetes/once.js';
import type { Workload } from '../kubernetes/workload.js';
import { CallerGroups, capturesEverything, type CallerGroup } from './caller-groups.js';
import { PAST_PROXY } from './call-path.js';
import { NO_CHECKPOINT, type Checkpoint } from './checkpoint.js';
import { addressFor, destinationKey, listDestinations, targetResolver } from './destination.js';
import { DestinationTable } from './destination-table.js';
import type { Destination } from './egress-reachability.js';
import type { CallOutcome } from './follow-call.js';
import { Narrowing } from './narrow-configuration.js';
import { ownNames } from './own-names.js';
import type { OutcomeRow } from './outcome-row.js';
import { proxyConfiguration, type ProxyConfiguration } from './proxy-configuration.js';
import { SharedCalls, type SharedRows } from './shared-calls.js';

/** Workloads that nothing distinguishes, and where each of their calls ends. */
export interface EvaluatedGroup {
  readonly members: readonly MeshWorkload[];
  readonly config: () => ProxyConfiguration;
  readonly sidecar: IstioObject<Sidecar> | null;
  /** See `Lineage`. */
  readonly kin: object;
  /**
   * For each destination, the index of its outcome in the mesh's `outcomes`. Judged when it is asked for; where two groups of
   * meshes of one stock have the same function, every call of theirs ends alike.
   */
  readonly outcomes: () => OutcomeRow;
}

/** A mesh of which every edge is judged once somebody asks. Outcomes are shared: most groups have the same one for a destination. */
export interface EvaluatedMesh {
  readonly push: PushContext;
  readonly destinations: readonly Destination[];
  /** Where a destination stands among them; undefined for one that the mesh does not list. */
  readonly placeOf: (destination: Destination) => number | undefined;
  readonly outcomes: readonly CallOutcome[];
  readonly groups: readonly EvaluatedGroup[];
  /** By `workloadKey`. */
  readonly groupOf: GroupsByMember;
}

export function hasProxies({ members }: EvaluatedGroup): boolean {
  return members[0]!.injection.injected;
}

/** Stable identity of a workload across trees. */
export function workloadKey(workload: Pick<Workload, 'namespace' | 'kind' | 'name'>): string {
  let key = keys.get(workload);
  if (key === undefined) keys.set(workload, (key = `${workload.namespace}/${workload.kind}/${workload.name}`));
  return key;
}

/** Each mesh that edits are tried in asks for those of all its workloads. */
const keys = new WeakMap<Pick<Workload, 'namespace' | 'kind' | 'name'>, string>();

/** Every destination, and the probes, for every workload; calls that have to end alike are judged once. */
export function evaluateMesh(
  push: PushContext,
  probes: readonly Destination[],
  checkpoint: Checkpoint = NO_CHECKPOINT,
): EvaluatedMesh {
  const evaluation = evaluationOf(push, probes);
  const { table, callers } = evaluation;
  const groups = callers.group(push, checkpoint).map((group) => evaluation.evaluate(push, group));
  const groupOf = once(() => evaluation.membership.of(groups));
  return {
    push,
    destinations: table.destinations,
    placeOf: (destination) => table.placeOf(destination),
    get outcomes() {
      return evaluation.calls().outcomes;
    },
    groups,
    get groupOf() {
      return groupOf();
    },
  };
}

/** The group that a workload is in, by `workloadKey`. */
export type GroupsByMember = Pick<ReadonlyMap<string, EvaluatedGroup>, 'get' | 'has'>;

type Members = EvaluatedGroup['members'];

/** Which workloads are in one group. Contexts of one stock have the same ones, and nearly all groups have the same members in all. */
class Membership {
  /** As it was when it was first asked for. */
  readonly #members = new Map<string, Members>();

  of(groups: readonly EvaluatedGroup[]): GroupsByMember {
    const isFirst = this.#members.size === 0;
    const byMembers = new Map<Members | undefined, EvaluatedGroup>();
    const others = new Map<string, EvaluatedGroup>();
    for (const group of groups) {
      const { members } = group;
      byMembers.set(members, group);
      if (!isFirst && this.#members.get(workloadKey(members[0]!.workload)) === members) continue;
      for (const { workload } of members) {
        if (isFirst) this.#members.set(workloadKey(workload), members);
        else others.set(workloadKey(workload), group);
      }
    }
    const get = (key: string): EvaluatedGroup | undefined => others.get(key) ?? byMembers.get(this.#members.get(key));
    return { get, has: (key) => get(key) !== undefined };
  }
}

const evaluations = new WeakMap<Stock, Map<string, Evaluation>>();

/** What was judged for one context is not judged again for another one of its stock. */
function evaluationOf(push: PushContext, probes: readonly Destination[]): Evaluation {
  const { stock } = push.lineage;
  let known = evaluations.get(stock);
  if (!known) evaluations.set(stock, (known = new Map<string, Evaluation>()));
  const key = probes.map(destinationKey).join(' ');
  let evaluation = known.get(key);
  if (!evaluation) {
    const destinations = listDestinations(push, probes);
    const table = new DestinationTable(destinations, destinations.map(targetResolver(push)));
    known.set(key, (evaluation = new Evaluation(push, table)));
  }
  return evaluation;
}

/** What bears on single calls of a context, and of others of its stock. */
export function narrowingOf(push: PushContext): Narrowing {
  return evaluationOf(push, []).narrowing;
}

/** The same where most of it has been found out for a context of the same stock; else null. */
export function knownNarrowing({ lineage: { stock } }: PushContext): Narrowing | null {
  const narrowing = evaluations.get(stock)?.get('')?.narrowing;
  return narrowing?.isReady === true ? narrowing : null;
}

/** Judges groups one after the other, of one context or of several of one stock. */
class Evaluation {
  readonly narrowing: Narrowing;
  readonly calls: () => SharedCalls;
  readonly callers: CallerGroups;
  readonly membership = new Membership();
  /** By configuration key. */
  readonly #shared = new Map<string, SharedRows>();
  /** By the group's key. */
  readonly #rows = new Map<string, () => OutcomeRow>();
  readonly #ownNames: (namespace: string) => readonly number[];

  constructor(
    private readonly push: PushContext,
    readonly table: DestinationTable,
  ) {
    this.narrowing = new Narrowing(push, table);
    this.calls = once(() => new SharedCalls(push, table, this.narrowing));
    this.callers = new CallerGroups(push, table.targets);
    this.#ownNames = ownNames(push, table);
  }

  evaluate(push: PushContext, group: CallerGroup): EvaluatedGroup {
    const { key, members, sidecar, found } = group;
    const config = once(() => proxyConfiguration(push, found.scope(), members[0]!));
    let outcomes = this.#rows.get(key);
    if (!outcomes) this.#rows.set(key, (outcomes = once(() => this.#rowOf(group, config()))));
    return { members, config, sidecar, kin: push.lineage.kin, outcomes };
  }

  /** What the group has in common with others of its configuration, but for the calls that can be its own. */
  #rowOf(group: CallerGroup, config: ProxyConfiguration): OutcomeRow {
    const uncaptured = config.member.injection.injected ? this.#uncaptured(config.member) : null;
    if (uncaptured === null || uncaptured.length === this.table.targets.length) {
      return this.calls().rowAlong(config, PAST_PROXY);
    }
    const shared = this.#sharedRows(group, config.member);
    const places = [...uncaptured, ...group.firstOf.flatMap((host) => this.table.named(host))];
    if (group.found.isCommon) places.push(...this.#ofNamespace(config.proxy.namespace, shared));
    const row = shared.under(config.scope.outboundTrafficPolicy);
    return row.with(new Map(places.map((place) => [place, this.calls().follow(config, place)])));
  }

  #sharedRows({ found, configurationKey }: CallerGroup, { workload, injection }: MeshWorkload): SharedRows {
    const known = this.#shared.get(configurationKey);
    if (known) return known;
    const namespace = found.isCommon ? '' : workload.namespace;
    // A workload of which no pod is one of a headless Service's.
    const anybody = { workload: { ...workload, namespace }, injection, capture: ALL_TRAFFIC };
    const config = proxyConfiguration(this.push, { ...found.scope(), namespace }, anybody);
    const rows = this.calls().rowsOf(config, configurationKey);
    this.#shared.set(configurationKey, rows);
    return rows;
  }

  /** The destinations to which a group's calls are not led through its sidecar. */
  #uncaptured({ workload, capture }: MeshWorkload): readonly number[] {
    if (capturesEverything(capture)) return [];
    const places = this.table.targets.keys();
    return [...places].filter((place) => {
      const target = this.table.targets[place]!;
      return !isOutboundCaptured(capture, addressFor(target, workload), target.port, target.inCluster);
    });
  }

  /** The destinations for which the namespace's name, or its own DestinationRules, can tell its callers from others with the same scope. */
  #ofNamespace(namespace: string, { sentTo }: SharedRows): readonly number[] {
    const rules = ownDestinationRules(this.push.destinationRules, namespace);
    if (rules === undefined) return this.#ownNames(namespace);
    const suffixes = Array.from(rules.wildcard.keys(), (host) => host.slice(1));
    const hosts = suffixes.length === 0 ? [] : [...this.push.services.byHostname.keys()];
    const covered = hosts.filter((host) => suffixes.some((suffix) => host.endsWith(suffix)));
    const ruled = [...rules.specific.keys(), ...covered].flatMap((host) => [...sentTo(host)]);
    return [...this.#ownNames(namespace), ...ruled];
  }
}

const ALL_TRAFFIC = readTrafficCapture({}, 'REDIRECT');
