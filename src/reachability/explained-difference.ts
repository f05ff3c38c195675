import type { Origin } from '../diagnostic/diagnostic.js';
import type { PushContext } from '../istio/push-context.js';
import type { VersionRule } from '../istio/versions.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValuePath } from '../kubernetes/object-differences.js';
import type { Workload } from '../kubernetes/workload.js';
import type { Reference } from './change.js';
import type { CallJudge } from './call-judge.js';
import type { RuleFinder } from './decisive-rule.js';
import type { HostCounts } from './described-change.js';
import type { Destination } from './egress-reachability.js';
import type { ItemList } from './item-list.js';
import type { HostContext } from './sidecar-host-lines.js';
import type { ComparedVerdict } from './verdict.js';

/** What a cause is to explain. */
export interface ExplainedDifference {
  readonly workloads: readonly Workload[];
  /** In order. */
  readonly destinations: ItemList<Destination>;
  /** Where it is known already, since there are very many. */
  readonly hostCounts?: HostCounts;
  readonly before: ComparedVerdict;
  readonly after: ComparedVerdict;
  /** Where the destinations are newly named, if that is the change. */
  readonly newReferences?: readonly Reference[];
  /** The Sidecar that governs the workloads after the change, where it has one. */
  readonly governing?: KubernetesObject | null;
}

/** What explaining needs to know of both meshes. */
export interface ExplainContext extends HostContext {
  readonly before: PushContext;
  readonly after: PushContext;
  /** Judges single calls of both. */
  readonly calls: () => { readonly before: CallJudge; readonly after: CallJudge };
  readonly decisiveRule: RuleFinder;
  /** Where it is Istio that changes, and no manifest: the rule that a cause stands for; null for an object that one version refuses. */
  readonly releaseRuleOf?: (part: ChangedObject) => VersionRule | null;
}

/** How an object that is a cause makes the difference. */
export interface Explanation {
  /** Null for the object's own place. */
  readonly origin: Origin | null;
  /** A sentence. */
  readonly explanation: string;
}

/** A fact of an edited object that decides. */
export interface Fact {
  /** The way to the value that states it. */
  readonly path: ValuePath;
  /** Continues `Service shop/cart …`. */
  readonly text: string;
}

/** Whether one of the verdicts is on either side of the difference. */
export function isAbout({ before, after }: ExplainedDifference, verdicts: readonly ComparedVerdict[]): boolean {
  return verdicts.includes(before) || verdicts.includes(after);
}

export function namespacesOf({ workloads }: ExplainedDifference): string[] {
  return [...new Set(workloads.map(({ namespace }) => namespace))].sort();
}
