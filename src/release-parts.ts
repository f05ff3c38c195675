import type { JudgedTree } from './judge-tree.js';
import { VERSION_RULES, type VersionRule } from './istio/versions.js';
import { applyChanges, type ChangedObject } from './kubernetes/changed-objects.js';
import type { KubernetesObject } from './kubernetes/manifest.js';
import { partlyChanged, type ChangeParts } from './reachability/change-parts.js';

/** A mesh that moves from one version of Istio to another, whatever its manifests show. */
export interface Upgrade {
  /** `1.28`; absent for the one that the options or the manifests say. */
  readonly from?: string;
  readonly to: string;
}

/** What another version of Istio is made of. */
export interface ReleaseParts extends ChangeParts {
  /** The rule that a part stands for; null for an object that one of the versions refuses. */
  readonly ruleOf: (part: ChangedObject) => VersionRule | null;
}

/**
 * Takes an upgrade apart: into the rules by which the versions differ, and the objects that one of them refuses.
 *
 * @param live how the objects in force differ.
 */
export function partsOfUpgrade(before: JudgedTree, after: JudgedTree, live: readonly ChangedObject[]): ReleaseParts {
  const differing = VERSION_RULES.filter((rule) => before.behavior[rule] !== after.behavior[rule]);
  const rules = new Map(differing.map((rule) => [rulePart(rule, before, after), rule]));
  return {
    changed: [...rules.keys(), ...live],
    ruleOf: (part) => rules.get(part) ?? null,
    withPart: (part) => {
      const taken = part.flatMap((each) => rules.get(each) ?? []);
      const behavior = { ...before.behavior };
      for (const rule of taken) behavior[rule] = after.behavior[rule];
      const objects = applyChanges(
        before.admitted.live,
        part.filter((each) => !rules.has(each)),
      );
      const push = after.rebuild(objects, undefined, behavior);
      return partlyChanged({ push: before.push, live: before.admitted.live }, push, objects);
    },
  };
}

/** A rule in the form of what shows a version: no manifest has it, so it has no place. */
function rulePart(rule: VersionRule, before: JudgedTree, after: JudgedTree): ChangedObject {
  const shows = ({ behavior }: JudgedTree): KubernetesObject => {
    const origin = { path: '', line: 1, isExact: false as const };
    return {
      apiVersion: 'sailoperator.io/v1',
      group: 'sailoperator.io',
      kind: 'Istio',
      metadata: { name: after.behavior.version, namespace: '', labels: {}, annotations: {}, creationTimestamp: null },
      body: { spec: { version: `v${behavior.version}` } },
      origin,
      locate: () => origin,
    };
  };
  return { key: `Istio ${rule}`, before: shows(before), after: shows(after), path: ['spec', 'version'] };
}
