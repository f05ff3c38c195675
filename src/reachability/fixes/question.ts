import type { MeshWorkload, PushContext } from '../../istio/push-context.js';
import type { ServiceIndex } from '../../istio/service-index.js';
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
  const { services } = push;
  let known = questionedServices.get(services);
  if (!known) questionedServices.set(services, (known = indexServices(services)));
  return { push, ...known, editable };
}

type QuestionedServices = Pick<QuestionedMesh, 'servicesOf' | 'aliasedBy'>;

/** Meshes with edits that are tried have most often all services in common. */
const questionedServices = new WeakMap<ServiceIndex, QuestionedServices>();

function indexServices({ all }: ServiceIndex): QuestionedServices {
  const byHost = new Map<string, Service[]>();
  for (const service of all) {
    const host = probedHost(service.hostname);
    const known = byHost.get(host);
    if (!known) byHost.set(host, [service]);
    else if (!known.some(({ namespace }) => namespace === service.namespace)) known.push(service);
  }
  const aliased = all.filter(({ aliases }) => aliases.length > 0);
  return {
    servicesOf: (host) => byHost.get(host) ?? [],
    aliasedBy: (host) => aliased.filter(({ aliases }) => aliases.some(({ hostname }) => hostname === host)),
  };
}

/** The object behind something that the mesh has, as the change leaves it. */
export function editableObject({ editable }: QuestionedMesh, object: KubernetesObject): KubernetesObject | null {
  return editable(objectKey(object));
}
