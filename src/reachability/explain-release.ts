import type { Origin } from '../diagnostic/diagnostic.js';
import { releaseThatChanged, tellRule, type VersionRule } from '../istio/versions.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import { describeRole } from './explain-role.js';
import type { ExplainContext, ExplainedDifference, Explanation } from './explained-difference.js';
import { asArray, asObject, asString } from '../kubernetes/json.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { governingIn } from './governing-sidecar.js';
import { servedOtherwise } from './served-otherwise.js';
import { hostLinesFor, placeOfHostLine } from './sidecar-host-lines.js';
import { titleOf } from '../kubernetes/object-title.js';
import { nameFirst, placedTitle, quoteList } from './words.js';

/** A part of another version of Istio as a cause: the rule, and what in the manifests that rule is about; or an object that one of the
 * versions refuses. */
export function explainRelease(
  { before, after }: ChangedObject,
  rule: VersionRule | null,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation {
  const [old, now] = [context.before.behavior, context.after.behavior];
  if (rule === null) {
    const [object, takes, refuses] = after ? [after, now, old] : [before!, old, now];
    const role = describeRole(object, difference, context, after ? context.after : context.before);
    const explanation = `Istio ${takes.version} takes ${titleOf(object)}, which ${role}; Istio ${refuses.version} refuses it.`;
    return { origin: object.origin, explanation };
  }
  const subject = subjectOf(rule, difference, context);
  return {
    origin: subject?.place ?? governingIn(context.after, difference)?.origin ?? callerPlace(difference),
    explanation: `Istio ${now.version} ${tellRule(rule, now)}${subject?.text ?? ''}; Istio ${old.version} ${tellRule(rule, old)}. The change came with Istio ${releaseThatChanged(rule, old, now)}.`,
  };
}

function callerPlace({ workloads }: ExplainedDifference): Origin | null {
  return workloads[0]?.object.origin ?? null;
}

/** What a rule acts on, continuing its sentence, and where that stands; null where it is no object of its own. */
export function subjectOf(
  rule: VersionRule,
  difference: ExplainedDifference,
  context: ExplainContext,
): { readonly text: string; readonly place: Origin } | null {
  if (rule === 'excludesHosts') {
    const sidecar = governingIn(context.after, difference) ?? governingIn(context.before, difference);
    if (sidecar === null) return null;
    const lines = hostLinesFor(difference, { ...context, excludesHosts: true }).excluding(sidecar);
    const path = lines[0] === undefined ? null : placeOfHostLine(sidecar, lines[0]);
    if (path === null) return null;
    return { text: `: ${quoteList(lines)} of ${placedTitle(sidecar, path)}`, place: sidecar.locate(path) };
  }
  if (rule === 'exportsToNamespacesByDefault') {
    const source = context.after.meshConfig.source;
    return source && { text: ` (${titleOf(source)})`, place: source.locate(['data', 'mesh']) };
  }
  if (rule === 'honorsMeshRoutes' || rule === 'honorsTlsRoutes' || rule === 'mergesHttpAndGrpcRoutes') {
    const routes = routesOf(difference, context);
    const [first] = routes;
    return first
      ? {
          text: `: ${nameFirst(
            routes.map((route) => placedTitle(route)),
            3,
          )}`,
          place: first.origin,
        }
      : null;
  }
  const served = servedOtherwise(difference, context.calls());
  if (served === null) return null;
  const { host, was, is } = served;
  return {
    text: `: ${host} is that of ${placedTitle(is.object)} now, and was that of ${titleOf(was.object)}`,
    place: is.object.origin,
  };
}

/** The routes of the Gateway API that have a Service of the destinations as their parent. */
function routesOf({ destinations }: ExplainedDifference, { after }: ExplainContext): readonly KubernetesObject[] {
  const services = destinations.flatMap(({ host }) => [...(after.services.byHostname.get(host)?.values() ?? [])]);
  const parents = new Set(services.map(({ namespace, name }) => `${namespace}/${name}`));
  return after.lineage.others.filter(({ group, kind, metadata, body }) => {
    if (group !== 'gateway.networking.k8s.io' || !kind.endsWith('Route')) return false;
    const references = asArray(asObject(body['spec'])['parentRefs']).map(asObject);
    return references.some(({ namespace, name }) => {
      return parents.has(`${asString(namespace) || metadata.namespace}/${asString(name)}`);
    });
  });
}
