import { exactness } from '../diagnostic/diagnostic.js';
import type { PushContext } from '../istio/push-context.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { isRenamed, listDecisiveDifferences } from './bearing.js';
import type { Cause } from './change.js';
import type { FoundCauses } from './described-change.js';
import { explainMeshConfig } from './explain-mesh-config.js';
import { explainRegistered } from './explain-registered.js';
import { describeRole, describeScope } from './explain-role.js';
import { explainDestinationRule, explainVirtualService } from './explain-routing.js';
import { explainSidecar } from './explain-sidecar.js';
import { explainRelease } from './explain-release.js';
import { explainVersion } from './explain-version.js';
import { explainNamespace, explainWorkload } from './explain-workload.js';
import type { ExplainContext, ExplainedDifference, Explanation, Fact } from './explained-difference.js';
import { hostLinesFor, listsHost } from './sidecar-host-lines.js';
import { titleOf } from '../kubernetes/object-title.js';
import { nameHosts, tellDifferences, writtenPath } from './words.js';

/** The causes of a difference, set by set; those that make it only together have one number. */
export function explainCauses(
  { sets, isTried }: FoundCauses,
  difference: ExplainedDifference,
  context: ExplainContext,
): Cause[] {
  let number = 0;
  return sets.flatMap((set) => {
    const together = set.length > 1 ? { together: ++number } : {};
    const caution = isTried ? {} : { isTried: false as const };
    return set.map((changed) => ({ ...explainCause(changed, difference, context), ...together, ...caution }));
  });
}

/** A changed object as a cause: the line a reader should look at, and why it matters, in one sentence. */
function explainCause(changed: ChangedObject, difference: ExplainedDifference, context: ExplainContext): Cause {
  const object = (changed.after ?? changed.before)!;
  const { name, namespace } = object.metadata;
  const { origin, explanation } = explain(changed, object, difference, context);
  const place = origin ?? (changed.isMoved ? object.locate(['metadata', 'namespace']) : object.origin);
  const { path, line } = place;
  const side = changed.after ? 'after' : 'before';
  return { kind: object.kind, namespace, name, path, line, ...exactness(place), explanation, side };
}

function explain(
  changed: ChangedObject,
  object: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation {
  if (context.releaseRuleOf) return explainRelease(changed, context.releaseRuleOf(changed), difference, context);
  const subject = titleOf(object);
  const named = explainNaming(changed, subject, difference, context);
  if (named) return named;
  const { before, after } = changed;
  if (object.kind === 'Sidecar') return explainSidecar(subject, changed, difference, context);
  if (object.kind === 'ConfigMap') return explainMeshConfig(subject, changed, difference, context);
  const versions = explainVersion(changed, subject, difference, context);
  if (versions) return versions;
  const role = (mesh: PushContext): string => describeRole(object, difference, context, mesh);
  if (!after) return { origin: null, explanation: `${subject}, which ${role(context.before)}, is gone.` };
  if (!before) return { origin: null, explanation: `${subject} is new: it ${role(context.after)}.` };
  if (isRenamed(before, after)) return explainRenaming(before, after);
  const facts = explainEdit(before, after, difference, context);
  const first = facts[0];
  const told = facts.map(({ text }) => text).join(', and ');
  return {
    origin: after.locate(first ? writtenPath(after, first.path) : changed.path),
    explanation: `${subject} ${told || 'is changed'}.`,
  };
}

/** The facts of an edit that decide; of a kind that has no words of its own, the values that differ. */
function explainEdit(
  before: KubernetesObject,
  after: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): readonly Fact[] {
  const facts = explainByKind(before, after, difference, context);
  if (facts.length > 0) return facts;
  const differences = listDecisiveDifferences(before, after);
  const first = differences[0];
  return first ? [{ path: first.path, text: tellDifferences(after, differences) }] : [];
}

function explainByKind(
  before: KubernetesObject,
  after: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): readonly Fact[] {
  switch (after.kind) {
    case 'Service':
    case 'ServiceEntry':
      return explainRegistered(before, after, difference, context);
    case 'VirtualService':
      return explainVirtualService(before, after, difference, context);
    case 'DestinationRule':
      return explainDestinationRule(before, after, difference, context);
    case 'Namespace':
      return explainNamespace(before, after, context);
    case 'PeerAuthentication': {
      const differences = listDecisiveDifferences(before, after);
      const scope = describeScope(after, context.after.meshConfig.rootNamespace);
      return differences.length === 0
        ? []
        : [{ path: differences[0]!.path, text: `${tellDifferences(after, differences)} for ${scope}` }];
    }
    default:
      return explainWorkload(before, after, difference, context);
  }
}

/** A workload that has another name, or stands elsewhere, and what else of it is decisive. */
function explainRenaming(before: KubernetesObject, after: KubernetesObject): Explanation {
  const differences = before.kind === after.kind ? listDecisiveDifferences(before, after) : [];
  const told = differences.length > 0 ? `, and ${tellDifferences(after, differences)}` : '';
  const isMoved = before.metadata.namespace !== after.metadata.namespace;
  const place = before.kind !== after.kind ? ['kind'] : ['metadata', isMoved ? 'namespace' : 'name'];
  return {
    origin: after.locate(place),
    explanation: `${titleOf(after)} was ${titleOf(before)} before${told}.`,
  };
}

/** A destination that a manifest newly names, and why the call does not go through the mesh. */
function explainNaming(
  { key, after }: ChangedObject,
  subject: string,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation | null {
  const { newReferences, governing, destinations } = difference;
  const reference = newReferences?.find(({ heldBy }) => heldBy === key) ?? newReferences?.[0];
  if (!reference || !after) return null;
  const isHere = reference.heldBy === key;
  const where = isHere ? ` (${reference.where})` : '';
  const hosts = nameHosts(destinations);
  const isLeftOut =
    governing && difference.after !== 'absent' && !listsHost(governing, hostLinesFor(difference, context));
  const why =
    difference.after === 'absent'
      ? ', which the manifests do not have'
      : isLeftOut
        ? `; nothing that ${titleOf(governing)} lists matches it`
        : '';
  return {
    origin: isHere ? reference : null,
    explanation: `${subject} newly names ${hosts}${where}${why}.`,
  };
}
