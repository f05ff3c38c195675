import type { PushContext } from '../istio/push-context.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { Workload } from '../kubernetes/workload.js';
import { callJudge } from './call-judge.js';
import { destinationExists, type ListedDestinations } from './destination-exists.js';
import type { Destination } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import type { CallOutcome } from './follow-call.js';
import { namesReader } from './need.js';

/** A mesh as it would be with a part of a change. */
export interface PartlyChanged {
  readonly push: PushContext;
  /** The keys of the destinations that a workload names; undefined where the mesh does not have the workload. */
  readonly namedBy: (workload: string) => ReadonlySet<string> | undefined;
  /** The same before the change, as far as this mesh or that of before has the hosts. */
  readonly namedBefore: (workload: string) => ReadonlySet<string> | undefined;
}

/**
 * A mesh in the middle of a change.
 *
 * @param old the mesh before it, and the objects in force there.
 * @param objects those of which the mesh is made.
 */
export function partlyChanged(
  old: { readonly push: PushContext; readonly live: readonly KubernetesObject[] },
  push: PushContext,
  objects: readonly KubernetesObject[],
): PartlyChanged {
  const hostsOf = [old.push, push];
  return {
    push,
    namedBy: namesReader(push, objects, hostsOf),
    namedBefore: namesReader(old.push, old.live, hostsOf),
  };
}

/** A change, object by object. */
export interface ChangeParts {
  /** What can be taken out of the change, in a fixed order; of an object that a cluster refuses, its versions in force. */
  readonly changed: readonly ChangedObject[];
  /** The mesh before the change with a part of it, as a cluster would have it. */
  readonly withPart: (part: readonly ChangedObject[]) => PartlyChanged;
}

/** A workload of the new side, and what it was before, where it had another name; else itself. */
export interface Caller {
  readonly workload: Workload;
  readonly former: Workload;
}

/** What becomes of calls with a part of a change. Without its renaming, a workload is there under its former name. */
export interface JudgedPart {
  /** Null where the mesh does not have the destination, undefined where it does not have the workload. */
  readonly outcome: (caller: Caller, destination: Destination) => CallOutcome | null | undefined;
  /** Whether the workload names a destination, by its key. */
  readonly names: (caller: Caller, destination: string) => boolean;
  readonly namesNewly: (caller: Caller, destination: string) => boolean;
}

/** @param listed see `listedDestinations` */
export function judgePart(part: PartlyChanged, listed: ListedDestinations): JudgedPart {
  const judge = callJudge(part.push);
  const exists = destinationExists(part.push, listed);
  const present = ({ workload, former }: Caller): string | undefined =>
    [workload, former].map(workloadKey).find((key) => judge.configurationOf(key) !== undefined);
  const names = (caller: Caller, destination: string): boolean => {
    const key = present(caller);
    return key !== undefined && part.namedBy(key)?.has(destination) === true;
  };
  return {
    outcome: (caller, destination) => {
      const key = present(caller);
      if (key === undefined) return undefined;
      return exists(destination) ? (judge.judge(key, destination) ?? null) : null;
    },
    names,
    namesNewly: (caller, destination) =>
      names(caller, destination) && part.namedBefore(workloadKey(caller.former))?.has(destination) !== true,
  };
}
