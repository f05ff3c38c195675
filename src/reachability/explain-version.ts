import type { Origin } from '../diagnostic/diagnostic.js';
import { shownVersions } from '../istio/detect-version.js';
import { tellRule, type VersionRule } from '../istio/versions.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences } from '../kubernetes/object-differences.js';
import type { ExplainContext, ExplainedDifference } from './explained-difference.js';
import { servedOtherwise } from './served-otherwise.js';
import { hostLinesFor, placeOfHostLine } from './sidecar-host-lines.js';
import { governingIn } from './governing-sidecar.js';
import { placedTitle, quoteList, titleOf, writtenPath } from './words.js';

/** Another Istio decides otherwise: which of its rules, and what in the manifests that rule is about. Null where the version is the same. */
export function explainVersion(
  { before, after }: ChangedObject,
  subject: string,
  difference: ExplainedDifference,
  context: ExplainContext,
): { readonly origin: Origin | null; readonly explanation: string } | null {
  const shown = (object: KubernetesObject | null): string => (object ? shownVersions(object).join(', ') : '');
  const [old, now] = [shown(before), shown(after)];
  if (old === now || !before || !after) return null;
  const first = listDifferences(before.body, after.body).find((each) =>
    JSON.stringify(each.after ?? null).includes(now),
  );
  const rule = context.decisiveRule(difference);
  const why =
    rule === null ? '' : `, which ${tellRule(rule, context.after.behavior)}${tellSubject(rule, difference, context)}`;
  return {
    origin: first ? after.locate(writtenPath(after, first.path)) : null,
    explanation: `${subject} moves Istio from ${old || 'an unnamed version'} to ${now || 'an unnamed version'}${why}.`,
  };
}

/** What a rule acts on; empty where that is no object of its own. */
function tellSubject(rule: VersionRule, difference: ExplainedDifference, context: ExplainContext): string {
  if (rule === 'excludesHosts') {
    const sidecar = governingIn(context.after, difference);
    if (sidecar === null) return '';
    const lines = hostLinesFor(difference, { ...context, excludesHosts: true }).excluding(sidecar);
    const path = lines[0] === undefined ? null : placeOfHostLine(sidecar, lines[0]);
    return path === null ? '' : `: ${quoteList(lines)} of ${placedTitle(sidecar, path)}`;
  }
  const served = servedOtherwise(difference, context.calls());
  if (served === null) return '';
  const { host, was, is } = served;
  return `: ${host} is that of ${placedTitle(is.object)} now, and was that of ${titleOf(was.object)}`;
}
