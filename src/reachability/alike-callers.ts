import type { PushContext } from '../istio/push-context.js';
import { isSubset, type Labels } from '../kubernetes/label-selector.js';
import type { Workload } from '../kubernetes/workload.js';
import { callerSelectors } from './caller-groups.js';
import { workloadKey } from './evaluate-mesh.js';

/** Labels and annotations by which a pod itself decides what becomes of its calls. */
const OF_ISTIO = /(?:^|\.)istio\.io\//;

/**
 * Tells workloads apart that a part of a change can tell apart, though nothing does before and after the whole of it: by their
 * namespace, the selectors of either side, and what they say of themselves; and from all others those which themselves change in this.
 */
export function callerClasses(
  before: PushContext,
  after: PushContext,
  formerOf: (workload: Workload) => Workload,
): (workload: Workload) => string {
  const old = new Map(before.workloads.map(({ workload }) => [workloadKey(workload), workload]));
  const selectors = selectorsOf([before, after]);
  const looks = ({ namespace, labels, annotations, hostNetwork }: Workload): string =>
    JSON.stringify([
      namespace,
      selectors(namespace).map((selector) => isSubset(selector, labels)),
      ofIstio(labels),
      ofIstio(annotations),
      hostNetwork,
    ]);
  return (workload) => {
    const former = old.get(workloadKey(formerOf(workload))) ?? workload;
    const [was, is] = [looks(former), looks(workload)];
    return was === is ? is : `${is} ${workloadKey(workload)}`;
  };
}

/** By namespace, everything by which its workloads are told apart as callers. */
function selectorsOf(meshes: readonly PushContext[]): (namespace: string) => readonly Labels[] {
  const bySources = meshes.map(callerSelectors);
  const headless = meshes.flatMap(({ services }) =>
    services.all.filter(({ resolution }) => resolution === 'Passthrough'),
  );
  const known = new Map<string, readonly Labels[]>();
  return (namespace) => {
    let found = known.get(namespace);
    if (!found) {
      const ofSidecars = meshes.flatMap(({ sidecars }) => sidecars.byNamespace.get(namespace) ?? []);
      found = [
        ...ofSidecars.flatMap(({ spec }) => (spec.selector === null ? [] : [spec.selector])),
        ...headless
          .filter((service) => service.namespace === namespace)
          .flatMap(({ labelSelectors }) => (labelSelectors === null ? [] : [labelSelectors])),
        ...bySources.flatMap((of) => of(namespace)),
      ];
      known.set(namespace, found);
    }
    return found;
  };
}

function ofIstio(texts: Labels): readonly (readonly [string, string])[] {
  return Object.entries(texts)
    .filter(([name]) => OF_ISTIO.test(name))
    .sort();
}
