import type { MeshWorkload, PushContext } from '../../istio/push-context.js';
import type { Service } from '../../istio/service.js';
import { objectKey, type KubernetesObject } from '../../kubernetes/manifest.js';
import { probedHost } from '../destination.js';
import type { Destination } from '../egress-reachability.js';
import type { CallOutcome } from '../follow-call.js';

/** A call that ends worse than it should, in a mesh that may have some edits already. */
export interface Question {
  readonly mesh: QuestionedMesh;
  readonly member: MeshWorkload;
  readonly destination: Destination;
  /** Null for a destination that the mesh does not have. */
  readonly outcome: CallOutcome | null;
}

export interface QuestionedMesh {
  readonly push: PushContext;
  /** The services that a destination's host stands for; one for each namespace that has it. */
  readonly servicesOf: (host: string) => readonly Service[];
  /** The Services that a host is another name of. */
  readonly aliasedBy: (host: string) => readonly Service[];
  /** An object as the change leaves it, if a fix may edit it. */
  readonly editable: (key: string) => KubernetesObject | null;
}

export function questionedMesh(push: PushContext, editable: QuestionedMesh['editable']): QuestionedMesh {
  const byHost = new Map<string, Service[]>();
  for (const service of push.services.all) {
    const host = probedHost(service.hostname);
    const known = byHost.get(host);
    if (!known) byHost.set(host, [service]);
    else if (!known.some(({ namespace }) => namespace === service.namespace)) known.push(service);
  }
  const aliased = push.services.all.filter(({ aliases }) => aliases.length > 0);
  return {
    push,
    servicesOf: (host) => byHost.get(host) ?? [],
    aliasedBy: (host) => aliased.filter(({ aliases }) => aliases.some(({ hostname }) => hostname === host)),
    editable,
  };
}

/** The object behind something that the mesh has, as the change leaves it. */
export function editableObject({ editable }: QuestionedMesh, object: KubernetesObject): KubernetesObject | null {
  return editable(objectKey(object));
}
